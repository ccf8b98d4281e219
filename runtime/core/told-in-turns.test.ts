/** Very many security contexts about one AEF hear of a publication in many turns, and nobody can tell the difference (6.7). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments, type SecurityMethod } from '../../machines/vocabulary.ts';
import { defaultPause, systemClock } from '../clock.ts';
import { noStore, type Store } from '../store/store.ts';
import type { Subject } from '../wire/security-api.ts';
import { Contexts } from './contexts/contexts.ts';
import { toldATurn } from './contexts/news.ts';
import type { Service } from './services/published-services.ts';

const aefId = 'aef-1';
const addressOf = (port: number) => ({ host: '127.0.0.1', port });
const named = (count: number) => Array.from({ length: count }, (_, n) => `invoker-${n}`);
const supported: SecurityMethod[] = ['PSK', 'PKI'];

/** `durable`: as JSON, what a core that was killed finds again. */
function crashingStore(durable = new Map<string, Map<string, string>>()) {
  const waiting: (() => void)[] = [];
  const store: Store = {
    ...noStore,
    collection<T>(name: string) {
      const records = durable.get(name) ?? new Map<string, string>();
      durable.set(name, records);
      const kept = new Map([...records].map(([id, text]) => [id, JSON.parse(text) as T]));
      const write = (id: string, value: unknown) =>
        value === undefined ? records.delete(id) : records.set(id, JSON.stringify(value));
      return { kept, put: (id, value) => waiting.push(() => write(id, value())) };
    },
    async committed() {
      for (const write of waiting.splice(0)) write();
    },
  };
  return { store, durable, isKept: (name: string) => durable.get(name)!.size > 0 };
}

/** A core whose AEF has one service, which has these methods at this port. */
function coreWith(methods: SecurityMethod[], store: Store, port = 1) {
  const at = { aefId, ...addressOf(port), apiVersion: 'v1', methods };
  const service = { number: 1, apiId: 'api-1', apiName: 'greetings', at } as unknown as Service;
  const lines: TraceLine[] = [];
  const contexts = new Contexts({
    record: (line) => lines.push(line),
    registry: { servicesOf: () => [service] },
    ...{ amendments: allAmendments, clock: systemClock, pause: defaultPause, store },
    ...{ onRevoked: () => {}, revokeAt: async () => undefined, isOnboarded: () => true, isGone: () => false },
    onError(error) {
      throw error;
    },
  });
  return {
    contexts,
    lines,
    isTold: ({ event }: TraceLine) => event.type === 'securityMethods.published',
    /** The method that the invoker is given. */
    negotiate(apiInvokerId: string, subject: Subject = { aefId }) {
      const context = contexts.of(apiInvokerId, aefId, subject);
      const message = context.negotiate('SecurityMethodRequest', { ...subject, supported }, {});
      return message.type === 'SecurityMethodResponse' ? message.selected : message.type;
    },
    publish(methods: SecurityMethod[], port = 1) {
      service.at = { ...service.at, ...addressOf(port), methods };
      contexts.tellByAef(service, { type: 'securityMethods.published', service: 1, methods });
    },
  };
}

async function negotiated(invokers: readonly string[], store: Store, subject?: Subject) {
  const core = coreWith(['PKI'], store);
  for (const one of invokers) expect(core.negotiate(one, subject)).toBe('PKI');
  await store.committed();
  core.lines.length = 0;
  return core;
}

test('no turn has more than some of them, nor any commit, and in the end all have heard it once', async () => {
  const invokers = named(2000);
  const { store, isKept } = crashingStore();
  const { publish, lines, isTold } = await negotiated(invokers, store);
  publish(['PSK']);
  const inTurn = [lines.length];
  for (let turn = 0; lines.length < invokers.length && turn < 1000; turn += 1) {
    await nextTurn();
    inTurn.push(lines.length - inTurn.reduce((one, other) => one + other));
  }
  expect(Math.max(...inTurn)).toBe(toldATurn);
  expect(lines.filter(isTold).map(({ instance }) => instance)).toEqual(invokers.map((one) => `${one}/${aefId}`));
  await store.committed();
  expect(isKept('news')).toBe(false);
});

test('one that has not been told yet is told before it answers, and hears all in the order in which it happened', async () => {
  const invokers = named(1000);
  const { contexts, negotiate, publish, lines } = await negotiated(invokers, noStore);
  publish(['PSK']);
  publish(['OAUTH', 'PSK']);
  contexts.giveUpOn(aefId);
  const [last, another, third, untouched] = invokers.toReversed() as [string, string, string, string];
  expect(negotiate(last)).toBe('PSK');
  const eventsOf = (one: string) =>
    lines
      .filter(({ instance }) => instance === `${one}/${aefId}`)
      .map(({ event }) => [event.type, (event as { methods?: SecurityMethod[] }).methods?.length ?? 0]);
  const published = (methods: number) => ['securityMethods.published', methods];
  const happened = [published(1), published(2), ['exposingFunction.gone', 0]];
  expect(eventsOf(last)).toEqual([...happened, ['SecurityMethodRequest', 0]]);
  contexts.revoke({ apiInvokerId: another, aefId });
  expect(eventsOf(another).slice(0, 4)).toEqual([...happened, ['authorization.revoked', 0]]);
  contexts.tellByInvoker(third, { type: 'invoker.offboarded' });
  expect(eventsOf(third)).toEqual([...happened, ['invoker.offboarded', 0]]);
  expect(lines.length).toBeLessThan(invokers.length);
  await expect.poll(() => eventsOf(untouched)).toEqual(happened);
  contexts.close();
});

test('a core that is killed while some have been told goes on telling the others, which have the new method', async () => {
  const invokers = named(5000);
  const last = invokers.at(-1)!;
  const { store, durable, isKept } = crashingStore();
  const before = await negotiated(invokers, store);
  before.publish(['PSK']);
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  before.contexts.close();
  expect(before.lines.length).toBeGreaterThan(toldATurn);
  expect(before.lines.length).toBeLessThan(invokers.length / 2);

  const { contexts, lines, isTold, negotiate } = coreWith(['PSK'], crashingStore(durable).store);
  contexts.resume();
  expect(lines.filter(isTold)).toHaveLength(toldATurn);
  expect(negotiate(last)).toBe('PSK');
  await expect.poll(() => lines.filter(isTold).length).toBe(invokers.length);
  expect(lines.filter(isTold).every(({ state }) => state === 'outdated')).toBe(true);
  await expect.poll(() => isKept('news')).toBe(false);
});

test('an interface that the service has left is left for those that are told after a restart too', async () => {
  const { store, durable } = crashingStore();
  const subject = { interfaceDetails: addressOf(1) as Subject['interfaceDetails'] };
  const before = await negotiated(named(2 * toldATurn), store, subject);
  before.publish(['PKI'], 2);
  await store.committed();
  before.contexts.close();
  const { contexts, negotiate } = coreWith(['PKI'], crashingStore(durable).store, 2);
  contexts.resume();
  expect(negotiate(`invoker-${2 * toldATurn - 1}`, subject)).toBe('NoCommonMethod');
  contexts.close();
});
