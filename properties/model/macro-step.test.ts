/** A bag is the same value in whatever order its items come, and keeps its order when its numbers are renamed. */
import { expect, test } from 'vitest';
import { bag } from './macro-step.ts';

test('a bag sorts numbers by size', () => {
  const items = [{ revision: 10 }, { revision: 9 }, { revision: 101 }];
  expect(bag(items)).toEqual([{ revision: 9 }, { revision: 10 }, { revision: 101 }]);
  expect(bag(items.toReversed())).toEqual(bag(items));
});
