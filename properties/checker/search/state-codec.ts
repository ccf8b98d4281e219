/** States as encoded words and back, and the ordinals in use in each value, which the kernel reads. */
import type { KernelMemory } from './kernel-memory.ts';
import type { WatField } from './kernel-wat.ts';
import { TooNarrow } from './limits.ts';
import type { Encoded, Encoding } from './state-encoding.ts';
import type { State } from './transition-system.ts';
import type { ValueNumbers } from './value-numbers.ts';

export class StateCodec {
  readonly fields: readonly WatField[];
  /** Of a table over the numbers of all groups. */
  readonly tableBytes: number;
  /** Where the ordinals in use in each value are. */
  readonly inUseAt: number;
  readonly #encoding: Encoding;
  readonly #values: ValueNumbers;
  readonly #memory: KernelMemory;

  constructor(encoding: Encoding, values: ValueNumbers, memory: KernelMemory) {
    this.#encoding = encoding;
    this.#values = values;
    this.#memory = memory;
    let base = 0;
    this.fields = encoding.fields.map(({ word, shift, bits }) => {
      const field = { word: word >> 1, shift: shift + 32 * (word & 1), bits, base };
      base += 4 * 2 ** bits;
      return field;
    });
    this.tableBytes = base;
    this.inUseAt = memory.allocate(base);
  }

  encode(state: State): Encoded {
    const groups = [...this.#values.groups.keys()];
    return this.encoded(
      groups,
      groups.map((group) => this.#values.numberOf(group, state)),
    );
  }

  decode(words: Int32Array): State {
    const groups = [...this.#values.groups.keys()];
    return this.#values.viewOf(groups, this.numbersIn(groups, words));
  }

  /** Values of some groups, by their numbers; the bits of all other groups are 0. */
  encoded(groups: readonly number[], numbers: readonly number[]): Encoded {
    const words = Array<number>(this.#encoding.words).fill(0);
    for (const [n, group] of groups.entries()) {
      const { word, shift } = this.#encoding.fields[group]!;
      this.require(group, numbers[n]!);
      words[word]! |= numbers[n]! << shift;
    }
    return words;
  }

  /** The numbers of the values of some groups in an encoded state. */
  numbersIn(groups: readonly number[], words: Int32Array): number[] {
    return groups.map((group) => {
      const { word, shift, bits } = this.#encoding.fields[group]!;
      return (words[word]! >>> shift) & (2 ** bits - 1);
    });
  }

  /** The number fits into the field of its group, and the kernel has the ordinals in use in its value. */
  require(group: number, number: number): void {
    if (number >= 2 ** this.#encoding.fields[group]!.bits) throw new TooNarrow(group);
    this.#memory.ints[(this.inUseAt + this.fields[group]!.base + 4 * number) >> 2] =
      this.#values.inUse[group]![number]!;
  }
}
