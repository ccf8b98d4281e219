/** Whom the core notifies of an update, and which associations of an invoker hear of it (TS 29.222 5.3.2.5, 5.4.2.4). */
import { afterEach, expect, test } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import { noStore, type Store } from '../store/store.ts';
import { closeAll, exposing, invoking, negotiated, onboarded, saying, testbed } from '../testing/roles.ts';
import type { CoreFunctionOptions } from './core-function.ts';

afterEach(closeAll);

type Update = Parameters<NonNullable<CoreFunctionOptions['notifyInvoker']>>[0];

async function notifying(options: CoreFunctionOptions = {}) {
  const updates: Update[] = [];
  const at = await testbed({ notifyInvoker: (update) => updates.push(update), ...options });
  return { at, updates };
}

test('the core names the invokers whose method is withdrawn, once, and no others (TS 29.222 5.3.2.5)', async () => {
  const { at, updates } = await notifying();
  const [aef, other] = [await exposing(at, { methods: ['PSK', 'PKI'] }), await exposing(at, { methods: ['PSK'] })];
  const [byKey, byCertificate] = [await onboarded(at), await onboarded(at)];
  await negotiated(at, byKey, aef, ['PSK']);
  await negotiated(at, byKey, other, ['PSK']);
  await negotiated(at, byCertificate, aef, ['PKI']);

  await aef.changeMethods(['PKI']);
  await aef.changeMethods(['PKI', 'OAUTH']);
  expect(updates).toEqual([{ apiInvokerId: byKey.id, aefId: aef.aefId, apiIds: [expect.any(String)] }]);
});

test('without the amendment, the core names nobody (6.7)', async () => {
  const amendments = allAmendments.filter((one) => one !== 'notify-of-updates');
  const { at, updates } = await notifying({ amendments });
  const aef = await exposing(at, { methods: ['PSK'] });
  await negotiated(at, await onboarded(at), aef, ['PSK']);

  await aef.changeMethods(['PKI']);
  expect(updates).toEqual([]);
});

test('nobody is notified of an update before it is durable', async () => {
  const events: string[] = [];
  const store: Store = {
    ...noStore,
    async committed() {
      await new Promise((resolve) => setImmediate(resolve));
      events.push('durable');
    },
  };
  const { at } = await notifying({ store, notifyInvoker: () => events.push('notified') });
  const aef = await exposing(at, { methods: ['PSK'] });
  await negotiated(at, await onboarded(at), aef, ['PSK']);

  events.length = 0;
  await aef.changeMethods(['PKI']);
  expect(events[0]).toBe('durable');
  expect(events).toContain('notified');
});

test('of two AEFs, an invoker asks again about the one whose service API was updated, and is not refused (6.7)', async () => {
  const { at, updates } = await notifying();
  const [one, two] = [await exposing(at, { methods: ['PSK'] }), await exposing(at, { methods: ['PSK'] })];
  const invoker = await invoking(at);
  await saying(invoker, one);
  await saying(invoker, two);

  await two.changeMethods(['OAUTH']);
  const before = at.lines.length;
  for (const { apiIds } of updates) invoker.serviceApiUpdated(apiIds);
  expect([await saying(invoker, one), await saying(invoker, two)]).toEqual(['PSK', 'OAUTH']);
  const since = at.lines.slice(before).filter(({ role }) => role === 'apiInvoker');
  const hearing = since.filter(({ event }) => event.type === 'ServiceApiUpdateNotification');
  expect(hearing.map(({ instance }) => instance.endsWith(two.aefId))).toEqual([true]);
  expect(since.filter(({ event }) => event.type === 'IncorrectMethodFailure')).toEqual([]);
});

test('a notification that comes after the end of the invoker does nothing (6.8)', async () => {
  const { at } = await notifying();
  const aef = await exposing(at, { methods: ['PKI'] });
  const [offboarded, closed] = [await invoking(at), await invoking(at)];
  await saying(offboarded, aef);
  await saying(closed, aef);
  await offboarded.offboard();
  closed.close();

  const before = at.lines.filter(({ role }) => role === 'apiInvoker').length;
  offboarded.serviceApiUpdated();
  closed.serviceApiUpdated();
  expect(at.lines.filter(({ role }) => role === 'apiInvoker').slice(before)).toEqual([]);
});
