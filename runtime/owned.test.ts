import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { owned } from './owned.ts';

test('an exception is reported once, and then the failure is told', async () => {
  const told: unknown[] = [];
  const lost = new Error('lost');
  owned(
    Promise.reject(lost),
    (error) => told.push(error),
    () => told.push('failed'),
  );
  await nextTurn();
  expect(told).toEqual([lost, 'failed']);
});

test('what goes wrong while the failure is told is reported as well', async () => {
  const told: unknown[] = [];
  const [first, second] = [new Error('first'), new Error('second')];
  const failed = () => {
    throw second;
  };
  owned(Promise.reject(first), (error) => told.push(error), failed);
  await nextTurn();
  expect(told).toEqual([first, second]);
});

test('of what goes well nothing is told', async () => {
  const told: unknown[] = [];
  owned(
    Promise.resolve(),
    (error) => told.push(error),
    () => told.push('failed'),
  );
  await nextTurn();
  expect(told).toEqual([]);
});
