/** Security contexts that go on from what was kept of them: half-done revocations (TS 29.222 5.6.2.5). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { systemClock } from '../clock.ts';
import { noStore, type Store } from '../store/store.ts';
import { Contexts } from './contexts/contexts.ts';
import type { Service } from './services/published-services.ts';

const aefId = 'aef-1';
const subject = { aefId };
const service = {
  number: 1,
  apiId: 'api-1',
  apiName: 'greetings',
  at: { aefId, host: '127.0.0.1', port: 1, apiVersion: 'v1', methods: ['PKI'] },
} as unknown as Service;
const facts = { referencePoint: 'CAPIF-3', from: 'CCF', to: aefId };
type Answer = () => Promise<typeof facts | undefined>;

/** What was put, as JSON; a core that is made with it again goes on from there. */
function keepingStore(records = new Map<string, Map<string, () => unknown>>()) {
  const store: Store = {
    ...noStore,
    collection<T>(name: string) {
      const put = records.get(name) ?? new Map<string, () => unknown>();
      records.set(name, put);
      const json = [...put].map(([id, value]) => [id, JSON.stringify(value())] as const);
      const kept = json.flatMap(([id, text]) => (text === undefined ? [] : [[id, JSON.parse(text) as T] as const]));
      return { kept: new Map(kept), put: (id, value) => put.set(id, value) };
    },
  };
  return store;
}

function contextsOf(store: Store, revokeAt: Answer) {
  const lines: TraceLine[] = [];
  const contexts = new Contexts({
    onRevoked: () => {},
    amendments: allAmendments,
    record: (line) => lines.push(line),
    clock: systemClock,
    pause: { firstMs: 1, longestMs: 1 },
    store,
    registry: { servicesOf: () => [service] },
    revokeAt,
    isOnboarded: () => true,
    isGone: () => false,
    onError: () => {},
  });
  const events = () => lines.map(({ event }) => event.type);
  return { contexts, events };
}

function revoked(store: Store, revokeAt: Answer) {
  const before = contextsOf(store, revokeAt);
  before.contexts.of('one', aefId, subject).negotiate('SecurityMethodRequest', { ...subject, supported: ['PKI'] }, {});
  before.contexts.revoke({ apiInvokerId: 'one', aefId });
  return before;
}

test('the AEF is told of a revocation only once it is durable', async () => {
  let commit = () => {};
  const durable = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let isTold = false;
  const told = async () => {
    isTold = true;
    return facts;
  };
  const { contexts } = revoked({ ...keepingStore(), committed: () => durable }, told);
  await nextTurn();
  expect(isTold).toBe(false);
  commit();
  await expect.poll(() => isTold).toBe(true);
  contexts.close();
});

test('a revocation that the AEF was being told of when the core ended is sent again after a pause', async () => {
  const store = keepingStore();
  revoked(store, () => new Promise(() => {})).contexts.close();
  const { contexts, events } = contextsOf(store, async () => facts);
  contexts.resume();
  await expect.poll(events).toEqual(['resumed', 'exchange.failed', 'timer.expired', 'RevokeAuthorizationResponse']);
});

test('a pause that the core ended in begins anew, and then the AEF is told', async () => {
  const store = keepingStore();
  const before = revoked(store, async () => undefined);
  await expect.poll(before.events).toContain('exchange.failed');
  before.contexts.close();
  const { contexts, events } = contextsOf(store, async () => facts);
  contexts.resume();
  await expect.poll(events).toEqual(['resumed', 'timer.expired', 'RevokeAuthorizationResponse']);
});
