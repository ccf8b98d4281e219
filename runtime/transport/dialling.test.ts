/** A process does not begin a thousand handshakes at once. */
import { expect, test } from 'vitest';
import { Bound } from './client-connection.ts';
import { dialledAtOnceMax, inTurn } from './dialling.ts';

const most = dialledAtOnceMax;

/** Dials that end when they are told to. */
function dialling(place: string) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const limits: string[] = [];
  const time = { awaitTurn: () => limits.push('turn'), beginAnew: () => limits.push('anew') };
  return {
    begun,
    ends,
    limits,
    dial: (n: number, bound = new Bound()) =>
      inTurn(place, bound, time, () => {
        begun.push(n);
        return bound.because === undefined ? new Promise<void>((resolve) => ends.push(resolve)) : Promise.resolve();
      }),
  };
}

test('so many are under way to one place, the others wait in the order in which they came', async () => {
  const { begun, ends, dial } = dialling('here 1');
  const there = dialling('there 1');
  const all = Array.from({ length: most + 2 }, (_, n) => dial(n));
  const elsewhere = there.dial(0);
  expect([begun.length, there.begun.length]).toEqual([most, 1]);
  ends[3]!();
  await all[3];
  await expect.poll(() => begun.at(-1)).toBe(most);
  expect(begun).toHaveLength(most + 1);
  there.ends[0]!();
  while (ends.length > 0) {
    ends.shift()!();
    await new Promise(setImmediate);
  }
  await Promise.all([...all, elsewhere]);
  expect(begun).toEqual(Array.from({ length: most + 2 }, (_, n) => n));
});

test('who has to wait has another time limit until its turn, and who need not wait has none but its own', async () => {
  const { ends, limits, dial } = dialling('here 4');
  const all = Array.from({ length: most }, (_, n) => dial(n));
  expect(limits).toEqual([]);
  const last = dial(100);
  expect(limits).toEqual(['turn']);
  ends.shift()!();
  await expect.poll(() => limits).toEqual(['turn', 'anew']);
  for (const end of ends) end();
  await Promise.all([...all, last]);
});

const time = { awaitTurn: () => {}, beginAnew: () => {} };
test('one that is ended while it waits gives up at once, and takes no turn; one that fails hands its turn on', async () => {
  const { begun, ends, dial } = dialling('here 2');
  const first = Array.from({ length: most }, (_, n) => dial(n));
  const bound = new Bound();
  const ended = dial(100, bound);
  const last = dial(101);
  bound.end('closed');
  await ended;
  expect(begun.slice(most)).toEqual([100]);
  ends.shift()!();
  await expect.poll(() => begun.at(-1)).toBe(101);
  for (const end of ends) end();
  await Promise.all([...first, last]);
  const failing = inTurn('here 3', new Bound(), time, () => Promise.reject(new Error('refused')));
  await expect(failing).rejects.toThrow('refused');
});
