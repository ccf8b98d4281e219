/** What an AEF acknowledges, and what its publisher sends, waits until it is durable (6.7, TS 29.222 6.2.2.3). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Store, StoreError } from '../store/store.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { closeAll, connected, exposing, initiated, onboarded, type Testbed, testbed } from '../testing/roles.ts';

afterEach(closeAll);

/** A store that commits when it may: `refuse` says how it fails meanwhile; without it, it waits. */
function gated(store: Store) {
  const waiting: (() => void)[] = [];
  const gate = { isShut: false, refuse: undefined as Error | undefined, open: () => {} };
  gate.open = () => {
    gate.isShut = false;
    for (const release of waiting.splice(0)) release();
  };
  const committed = async () => {
    if (gate.isShut && gate.refuse) throw gate.refuse;
    if (gate.isShut) await new Promise<void>((resolve) => waiting.push(resolve));
    await store.committed();
  };
  const bound = { collection: store.collection.bind(store), close: store.close.bind(store) };
  return { gate, store: Object.assign(Object.create(store) as Store, { ...bound, committed }) };
}

const has = (at: Testbed, type: string, from = 0) => at.lines.slice(from).some(({ event }) => event.type === type);

test('a revocation is obeyed at once, and acknowledged when it is durable (TS 29.222 6.2.2.3)', async () => {
  const at = await testbed();
  const { gate, store } = gated(recordedStore().store);
  const aef = await exposing(at, { methods: ['OAUTH'], store });
  const by = await onboarded(at);
  const kept = await connected(at, by, aef, 'OAUTH');
  Object.assign(gate, { isShut: true, refuse: new StoreError('the disk is full') });
  await at.core.revoke(by.id, aef.aefId);
  await expect.poll(() => at.lines.filter(({ event }) => event.type === 'exchange.failed').length).toBeGreaterThan(1);
  expect(has(at, 'RevokeAuthorizationResponse')).toBe(false);
  expect((await kept.invoke()).status).toBe(403);
  expect(at.errors.map(String)).toContain('StoreError: the disk is full');
  gate.open();
  await expect.poll(() => has(at, 'RevokeAuthorizationResponse')).toBe(true);
});

test('no revision leaves before it is durable, and a change is done when that is (6.7)', async () => {
  const at = await testbed();
  const { gate, store } = gated(recordedStore().store);
  const aef = await exposing(at, { store });
  gate.isShut = true;
  let isDone = false;
  const changed = aef.changeMethods(['PKI']).then(() => {
    isDone = true;
  });
  const before = at.lines.length;
  const by = await onboarded(at);
  expect((await initiated(at, by, aef)).status).toBe(401);
  expect(has(at, 'ServiceApiUpdateRequest', before)).toBe(false);
  gate.open();
  gate.isShut = true;
  await expect.poll(() => at.core.methodsOf(aef.aefId)).toEqual(['PKI']);
  await expect.poll(() => has(at, 'SecurityMethodsPublished', before)).toBe(true);
  await nextTurn();
  expect(isDone).toBe(false);
  gate.open();
  await changed;

  Object.assign(gate, { isShut: true, refuse: new StoreError('the disk is full') });
  await expect(aef.changeMethods(['OAUTH'])).rejects.toThrow('the disk is full');
  expect(at.core.methodsOf(aef.aefId)).toEqual(['PKI']);
  gate.open();
  await aef.settled();
  expect(at.core.methodsOf(aef.aefId)).toEqual(['OAUTH']);
});

test('a registration whose answer was lost is repeated with the same keys, and makes no second provider', async () => {
  const ids: string[] = [];
  const at = await testbed({
    ids: (named) => {
      ids.push(named);
      return `${named}-${ids.length}`;
    },
  });
  const kept = recordedStore().store;
  const { gate, store } = gated(kept);
  let commits = 0;
  const failsAtSecond = Object.assign(Object.create(store) as Store, {
    committed: () => {
      commits += 1;
      Object.assign(gate, { isShut: commits > 1, refuse: new StoreError('the disk is full') });
      return store.committed();
    },
  });
  await expect(exposing(at, { store: failsAtSecond })).rejects.toThrow('the disk is full');
  const aef = await exposing(at, { store: kept });
  expect(aef.aefId).toMatch(/^aef-/);
  expect(ids.filter((named) => named === 'aef')).toHaveLength(1);
});
