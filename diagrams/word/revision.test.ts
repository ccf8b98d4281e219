/** The comparison of two lists contains both lists. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revised } from './revision.ts';

const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
const itself = (letter: string) => letter;
const before = (old: readonly string[], now: readonly string[]) =>
  revised(old, now, itself).flatMap((item) => (item.what === 'added' ? [] : [item.before]));
const after = (old: readonly string[], now: readonly string[]) =>
  revised(old, now, itself).flatMap((item) => (item.what === 'removed' ? [] : [item.after]));

test('both lists can be read from the comparison', () => {
  fc.assert(
    fc.property(letters, letters, (old, now) => {
      expect(before(old, now)).toEqual(old);
      expect(after(old, now)).toEqual(now);
    }),
  );
});

test('equal lists have no revisions', () => {
  fc.assert(
    fc.property(letters, (list) => {
      expect(revised(list, list, itself).every(({ what }) => what === 'kept')).toBe(true);
    }),
  );
});

test('as many items as possible are kept, and a removed item comes before the item added in its place', () => {
  const whats = revised([...'abcd'], [...'axcyd'], itself).map(({ what }) => what);
  expect(whats).toEqual(['kept', 'removed', 'added', 'kept', 'added', 'kept']);
});
