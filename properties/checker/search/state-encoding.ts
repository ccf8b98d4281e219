/** Worlds as two 32-bit words: which bits of which word hold the number of each group's value. */
import { groups } from './value-numbers.ts';

export type Place = { word: 0 | 1; shift: number; bits: number };
export type Packing = readonly Place[];

/** A group has more values than its bits can number: the exploration starts again with wider ones. */
export class TooNarrow extends Error {
  readonly group: number;
  constructor(group: number) {
    super(`the group of ${groups[group]} needs more bits`);
    this.group = group;
  }
}

export class TooManyBits extends RangeError {}

const bitsFor = (values: number) => Math.max(1, 32 - Math.clz32(values - 1));

/** Bits for this many values of each group, and one more; the widest first, so that two words do for most worlds. */
export function packing(sizes: readonly number[]): Packing {
  const bits = sizes.map((size) => bitsFor(size + 1));
  const places: Place[] = [];
  const free = [32, 32];
  for (const group of [...bits.keys()].sort((a, b) => bits[b]! - bits[a]!)) {
    const word = free[0]! >= free[1]! ? 0 : 1;
    if (free[word]! < bits[group]!) {
      throw new TooManyBits(`a world of ${bits.reduce((a, b) => a + b)} bits does not fit into 64`);
    }
    free[word]! -= bits[group]!;
    places[group] = { word, shift: 32 - free[word]! - bits[group]!, bits: bits[group]! };
  }
  return places;
}
