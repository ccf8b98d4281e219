/** Pauses grow, and those of many end at different times. */
import { expect, test } from 'vitest';
import { type Pause, pauseTimer, systemClock } from './clock.ts';

/** The length of each pause. */
function pausing(pause: Pause) {
  const lengths: number[] = [];
  const clock = {
    ...systemClock,
    after(ms: number) {
      lengths.push(ms);
      return () => {};
    },
  };
  return { lengths, ...pauseTimer(clock, pause, () => {}) };
}

test('a pause doubles with every attempt up to the longest, and chance takes up to half of it', () => {
  const draws = [0, 0, 0, 1, 0.5];
  const { lengths, start } = pausing({ firstMs: 100, longestMs: 350, random: () => draws.shift()! });
  for (const attempt of [0, 1, 2, 2, 0]) start(attempt);
  expect(lengths).toEqual([100, 200, 350, 175, 75]);
});

test('a pause that a peer has asked for is never shorter, and chance adds up to half of it, once', () => {
  const draws = [0, 1, 1];
  const { lengths, start, atLeast } = pausing({ firstMs: 100, longestMs: 100, random: () => draws.shift()! });
  for (const asked of [2000, 2000, undefined]) {
    if (asked !== undefined) atLeast(asked);
    start(0);
  }
  expect(lengths).toEqual([2000, 3000, 50]);
});

test('by default no two pauses of many are of one length', () => {
  const { lengths, start } = pausing({ firstMs: 1000, longestMs: 1000 });
  for (let n = 0; n < 20; n += 1) start(0);
  expect(new Set(lengths).size).toBeGreaterThan(1);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(1000);
});
