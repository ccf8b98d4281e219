/** Labels of transitions by number, so that one byte is enough for most models: of which rule each is, and what is true of it. */
import { SearchLimit, TooNarrow } from './limits.ts';

/** Propositions are bits of a number. */
export const propositionsMax = 31;
const labelsMax = 2 ** 16;

/** By label. */
export type Meanings = { rules: Int32Array; propositions: Int32Array };

export class Labels {
  readonly #numbers = new Map<string, number>();
  readonly #rules: number[] = [];
  readonly #propositions: number[] = [];
  /** Of a label: 1 or 2. */
  bytes = 1;

  numberOf(rule: number, propositions: number): number {
    const key = `${rule} ${propositions}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    if (number === labelsMax) throw new SearchLimit(`${labelsMax} labels are the most: ask fewer properties at once`);
    this.#numbers.set(key, number);
    this.#rules.push(rule);
    this.#propositions.push(propositions);
    return number;
  }

  /** All labels so far fit into their bytes. */
  require(): void {
    if (this.#numbers.size <= 2 ** (8 * this.bytes)) return;
    this.bytes = 2;
    throw new TooNarrow();
  }

  get meanings(): Meanings {
    return { rules: Int32Array.from(this.#rules), propositions: Int32Array.from(this.#propositions) };
  }
}
