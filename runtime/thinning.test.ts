/** Lines that strangers cause: all of the first hundred, then fewer and fewer, and of a known party every one. */
import { expect, test } from 'vitest';
import type { TraceLine } from '../machines/steps/trace.ts';
import { heldBack, thinning } from './thinning.ts';

test('of a hundred thousand, 109 are kept, and the last of them show that there were many', () => {
  const isKept = thinning();
  const kept = Array.from({ length: 100_000 }, (_, n) => n + 1).filter(isKept);
  expect(kept).toHaveLength(109);
  expect(kept.slice(99)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200]);
});

test('lines are held back until one is due, and come in their order', () => {
  const lines: string[] = [];
  const record = heldBack(
    ({ instance }) => void lines.push(instance),
    ({ instance }) => instance === 'due',
  );
  const line = (instance: string) => ({ instance }) as TraceLine;
  record(line('first'));
  expect(lines).toEqual([]);
  record(line('due'));
  record(line('later'));
  expect(lines).toEqual(['first', 'due', 'later']);
});
