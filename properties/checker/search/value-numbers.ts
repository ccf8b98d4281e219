/**
 * The values of a world, numbered in the order in which they were met. Slots that depend on each other go together in a
 * group, whose values are numbered as one; those that stand in a canonical world have a second number, their place, and
 * few do: only places take up bits of a packed world.
 */

import type { State, Variable } from '../../model/state.ts';
import { type InUse, isRanked, numbersIn, renamed } from './symmetry.ts';

/** Together they take fewer bits than apart; apart, rules need less of them. */
export const groups: readonly (readonly Variable[])[] = [
  ['apiInvoker', 'control', 'told'],
  ['capifCoreFunction', 'publishedService'],
  ['late', 'revocation', 'offboarding', 'budget'],
  ['apiExposingFunction', 'apiPublishingFunction'],
  ['publications'],
  ['invokerAdmission'],
  ['fetch', 'aefPsk'],
  ['invocations'],
];

/** Credentials and revisions in use, in one number: 15 bits each. */
const packed = ({ credential, revision }: InUse): number => credential | (revision << 15);
const unpacked = (inUse: number): InUse => ({ credential: inUse & 0x7fff, revision: inUse >>> 15 });
export const isPackedRanked = (inUse: number): boolean => {
  const credential = inUse & 0x7fff;
  const revision = inUse >>> 15;
  return (credential & (credential + 1)) === 0 && (revision & (revision + 1)) === 0;
};

export type Interned = ReturnType<typeof interned>;

type Members = Partial<State>;

export function interned() {
  const numbers = groups.map(() => new Map<string, number>());
  const values = groups.map((): Members[] => []);
  const inUse = groups.map((): number[] => []);
  const placeOf = groups.map((): number[] => []);
  const atPlace = groups.map((): number[] => []);
  const renamings = new Map<number, number[][]>();
  /** Values of slots by identity, so that most are written out only once. */
  const written = new WeakMap<object, string>();

  function write(value: object): string {
    const text = written.get(value) ?? JSON.stringify(value);
    written.set(value, text);
    return text;
  }

  function number(group: number, from: Members): number {
    const members = groups[group]!;
    let key = '';
    for (const variable of members) key += write(from[variable]!);
    const known = numbers[group]!.get(key);
    if (known !== undefined) return known;
    const value = Object.fromEntries(members.map((variable) => [variable, from[variable]])) as Members;
    numbers[group]!.set(key, values[group]!.length);
    inUse[group]!.push(packed(numbersIn(value)));
    return values[group]!.push(value) - 1;
  }

  return {
    number,
    value: (group: number, n: number): Members => values[group]![n]!,
    /** The credentials and revisions in use in each value. */
    inUse,
    placeOf(group: number, n: number): number {
      const known = placeOf[group]![n];
      if (known !== undefined) return known;
      placeOf[group]![n] = atPlace[group]!.length;
      return atPlace[group]!.push(n) - 1;
    },
    atPlace: (group: number, place: number): number => atPlace[group]![place]!,
    /** How many values of each group have a place. */
    sizes: () => atPlace.map((each) => each.length),
    /** The number of the same value once everything that is in use has been renamed. */
    renamed(group: number, n: number, used: number): number {
      const table = renamings.get(used) ?? groups.map((): number[] => []);
      renamings.set(used, table);
      const known = table[group]![n] ?? number(group, renamed(values[group]![n]!, unpacked(used)));
      table[group]![n] = known;
      return known;
    },
  };
}

/** A world with its numbers renamed: what worlds that differ only in their counting have in common. */
export function canonical(state: State): State {
  const inUse = numbersIn(state);
  return isRanked(inUse) ? state : renamed(state, inUse);
}
