/** States as 64 bits: which bits of which 32-bit word hold the code of each group's value. */

export type Field = { word: 0 | 1; shift: number; bits: number };
export type Encoding = readonly Field[];
export type Encoded = readonly [low: number, high: number];

/** A group has more values than its field has codes: the search starts again with a wider one. */
export class TooNarrow extends Error {
  readonly group: number;
  constructor(group: number) {
    super(`group ${group} needs more bits`);
    this.group = group;
  }
}

class TooManyBits extends RangeError {}

const bitsFor = (codes: number) => Math.max(1, 32 - Math.clz32(codes - 1));

/**
 * Room for as many values of each group as are expected, or fewer where that does not fit into 64 bits; but always for
 * one more than the codes there are.
 */
export function roomyEncoding(codeCounts: readonly number[], expected: readonly number[]): Encoding {
  const wanted = codeCounts.map((count, group) => Math.max(count + 1, expected[group]!));
  try {
    return encodingFor(wanted);
  } catch (error) {
    const isTight = wanted.every((want, group) => want === codeCounts[group]! + 1);
    if (!(error instanceof TooManyBits) || isTight) throw error;
    return roomyEncoding(
      codeCounts,
      wanted.map((want) => want / 2),
    );
  }
}

/** The widest field first, so that two words are enough for most states. */
export function encodingFor(sizes: readonly number[]): Encoding {
  const bits = sizes.map((size) => bitsFor(size + 1));
  const fields: Field[] = [];
  const free = [32, 32];
  for (const group of [...bits.keys()].sort((a, b) => bits[b]! - bits[a]!)) {
    const word = free[0]! >= free[1]! ? 0 : 1;
    if (free[word]! < bits[group]!) {
      throw new TooManyBits(`a state of ${bits.reduce((a, b) => a + b)} bits does not fit into 64`);
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
