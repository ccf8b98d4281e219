/** What is answered in each state, and depends on some variables only: it is asked once for each combination of their values. */
import type { StateGraph } from './search/state-graph.ts';

/** `masks`: the bits of the variables. `ask`: of a state by its number; answers 0 to 127. */
export function answersOf(
  { words, wordsPerState, states }: StateGraph,
  masks: readonly number[],
  ask: (state: number) => number,
): Uint8Array {
  const places = Int32Array.from([...masks.keys()].filter((place) => masks[place] !== 0));
  const bits = Int32Array.from(places, (place) => masks[place]!);
  const known = new Answers(places.length);
  const key = new Int32Array(places.length);
  const answers = new Uint8Array(states);
  for (let state = 0; state < states; state++) {
    for (let n = 0; n < key.length; n++) key[n] = words[state * wordsPerState + places[n]!]! & bits[n]!;
    const at = known.find(key);
    answers[state] = at >= 0 ? known.answers[at]! : known.add(key, ask(state));
  }
  return answers;
}

/** Answers by a key of some words: a hash table. A Map, with keys that it can compare, takes ten times as long. */
class Answers {
  readonly #words: number;
  #slots = 2 ** 10;
  #keys: Int32Array;
  /** -1: none. */
  answers: Int8Array;
  #used = 0;

  constructor(words: number) {
    this.#words = words;
    this.#keys = new Int32Array(this.#slots * words);
    this.answers = new Int8Array(this.#slots).fill(-1);
  }

  /** Where the answer is, or below 0, as ~ of the slot where it should be. */
  find(key: Int32Array): number {
    const mask = this.#slots - 1;
    let hash = 0;
    for (let n = 0; n < this.#words; n++) hash = Math.imul(hash ^ (hash >>> 15) ^ key[n]!, 0x9e3779b1);
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      if (this.answers[slot]! < 0) return ~slot;
      let n = 0;
      while (n < this.#words && this.#keys[slot * this.#words + n] === key[n]) n++;
      if (n === this.#words) return slot;
    }
  }

  add(key: Int32Array, answer: number): number {
    if (2 * ++this.#used > this.#slots) this.#enlarge();
    const slot = ~this.find(key);
    this.#keys.set(key, slot * this.#words);
    this.answers[slot] = answer;
    return answer;
  }

  #enlarge(): void {
    const [keys, answers] = [this.#keys, this.answers];
    this.#slots *= 4;
    this.#used = 1;
    this.#keys = new Int32Array(this.#slots * this.#words);
    this.answers = new Int8Array(this.#slots).fill(-1);
    for (const [slot, answer] of answers.entries()) {
      if (answer >= 0) this.add(keys.subarray(slot * this.#words, (slot + 1) * this.#words), answer);
    }
  }
}
