/** States as encoded words and back, and the ordinals in use in each code, which the kernel reads. */
import type { KernelMemory } from './kernel-memory.ts';
import type { WatField } from './kernel-wat.ts';
import { type Encoded, type Encoding, TooNarrow } from './state-encoding.ts';
import type { State } from './transition-system.ts';
import type { ValueNumbers } from './value-numbers.ts';

export class StateCodec {
  readonly fields: readonly WatField[];
  /** How many codes there may be, over all groups. */
  readonly codes: number;
  /** Where the ordinals in use in each code are. */
  readonly inUseAt: number;
  readonly #encoding: Encoding;
  readonly #values: ValueNumbers;
  readonly #memory: KernelMemory;

  constructor(encoding: Encoding, values: ValueNumbers, memory: KernelMemory) {
    this.#encoding = encoding;
    this.#values = values;
    this.#memory = memory;
    let base = 0;
    this.fields = encoding.map(({ word, shift, bits }) => {
      const field = { shift: shift + 32 * word, bits, base };
      base += 2 ** bits;
      return field;
    });
    this.codes = base;
    this.inUseAt = memory.allocate(4 * base);
  }

  encode(state: State): Encoded {
    const groups = [...this.#values.groups.keys()];
    const numbers = groups.map((group) => this.#values.numberOf(group, state));
    return this.encoded(groups, numbers);
  }

  decode(low: number, high: number): State {
    const groups = [...this.#values.groups.keys()];
    return this.#values.viewOf(groups, this.numbersIn(groups, low, high));
  }

  /** Values of some groups, by their numbers; the bits of all other groups are 0. */
  encoded(groups: readonly number[], numbers: readonly number[]): Encoded {
    const words: [number, number] = [0, 0];
    for (const [n, group] of groups.entries()) {
      const { word, shift } = this.#encoding[group]!;
      words[word] |= this.codeOf(group, numbers[n]!) << shift;
    }
    return words;
  }

  /** The numbers of the values of some groups. */
  numbersIn(groups: readonly number[], low: number, high: number): number[] {
    return groups.map((group) => {
      const { word, shift, bits } = this.#encoding[group]!;
      return this.numberOfCode(group, ((word === 0 ? low : high) >>> shift) & (2 ** bits - 1));
    });
  }

  /** The code of a value as its field holds it. Code 0 of the first group is left out, so that no encoded state is 0. */
  codeOf(group: number, number: number): number {
    const code = this.#values.codeOf(group, number) + (group === 0 ? 1 : 0);
    if (code >= 2 ** this.#encoding[group]!.bits) throw new TooNarrow(group);
    this.#memory.ints[(this.inUseAt >> 2) + this.fields[group]!.base + code] = this.#values.inUse[group]![number]!;
    return code;
  }

  numberOfCode(group: number, code: number): number {
    return this.#values.numberOfCode(group, code - (group === 0 ? 1 : 0));
  }
}
