/** Notifications until they are delivered: in order, again after a pause, bounded, and after a restart (TS 29.222 7.6). */
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../clock.ts';
import type { Collection, Store } from '../../store/store.ts';
import { noStore } from '../../store/store.ts';
import type { Delivery } from './delivery.ts';
import { Destinations } from './destinations.ts';
import { Notifications } from './notifications.ts';

/** Time passes when a test says so. */
function stoppedClock() {
  const waiting: { ms: number; call(): void }[] = [];
  const clock: Clock = {
    ...systemClock,
    after(ms, call) {
      const one = { ms, call };
      waiting.push(one);
      return () => waiting.splice(waiting.indexOf(one), 1);
    },
  };
  return { clock, waiting, expire: () => waiting.shift()?.call() };
}

/** A store whose records a test can see, and can hand to whoever comes after. */
function memory(): { store: Store; records: Map<string, unknown> } {
  const records = new Map<string, unknown>();
  const store: Store = {
    ...noStore,
    collection: <T>(): Collection<T> => ({
      kept: new Map(records) as Map<string, T>,
      put(id, value) {
        const put = value();
        if (put === undefined) records.delete(id);
        else records.set(id, put);
      },
    }),
  };
  return { store, records };
}

const failed: Delivery = { outcome: 'failed', because: 'status 500', waitMs: 0 };
const refused: Delivery = { outcome: 'refused', because: 'status 404' };
const delivered: Delivery = { outcome: 'delivered' };
const destination = 'https://there.example/notify?token=secret';
/** Promises that are settled have been heard of. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

function outbox(answer: (body: unknown, n: number) => Delivery | Promise<Delivery>, { store, records } = memory()) {
  const sent: unknown[] = [];
  const errors: string[] = [];
  const outcomes: string[] = [];
  const time = stoppedClock();
  const notifications = new Notifications({
    deliver: async (_, body) => answer(body, sent.push(body)),
    destinations: new Destinations({}),
    clock: time.clock,
    pause: { firstMs: 50, longestMs: 300_000, random: () => 0 },
    store,
    onError: (error) => errors.push(String(error)),
    onNotification: (outcome) => outcomes.push(outcome),
  });
  const add = (recipient: string, body: unknown) => notifications.add({ recipient, destination, body });
  return { notifications, add, sent, errors, outcomes, records, ...time };
}

test('to one recipient they go one after another, in order, and a failure holds the others back', async () => {
  const { notifications, add, sent, outcomes, waiting, expire, records } = outbox((_, n) =>
    n <= 2 ? failed : delivered,
  );
  notifications.start();
  for (const body of ['a1', 'a2']) add('a', body);
  await turn();
  expect([sent, waiting.map(({ ms }) => ms)]).toEqual([['a1'], [50]]);
  expire();
  await turn();
  expect([sent, waiting.map(({ ms }) => ms)]).toEqual([['a1', 'a1'], [100]]);
  expire();
  await turn();
  expect(sent).toEqual(['a1', 'a1', 'a1', 'a2']);
  expect([records.size, waiting]).toEqual([0, []]);
  expect(outcomes).toEqual(['failed', 'failed', 'delivered', 'delivered']);
});

test('a recipient that fails delays no other, and a wait that it asks for is kept', async () => {
  const slow: Delivery = { ...failed, waitMs: 7000 };
  const { notifications, add, sent, waiting } = outbox((body) => (body === 'a1' ? slow : delivered));
  notifications.start();
  for (const one of ['a', 'b', 'c']) add(one, `${one}1`);
  await turn();
  expect(sent).toEqual(['a1', 'b1', 'c1']);
  expect(waiting.map(({ ms }) => ms)).toEqual([7000]);
});

test('one that is refused, or has failed for an hour, is given up, which is reported', async () => {
  const { notifications, add, sent, waiting, expire, errors, records } = outbox((body) =>
    body === 'a1' ? refused : failed,
  );
  notifications.start();
  for (const body of ['a1', 'a2', 'a3']) add('a', body);
  let passedMs = 0;
  for (await turn(); waiting.length > 0; await turn()) {
    passedMs += waiting[0]!.ms;
    expire();
  }
  expect(sent.filter((body) => body === 'a1')).toHaveLength(1);
  expect(sent.filter((body) => body === 'a2')).toHaveLength(24);
  expect(sent.filter((body) => body === 'a3')).toHaveLength(1);
  expect(passedMs).toBeGreaterThan(3_600_000);
  expect(errors).toHaveLength(3);
  expect(errors[0]).toContain('https://there.example is given up: status 404');
  expect(records.size).toBe(0);
});

test('of more than a hundred that wait for one recipient, the newest are kept', async () => {
  const { notifications, add, records } = outbox(() => failed);
  notifications.start();
  for (let n = 0; n < 150; n += 1) add('a', n);
  const kept = [...records.values()].map((one) => (one as { body: number }).body);
  expect(kept).toEqual([0, ...Array.from({ length: 99 }, (_, n) => n + 51)]);
});

test('what was not delivered is sent after a restart, in order; what was, is not', async () => {
  const kept = memory();
  const before = outbox((body) => (body === 'a1' ? delivered : failed), kept);
  before.notifications.start();
  for (const body of ['a1', 'a2', 'a3']) before.add('a', body);
  await turn();
  before.notifications.close();
  expect(before.sent).toEqual(['a1', 'a2']);

  const after = outbox(() => delivered, kept);
  after.add('a', 'a4');
  await turn();
  expect(after.sent).toEqual([]);
  after.notifications.start();
  await turn();
  expect(after.sent).toEqual(['a2', 'a3', 'a4']);
  expect(kept.records.size).toBe(0);
});

test('nothing leaves before it is durable, and nothing is lost while nothing can be made durable', async () => {
  const { store, records } = memory();
  let isFull = true;
  const committed = async () => {
    if (isFull) throw new Error('the disk is full');
  };
  const { notifications, add, sent, expire, errors } = outbox(() => delivered, {
    store: { ...store, committed },
    records,
  });
  notifications.start();
  add('a', 'a1');
  await turn();
  expect([sent, errors]).toEqual([[], ['Error: the disk is full']]);
  isFull = false;
  expire();
  await turn();
  expect(sent).toEqual(['a1']);
});

test('a recipient that has ended is sent nothing any more, and a destination that cannot be one makes no notification', async () => {
  const { notifications, add, sent, waiting, records } = outbox(() => failed);
  notifications.start();
  for (const body of ['a1', 'a2']) add('a', body);
  await turn();
  notifications.drop('a');
  expect([sent, waiting, records.size]).toEqual([['a1'], [], 0]);
  notifications.add({ recipient: 'b', destination: 'https://invoker.invalid/notifications', body: 'b1' });
  await turn();
  expect([sent, records.size]).toEqual([['a1'], 0]);
});

test('one that is under way when the core closes, or its recipient ends, starts no pause', async () => {
  let answer = (_: Delivery) => {};
  const { notifications, add, waiting, records } = outbox(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  notifications.start();
  add('a', 'a1');
  await turn();
  notifications.drop('a');
  answer(failed);
  await turn();
  add('b', 'b1');
  await turn();
  notifications.close();
  answer(failed);
  await turn();
  expect([waiting, records.size]).toEqual([[], 1]);
});

test('to a thousand recipients no thousand are under way at once, and all are sent', async () => {
  const answers: ((sent: Delivery) => void)[] = [];
  const { notifications, add, sent, records } = outbox(() => new Promise((resolve) => answers.push(resolve)));
  notifications.start();
  for (let n = 0; n < 1000; n += 1) add(`recipient ${n}`, n);
  await turn();
  expect(sent).toHaveLength(64);
  for (; answers.length > 0; await turn()) answers.shift()?.(delivered);
  expect([sent.length, records.size]).toEqual([1000, 0]);
});
