/** What is remembered of those that come without end. */
import { expect, test } from 'vitest';
import { Latest } from './latest.ts';

test('the latest are remembered, and who comes again is one of them', () => {
  const latest = new Latest(3);
  expect(['a', 'b', 'c', 'a'].flatMap((id) => latest.add(id))).toEqual([]);
  expect(latest.add('d')).toEqual(['b']);
  expect(latest.add('e')).toEqual(['c']);
  expect(latest.add('f')).toEqual(['a']);
});
