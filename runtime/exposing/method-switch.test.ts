/** An exposing function that changes its methods: what is served, and what is never executed (6.7). */
import { afterEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import {
  all,
  closeAll,
  connected,
  exposing,
  invoking,
  onboarded,
  saying,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';

afterEach(closeAll);

const mismatch = { status: 403, type: 'application/problem+json', body: { cause: 'SECURITY_METHOD_MISMATCH' } };
const others = (method: SecurityMethod) => all.filter((one) => one !== method);

/** An AEF, and the methods of the invocations it has executed. */
async function counted(at: Testbed, methods: readonly SecurityMethod[]) {
  const served: SecurityMethod[] = [];
  const aef = await exposing(at, {
    methods,
    serve: ({ securityMethod }) => {
      served.push(securityMethod);
      return { status: 200, body: securityMethod };
    },
  });
  return { aef, served };
}

for (const method of all) {
  for (const next of others(method)) {
    test(`a change from ${method} to ${next} ends the one on old connections and new; taken back, it serves who has not negotiated since (6.7)`, async () => {
      const at = await testbed();
      const { aef, served } = await counted(at, [method]);
      const by = await onboarded(at);
      const early = await connected(at, by, aef, method);
      expect((await early.invoke()).text).toBe(method);
      const kept = await early.over.open();
      const patient = await connected(at, await onboarded(at), aef, method);

      await aef.changeMethods([next]);
      expect(await early.invoke()).toMatchObject(mismatch);
      const late = early.again();
      expect(await late.invoke('POST')).toMatchObject(mismatch);
      expect(await late.invoke('HEAD')).toMatchObject({ status: 403 });
      const withNext = await connected(at, by, aef, next);
      expect((await withNext.invoke()).text).toBe(next);
      expect(served).toEqual([method, next]);

      await aef.changeMethods([method]);
      expect(await withNext.invoke()).toMatchObject(mismatch);
      expect(await early.over.open()).toEqual(kept);
      // Its invoker has negotiated another since.
      expect([401, 403]).toContain((await early.invoke()).status);
      expect((await (await connected(at, by, aef, method)).invoke()).text).toBe(method);
      expect((await patient.invoke()).text).toBe(method);
      expect([served, at.errors]).toEqual([[method, next, method, method], []]);
    });
  }
}

test('as written, the old method ends at once, whatever the core knows (6.7)', async () => {
  const at = await testbed({ amendments: [] });
  let arrive = () => {};
  const arriving = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const network = async (revision: number, send: () => Promise<ExchangeOutcome>) => {
    if (revision > 1) await arriving;
    return send();
  };
  for (const amendments of [[], ['accept-both-until-published']] as const) {
    const aef = await exposing(at, { methods: ['PKI'], amendments, network });
    await aef.settled();
    const { invoke } = await connected(at, await onboarded(at), aef, 'PKI');
    const changed = aef.changeMethods(['PSK']);
    expect((await invoke()).status).toBe(amendments.length > 0 ? 200 : 403);
    arrive();
    await changed;
    expect((await invoke()).status).toBe(403);
  }
});

test('while the core is away, the operator hears that the old method is still served, and may end it (6.7)', async () => {
  const at = await testbed();
  let isAway = false;
  const network = async (_: number, send: () => Promise<ExchangeOutcome>): Promise<ExchangeOutcome> =>
    isAway ? { outcome: 'unreachable', because: 'the core is away' } : send();
  const pending: string[] = [];
  const onMethodsPending = (stillAccepted: readonly SecurityMethod[]) => {
    pending.push(stillAccepted.join());
    throw new Error('an observer that throws');
  };
  const aef = await exposing(at, { methods: ['PKI'], network, onMethodsPending });
  await aef.settled();
  const { invoke } = await connected(at, await onboarded(at), aef, 'PKI');
  isAway = true;
  const changed = aef.changeMethods(['OAUTH']);
  expect(pending).toEqual(['PKI']);
  expect((await invoke()).text).toBe('PKI');
  await aef.withdrawOldMethods();
  expect(pending).toEqual(['PKI', '']);
  expect(await invoke()).toMatchObject(mismatch);
  await aef.withdrawOldMethods();
  const changedAgain = aef.changeMethods(['PSK']);
  isAway = false;
  await Promise.all([changed, changedAgain]);
  expect(pending).toEqual(['PKI', '', 'OAUTH', '']);
  expect(at.errors).toHaveLength(4);
});

test('adding a method breaks no invoker, removing one only those that use it (6.7)', async () => {
  const at = await testbed();
  const { aef } = await counted(at, ['PSK', 'PKI']);
  const prefer = (...supported: SecurityMethod[]) => invoking(at, { supported });
  const invokers = [await prefer('PSK', 'OAUTH'), await prefer('PKI', 'OAUTH'), await prefer('PKI', 'PSK')];
  const say = () => Promise.all(invokers.map((invoker) => saying(invoker, aef)));
  const asked = () =>
    at.lines.filter(({ role, event }) => role === 'capifCoreFunction' && event.type === 'SecurityMethodUpdateRequest')
      .length;
  expect(await say()).toEqual(['PSK', 'PKI', 'PKI']);
  await aef.changeMethods(['PSK', 'PKI', 'OAUTH']);
  expect([await say(), asked()]).toEqual([['PSK', 'PKI', 'PKI'], 0]);
  await aef.changeMethods(['PSK', 'OAUTH']);
  expect([await say(), asked()]).toEqual([['PSK', 'OAUTH', 'PSK'], 2]);
});
