/** Compares two lists: each item is kept, removed or added. Used for the blocks, rows and words of a document. */
export type Revised<T> =
  | { what: 'kept'; before: T; after: T }
  | { what: 'removed'; before: T }
  | { what: 'added'; after: T };

/**
 * Keeps as many items as possible in their order; a removed item comes before the item added in its place. Items with the
 * same key count as the same, even if they differ otherwise.
 */
export function revised<T>(before: readonly T[], after: readonly T[], keyOf: (item: T) => string): Revised<T>[] {
  const [old, now] = [before.map(keyOf), after.map(keyOf)];
  const common = longestCommon(old, now);
  const found: Revised<T>[] = [];
  let [n, m] = [0, 0];
  while (n < before.length || m < after.length) {
    const [mine, others] = [before[n], after[m]];
    if (mine !== undefined && others !== undefined && old[n] === now[m]) {
      found.push({ what: 'kept', before: mine, after: others });
      [n, m] = [n + 1, m + 1];
    } else if (mine !== undefined && (others === undefined || (common[n + 1]?.[m] ?? 0) >= (common[n]?.[m + 1] ?? 0))) {
      found.push({ what: 'removed', before: mine });
      n += 1;
    } else if (others !== undefined) {
      found.push({ what: 'added', after: others });
      m += 1;
    }
  }
  return found;
}

/** At [n][m]: the number of items that can be kept from the nth and the mth on. */
function longestCommon(old: readonly string[], now: readonly string[]): number[][] {
  const longest = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let n = old.length - 1; n >= 0; n--) {
    for (let m = now.length - 1; m >= 0; m--) {
      const [both, without, other] = [longest[n + 1]?.[m + 1] ?? 0, longest[n + 1]?.[m] ?? 0, longest[n]?.[m + 1] ?? 0];
      const row = longest[n];
      if (row) row[m] = old[n] === now[m] ? both + 1 : Math.max(without, other);
    }
  }
  return longest;
}
