/**
 * Symmetry reduction by rank. Where only the order of numbers matters, counting without end folds back: the ordinals in
 * use are renamed 1, 2, 3 … in their order, and 0 (none) stays 0. The renamed state is the canonical one of all states
 * that differ only in their counting, so that finitely many states remain however long a run counts.
 */
import type { Ordinals } from './transition-system.ts';

/** The ordinals in use, as bits: bit n - 1 for ordinal n of the first sort, and 15 bits higher for the second. */
export type InUse = number;
export const ordinalsMax = 15;
/** The bits of each sort. */
export const sortMasks = [0x7fff, 0x7fff << 15] as const;
const shiftOf = (sort: number): number => sort * ordinalsMax;

export type Symmetry = ReturnType<typeof symmetryOf>;

export function symmetryOf(ordinals: Ordinals = []) {
  if (ordinals.length > sortMasks.length) throw new RangeError(`${sortMasks.length} sorts of ordinals are the most`);
  const sorts = new Map(ordinals.flatMap((names, sort) => names.map((name) => [name, sort])));

  function inUse(value: unknown): InUse {
    if (Array.isArray(value)) return value.reduce((found, one) => found | inUse(one), 0);
    if (typeof value !== 'object' || value === null) return 0;
    let found = 0;
    for (const [name, inner] of Object.entries(value)) {
      const sort = sorts.get(name);
      if (sort === undefined || typeof inner !== 'number') found |= inUse(inner);
      else if (inner > ordinalsMax) throw new RangeError(`"${name}" has counted to ${inner}, above ${ordinalsMax}`);
      else if (inner > 0) found |= 1 << (inner - 1 + shiftOf(sort));
    }
    return found;
  }

  /** The same value with the ordinals in use replaced by their ranks. */
  function renamed<T>(value: T, used: InUse): T {
    if (Array.isArray(value)) return value.map((one) => renamed(one, used)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const sort = sorts.get(name);
        const isOrdinal = sort !== undefined && typeof inner === 'number';
        return [name, isOrdinal ? rank(used, sort, inner) : renamed(inner, used)];
      }),
    ) as T;
  }

  return {
    /** Whether there are any. */
    hasOrdinals: sorts.size > 0,
    inUse,
    renamed,
    canonical<S extends object>(state: S): S {
      const used = inUse(state);
      return isRanked(used) ? state : renamed(state, used);
    },
    /** The sort of the ordinals that a property of this name holds. */
    sortOf: (name: string): number | undefined => sorts.get(name),
  };
}

/** How many of the ordinals in use are smaller or equal. */
function rank(used: InUse, sort: number, ordinal: number): number {
  let smaller = (used >>> shiftOf(sort)) & ((1 << ordinal) - 1);
  let count = 0;
  for (; smaller !== 0; smaller &= smaller - 1) count++;
  return ordinal === 0 ? 0 : count;
}

/** The ordinals in use are ranks already: renaming would change nothing. */
export function isRanked(used: InUse): boolean {
  const first = used & sortMasks[0];
  const second = used >>> ordinalsMax;
  return (first & (first + 1)) === 0 && (second & (second + 1)) === 0;
}

/** No ordinal falls out of use, and one that comes into use follows one that is: then nothing must be renamed. */
export function keepsRanks(before: InUse, after: InUse): boolean {
  const lowest = 1 | (1 << ordinalsMax);
  const next = ((before & ~(1 << (ordinalsMax - 1))) << 1) | lowest;
  return (before & ~after) === 0 && (after & ~before & ~next) === 0;
}
