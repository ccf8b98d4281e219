/** What was kept, removed and added is the list before, and the list after. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revised } from './revision.ts';

const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
const itself = (letter: string) => letter;
const before = (old: readonly string[], now: readonly string[]) =>
  revised(old, now, itself).flatMap((item) => (item.what === 'added' ? [] : [item.before]));
const after = (old: readonly string[], now: readonly string[]) =>
  revised(old, now, itself).flatMap((item) => (item.what === 'removed' ? [] : [item.after]));

test('whatever the two lists are, each of them can be read from the revision', () => {
  fc.assert(
    fc.property(letters, letters, (old, now) => {
      expect(before(old, now)).toEqual(old);
      expect(after(old, now)).toEqual(now);
    }),
  );
});

test('nothing is revised in a list that is the same', () => {
  fc.assert(
    fc.property(letters, (list) => {
      expect(revised(list, list, itself).every(({ what }) => what === 'kept')).toBe(true);
    }),
  );
});

test('as much is kept as can be, and what is removed stands before what is added in its place', () => {
  const whats = revised([...'abcd'], [...'axcyd'], itself).map(({ what }) => what);
  expect(whats).toEqual(['kept', 'removed', 'added', 'kept', 'added', 'kept']);
});
