/** A rate, at a clock that moves when it is told to. */
import { expect, test } from 'vitest';
import { RatePerPeer } from './rate-per-peer.ts';

function rate(perSecond: number, worthSeconds?: number) {
  const at = { now: 1_000_000 };
  const made = new RatePerPeer(perSecond, worthSeconds, () => at.now);
  const taken = (peer: string, times: number) =>
    Array.from({ length: times }, () => made.take(peer)).filter((waitMs) => waitMs === 0).length;
  return { at, made, taken };
}

test("ten seconds' worth at once, and then so many a second, each peer for itself", () => {
  const { at, taken } = rate(5);
  expect(taken('one', 1_000)).toBe(50);
  expect(taken('another', 10)).toBe(10);
  at.now += 2_000;
  expect(taken('one', 1_000)).toBe(10);
  at.now += 3_600_000;
  expect(taken('one', 1_000)).toBe(50);
});

test("another number of seconds' worth at once, and then so many a second", () => {
  const { at, taken } = rate(5, 1);
  expect(taken('one', 1_000)).toBe(5);
  at.now += 2_000;
  expect(taken('one', 1_000)).toBe(5);
  at.now += 400;
  expect(taken('one', 1_000)).toBe(2);
});

test('who is refused is told how long to wait, and is taken then', () => {
  const { at, made, taken } = rate(2);
  taken('one', 20);
  expect(made.take('one')).toBe(500);
  at.now += 499;
  expect(made.take('one')).toBe(1);
  at.now += 1;
  expect(made.take('one')).toBe(0);
});

test('however many peers come and go, those of ten seconds are remembered', () => {
  const { at, made } = rate(1);
  let most = 0;
  for (let n = 0; n < 100_000; n += 1) {
    made.take(`peer ${n}`);
    at.now += 1;
    most = Math.max(most, made.remembered);
  }
  expect(most).toBeLessThanOrEqual(2_500);
});
