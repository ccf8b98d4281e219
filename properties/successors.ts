/**
 * The successors of a packed world, by look-up. Each rule is asked once for each combination of values in the slots that
 * it needs; what it answers is kept as bits to be put in their place. The machines are called only for what is new.
 */
import { groups, type Interned, isPackedRanked } from './interned.ts';
import { type Packing, TooNarrow } from './packing.ts';
import type { Move, Rule } from './rules.ts';
import type { Slot, Slots } from './world.ts';

/** Per successor in the buffer: low word, high word, number of the rule, marks of the step. */
export const fields = 4;
/** Per move of a rule: low word, high word, numbers in use, marks, where its values are listed, whether it has words yet. */
const moveFields = 6;
/** Marks a step, by bits: violated properties and reached goals. */
export type MarkStep = (move: Move, rule: Rule) => number;

export type Successors = ReturnType<typeof successors>;

export function successors(rules: readonly Rule[], interned: Interned, places: Packing, mark: MarkStep) {
  if (rules.length > 31) throw new RangeError('31 rules are the most');
  const groupCount = groups.length;
  const shifts = Int32Array.from(places, ({ shift }) => shift);
  const words = Int32Array.from(places, ({ word }) => word);
  const masks = Int32Array.from(places, ({ bits }) => 2 ** bits - 1);
  /** Of the first group 0 is not used, so that no world is 0, 0. */
  const lift = (group: number) => (group === 0 ? 1 : 0);

  const inUse = places.map(({ bits }) => new Int32Array(2 ** bits));
  /** Rules that a value rules out by itself, as bits. */
  const ruledOut = places.map(({ bits }) => new Int32Array(2 ** bits));
  const compiled = rules.map((rule) => compile(rule, places));
  const lowOf = Int32Array.from(compiled, ({ low }) => low);
  const highOf = Int32Array.from(compiled, ({ high }) => high);
  const tables = rules.map(() => new MoveTable());
  let moves = new Int32Array(1 << 16);
  let movesUsed = 1;
  /** Numbers of the values after a move, in the order of its rule's needs. */
  const values: number[][] = [];
  const here = new Int32Array(groupCount);
  let out = new Int32Array(fields * 256);
  let evaluations = 0;

  /** The bits of a value, by its number. */
  function bitsOf(group: number, n: number): number {
    const place = interned.placeOf(group, n) + lift(group);
    if (place > masks[group]!) throw new TooNarrow(group);
    inUse[group]![place] = interned.inUse[group]![n]!;
    return place << shifts[group]!;
  }

  function pack(world: Slots): [low: number, high: number] {
    const packed: [number, number] = [0, 0];
    for (let group = 0; group < groupCount; group++) {
      packed[words[group] as 0 | 1] |= bitsOf(group, interned.number(group, world));
    }
    return [packed[0] >>> 0, packed[1] >>> 0];
  }

  /** Where the value of a group is in the tables of that group. */
  const indexAt = (group: number, low: number, high: number): number =>
    ((words[group] === 0 ? low : high) >>> shifts[group]!) & masks[group]!;
  const numberAt = (group: number, low: number, high: number): number =>
    interned.atPlace(group, indexAt(group, low, high) - lift(group));

  const unpack = (low: number, high: number): Slots =>
    Object.assign({}, ...groups.map((_, group) => interned.value(group, numberAt(group, low, high))));

  /** Asks the rule, and keeps what it says. A rule that looked at one group only and offers nothing is ruled out by it. */
  function evaluate(ruleNumber: number, low: number, high: number): number {
    evaluations++;
    const rule = rules[ruleNumber]!;
    const { needs } = compiled[ruleNumber]!;
    const looked = new Set<number>();
    const view = {} as Partial<Slots>;
    for (const group of needs) {
      for (const [slot, value] of Object.entries(interned.value(group, numberAt(group, low, high)))) {
        Object.defineProperty(view, slot, { enumerable: true, get: () => looked.add(group) && value });
      }
    }
    const offered = rule.moves(view);
    if (offered.length === 0 && looked.size === 1) {
      const [group] = [...looked] as [number];
      ruledOut[group]![indexAt(group, low, high)]! |= 1 << ruleNumber;
    }

    const size = 1 + moveFields * offered.length;
    while (movesUsed + size > moves.length) moves = grown(moves);
    const at = movesUsed;
    let next = at;
    moves[next++] = offered.length;
    for (const move of offered) {
      const numbers = needs.map((group) => interned.number(group, move.after));
      moves[next + 2] = numbers.reduce((used, n, at) => used | interned.inUse[needs[at]!]![n]!, 0);
      moves[next + 3] = mark(move, rule);
      moves[next + 4] = values.push(numbers) - 1;
      next += moveFields;
    }
    movesUsed += size;
    tables[ruleNumber]!.set(low & lowOf[ruleNumber]!, high & highOf[ruleNumber]!, at);
    return at;
  }

  /** A move whose numbers need no renaming gets its words when that happens first: most never do. */
  function giveWords(from: number, needs: readonly number[]): void {
    const after: [number, number] = [0, 0];
    for (const [n, group] of needs.entries())
      after[words[group] as 0 | 1] |= bitsOf(group, values[moves[from + 4]!]![n]!);
    moves[from] = after[0];
    moves[from + 1] = after[1];
    moves[from + 5] = 1;
  }

  /** The world after a move, with its numbers renamed. */
  function rename(low: number, high: number, used: number, needs: readonly number[], numbers: readonly number[]) {
    const packed: [number, number] = [0, 0];
    for (let group = 0; group < groupCount; group++) {
      const changed = needs.indexOf(group);
      const n = changed < 0 ? numberAt(group, low, high) : numbers[changed]!;
      packed[words[group] as 0 | 1] |= bitsOf(group, interned.renamed(group, n, used));
    }
    return packed;
  }

  /** Writes the successors into `buffer()` and answers how many there are. */
  function expand(low: number, high: number): number {
    let out_ = 0;
    let active = 2 ** rules.length - 1;
    for (let group = 0; group < groupCount; group++) {
      const n = ((words[group] === 0 ? low : high) >>> shifts[group]!) & masks[group]!;
      active &= ~ruledOut[group]![n]!;
      here[group] = inUse[group]![n]!;
    }
    while (active !== 0) {
      const rule = 31 - Math.clz32(active);
      active ^= 1 << rule;
      const ruleLow = lowOf[rule]!;
      const ruleHigh = highOf[rule]!;
      let at = tables[rule]!.get(low & ruleLow, high & ruleHigh);
      if (at === 0) at = evaluate(rule, low, high);
      const count = moves[at]!;
      if (count === 0) continue;

      let usedElsewhere = 0;
      const { others, needs } = compiled[rule]!;
      for (let n = 0; n < others.length; n++) usedElsewhere |= here[others[n]!]!;
      const keptLow = low & ~ruleLow;
      const keptHigh = high & ~ruleHigh;
      if (out.length < out_ + fields * count) out = grown(out);
      for (let n = 0, from = at + 1; n < count; n++, from += moveFields) {
        const used = usedElsewhere | moves[from + 2]!;
        if (isPackedRanked(used)) {
          if (moves[from + 5] === 0) giveWords(from, needs);
          out[out_] = keptLow | moves[from]!;
          out[out_ + 1] = keptHigh | moves[from + 1]!;
        } else {
          const [nextLow, nextHigh] = rename(low, high, used, needs, values[moves[from + 4]!]!);
          out[out_] = nextLow;
          out[out_ + 1] = nextHigh;
        }
        out[out_ + 2] = rule;
        out[out_ + 3] = moves[from + 3]!;
        out_ += fields;
      }
    }
    return out_ / fields;
  }

  return { pack, unpack, expand, buffer: () => out, evaluations: () => evaluations };
}

