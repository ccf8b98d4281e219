/** States as 32-bit words, two of which are one word of the kernel: which bits of which word hold the number of each group's value. */

export type Field = { word: number; shift: number; bits: number };
/** `words`: of a state; 2, or as many more as it needs, two at a time. */
export type Encoding = { fields: readonly Field[]; words: number };
export type Encoded = readonly number[];

const bitsFor = (size: number) => Math.max(1, 32 - Math.clz32(size - 1));

/**
 * Room for as many values of each group as are expected, or fewer where that takes more words; but always for one more than
 * there are.
 */
export function roomyEncoding(counts: readonly number[], expected: readonly number[]): Encoding {
  for (let words = 2; ; words += 2) {
    for (let share = 1; ; share /= 2) {
      const sizes = counts.map((count, group) => Math.max(count + 1, share * expected[group]!));
      const found = encodingIn(words, sizes);
      if (found) return found;
      if (sizes.every((size, group) => size === counts[group]! + 1)) break;
    }
  }
}

/** The widest field first, so that few words are enough; undefined if they are not. */
function encodingIn(words: number, sizes: readonly number[]): Encoding | undefined {
  const bits = sizes.map(bitsFor);
  const fields: Field[] = [];
  const free = Array<number>(words).fill(32);
  for (const group of [...bits.keys()].sort((a, b) => bits[b]! - bits[a]!)) {
    const most = Math.max(...free);
    if (most < bits[group]!) return undefined;
    const word = free.indexOf(most);
    fields[group] = { word, shift: 32 - most, bits: bits[group]! };
    free[word]! -= bits[group]!;
  }
  return { fields, words };
}

/** The bits of these groups, in all words. */
export function masksOf({ fields, words }: Encoding, groups: readonly number[]): Encoded {
  const masks = Array<number>(words).fill(0);
  for (const group of groups) {
    const { word, shift, bits } = fields[group]!;
    masks[word]! |= (2 ** bits - 1) << shift;
  }
  return masks;
}
