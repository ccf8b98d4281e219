/** However often an invoker is notified, it asks the core a bounded number of times, and hears the last of it. */
import { expect, test } from 'vitest';
import { paced } from './paced.ts';

/** A clock that a test puts on. */
function clockOfTest() {
  let now = 0;
  let waiting: { at: number; call(): void }[] = [];
  return {
    clock: {
      now: () => now,
      after(ms: number, call: () => void) {
        const one = { at: now + ms, call };
        waiting.push(one);
        return () => {
          waiting = waiting.filter((other) => other !== one);
        };
      },
    },
    advance(ms: number) {
      now += ms;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { call } of due) call();
    },
  };
}

test('the first 32 come through at once, and of those beyond one every ten seconds, which is about any service API', () => {
  const { clock, advance } = clockOfTest();
  const told: unknown[] = [];
  const { heard } = paced(clock, (apiIds) => told.push(apiIds));
  const flood = () => {
    for (let n = 0; n < 1000; n += 1) heard([`api-${n}`]);
  };
  flood();
  expect(told).toEqual(Array.from({ length: 32 }, (_, n) => [`api-${n}`]));
  for (let minute = 0; minute < 2; minute += 1) {
    for (let n = 0; n < 6; n += 1) {
      advance(10_000);
      flood();
    }
  }
  expect(told.slice(32)).toEqual(Array(12).fill(undefined));
  advance(10_000);
  advance(600_000);
  heard(['api-1']);
  expect(told.slice(44)).toEqual([undefined, ['api-1']]);
});

test('after a clock that was put back, it goes on', () => {
  const { clock, advance } = clockOfTest();
  const told: unknown[] = [];
  const { heard } = paced(clock, () => told.push(1));
  advance(3_600_000);
  heard();
  advance(-3_600_000);
  heard();
  advance(10_000);
  expect(told.length).toBe(2);
});

test('once closed, what is held back is told no more', () => {
  const { clock, advance } = clockOfTest();
  const told: unknown[] = [];
  const { heard, close } = paced(clock, () => told.push(1));
  for (let n = 0; n < 100; n += 1) heard();
  close();
  advance(10_000);
  expect(told.length).toBe(32);
});
