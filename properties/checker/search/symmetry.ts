/**
 * Numbers of which only the order matters. Machines copy credentials and revisions, compare them, and take one more than
 * the newest; so counting on without end can be folded back: the numbers in use are renamed 1, 2, 3 … in their order,
 * and 0 (none) stays 0. The worlds that are left are finite, however often the AEF changes its methods.
 */

/** A property of this name, anywhere in a world, is a number of that sort. */
const sortOf: Record<string, 'credential' | 'revision'> = {
  credential: 'credential',
  refusedCredential: 'credential',
  keyCredential: 'credential',
  revision: 'revision',
};

/** Which numbers are in use: bit n - 1 for number n. */
export type InUse = { credential: number; revision: number };
export const mostNumbers = 15;

export function numbersIn(value: unknown, found: InUse = { credential: 0, revision: 0 }): InUse {
  if (Array.isArray(value)) for (const one of value) numbersIn(one, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const sort = sortOf[name];
      if (sort === undefined || typeof inner !== 'number') numbersIn(inner, found);
      else if (inner > mostNumbers) throw new RangeError(`more than ${mostNumbers} ${sort}s are in use at once`);
      else if (inner > 0) found[sort] |= 1 << (inner - 1);
    }
  }
  return found;
}

/** How many of the numbers in use are smaller or equal: the new name of a number. */
export function rank(inUse: number, number: number): number {
  if (number === 0) return 0;
  let smaller = inUse & ((1 << number) - 1);
  let count = 0;
  for (; smaller !== 0; smaller &= smaller - 1) count++;
  return count;
}

/** The same value with its numbers renamed. */
export function renamed<T>(value: T, inUse: InUse): T {
  if (Array.isArray(value)) return value.map((one) => renamed(one, inUse)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const sort = sortOf[name];
      return [name, sort && typeof inner === 'number' ? rank(inUse[sort], inner) : renamed(inner, inUse)];
    }),
  ) as T;
}

/** No number is left out below the largest: renaming would change nothing. */
export const isRanked = ({ credential, revision }: InUse) =>
  (credential & (credential + 1)) === 0 && (revision & (revision + 1)) === 0;
