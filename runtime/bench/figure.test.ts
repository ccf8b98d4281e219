/** A comparison measures both sides in turns. */
import { expect, test } from 'vitest';
import { compared, inParallel } from './figure.ts';

test('the ratio is of the median round, after one for warming up', async () => {
  const costs = { ours: [900, 10, 40, 20], others: [1, 30, 40, 80] };
  let used = 0;
  const turns: string[] = [];
  const task = async (ours: boolean) => {
    turns.push(ours ? 'ours' : 'other');
    used += (ours ? costs.ours : costs.others).shift()!;
  };
  expect(await compared({ rounds: 3, times: 10, task, used: () => used })).toMatchObject({ ours: 2, ratio: 3 });
  expect(turns.join(' ')).toBe('ours other '.repeat(4).trim());
});

test('as many as wanted are done, and no more at once than is said', async () => {
  let [underWay, most, done] = [0, 0, 0];
  await inParallel(3, 10, async () => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay -= 1;
    done += 1;
  });
  expect({ most, done }).toEqual({ most: 3, done: 10 });
});