const grown = (array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
};

/** Which bits of a world a rule looks at, and which groups it leaves alone. */
function compile({ needs }: { needs: readonly Slot[] }, places: Packing) {
  const needed = [...groups.keys()].filter((group) => groups[group]!.some((slot) => needs.includes(slot)));
  const bits: [number, number] = [0, 0];
  for (const group of needed) bits[places[group]!.word] |= (2 ** places[group]!.bits - 1) << places[group]!.shift;
  const others = Int32Array.from([...groups.keys()].filter((group) => !needed.includes(group)));
  return { needs: needed, others, low: bits[0], high: bits[1] };
}

/** From the bits a rule looks at to where its moves are; 0 for not yet. */
class MoveTable {
  #keys = new Int32Array(2 * 64);
  #places = new Int32Array(64);
  #mask = 63;
  #size = 0;

  get(low: number, high: number): number {
    let at = mixed(low, high) & this.#mask;
    for (;;) {
      const place = this.#places[at]!;
      if (place === 0 || (this.#keys[2 * at] === low && this.#keys[2 * at + 1] === high)) return place;
      at = (at + 1) & this.#mask;
    }
  }

  set(low: number, high: number, place: number): void {
    if (this.#size * 2 >= this.#places.length) {
      const [keys, places] = [this.#keys, this.#places];
      this.#keys = new Int32Array(keys.length * 2);
      this.#places = new Int32Array(places.length * 2);
      this.#mask = this.#places.length - 1;
      this.#size = 0;
      for (let n = 0; n < places.length; n++) if (places[n] !== 0) this.set(keys[2 * n]!, keys[2 * n + 1]!, places[n]!);
    }
    let at = mixed(low, high) & this.#mask;
    while (this.#places[at] !== 0) at = (at + 1) & this.#mask;
    this.#keys[2 * at] = low;
    this.#keys[2 * at + 1] = high;
    this.#places[at] = place;
    this.#size++;
  }
}

function mixed(low: number, high: number): number {
  const h = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d) ^ Math.imul(high ^ (high >>> 13), 0x297a2d39);
  return h ^ (h >>> 14);
}
