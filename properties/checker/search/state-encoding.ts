/** States as 64 bits: which bits of which 32-bit word hold the number of each group's value. */
import { SearchLimit } from './limits.ts';

export type Field = { word: 0 | 1; shift: number; bits: number };
export type Encoding = readonly Field[];
export type Encoded = readonly [low: number, high: number];

/** A group has more values than its field has room for: the search starts again with a wider one. */
export class TooNarrow extends Error {
  readonly group: number;
  constructor(group: number) {
    super(`group ${group} needs more bits`);
    this.group = group;
  }
}

class TooManyBits extends SearchLimit {}

const bitsFor = (size: number) => Math.max(1, 32 - Math.clz32(size - 1));

/**
 * Room for as many values of each group as are expected, or fewer where that does not fit into 64 bits; but always for
 * one more than there are.
 */
export function roomyEncoding(counts: readonly number[], expected: readonly number[]): Encoding {
  const wanted = counts.map((count, group) => Math.max(count + 1, expected[group]!));
  try {
    return encodingFor(wanted);
  } catch (error) {
    const isTight = wanted.every((want, group) => want === counts[group]! + 1);
    if (!(error instanceof TooManyBits) || isTight) throw error;
    return roomyEncoding(
      counts,
      wanted.map((want) => want / 2),
    );
  }
}

/** The widest field first, so that two words are enough for most states. */
export function encodingFor(sizes: readonly number[]): Encoding {
  const bits = sizes.map(bitsFor);
  const fields: Field[] = [];
  const free = [32, 32];
  for (const group of [...bits.keys()].sort((a, b) => bits[b]! - bits[a]!)) {
    const word = free[0]! >= free[1]! ? 0 : 1;
    if (free[word]! < bits[group]!) {
      throw new TooManyBits(
        `a state of ${bits.reduce((a, b) => a + b)} bits does not fit into two words of 32: give the model fewer values, or ` +
          'variables that depend on each other one group',
      );
    }
    free[word]! -= bits[group]!;
    fields[group] = { word, shift: 32 - free[word]! - bits[group]!, bits: bits[group]! };
  }
  return fields;
}

/** The bits of these groups, in both words. */
export function masksOf(encoding: Encoding, groups: readonly number[]): Encoded {
  const masks: [number, number] = [0, 0];
  for (const group of groups) {
    const { word, shift, bits } = encoding[group]!;
    masks[word] |= (2 ** bits - 1) << shift;
  }
  return masks;
}
