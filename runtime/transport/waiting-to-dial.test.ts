/** Who waits for its turn to connect, behind a peer that accepts connections and says nothing, does not wait for ever. */
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { closeAll, connecting, get, listening } from '../testing/servers.ts';
import { dialledAtOnceMax } from './dialling.ts';

afterEach(closeAll);

/** A server that says nothing, to which as many connections are being opened as may be. */
async function silent() {
  const accepted: unknown[] = [];
  const port = await listening(createServer((socket) => accepted.push(socket)));
  const opening = Array.from({ length: dialledAtOnceMax }, () => connecting(port));
  for (const client of opening) void client.open();
  await expect.poll(() => accepted.length).toBe(dialledAtOnceMax);
  return { port, accepted, opening };
}

/** A clock whose timers go off when they are told to; by their length. */
function handClock() {
  const timers = new Map<number, () => void>();
  const after = (ms: number, call: () => void) => {
    timers.set(ms, call);
    return () => void timers.delete(ms);
  };
  return { timers, clock: { now: Date.now, after } };
}

test('after twelve time limits it gives up, says so, and leaves its turn to the next', async () => {
  const { port, accepted, opening } = await silent();
  const { timers, clock } = handClock();
  const late = connecting(port, { clock, timeoutMs: 1_000 }).request(get);
  void connecting(port).open();
  await expect.poll(() => [...timers.keys()]).toEqual([12_000]);
  timers.get(12_000)!();
  expect(await late).toEqual({ outcome: 'unreachable', because: 'its turn to connect has not come in time' });
  expect([timers.size, accepted.length]).toEqual([0, dialledAtOnceMax]);
  opening[0]!.close();
  await expect.poll(() => accepted.length).toBe(dialledAtOnceMax + 1);
});

test('the signal of the caller ends the wait at once', async () => {
  const { port } = await silent();
  const { timers, clock } = handClock();
  const caller = new AbortController();
  const waiting = connecting(port, { clock }).request({ ...get, signal: caller.signal });
  await expect.poll(() => timers.size).toBe(1);
  caller.abort();
  expect(await waiting).toEqual({ outcome: 'unreachable', because: 'aborted' });
  expect(timers.size).toBe(0);
});
