/** An AEF that enforces the access control policies of the core (TS 29.222 5.10, 8.6). */
import { afterEach, expect, test } from 'vitest';
import { readableIds } from '../core/parties/ids.ts';
import { StoreError } from '../store/store.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { closeAll, connected, exposing, hello, invoking, lateClock, onboarded, testbed } from '../testing/roles.ts';
import type { AccessControlPolicy } from '../wire/invocations/access-control-policy-api.ts';
import type { ExposingFunctionOptions } from './exposing-options.ts';

afterEach(closeAll);

/** An AEF that enforces policies, an invoker that it knows, and a policy for both. */
async function enforcing(options: Partial<ExposingFunctionOptions> = {}) {
  const at = await testbed({ ids: readableIds() });
  const clock = lateClock();
  let served = 0;
  const serve = () => ({ status: 200, body: String(++served) });
  const aef = await exposing(at, { methods: ['PKI'], enforcePolicies: true, clock, serve, ...options });
  const by = await onboarded(at);
  const { invoke } = await connected(at, by, aef, 'PKI');
  const setFor = (apiInvokerId: string, policy: AccessControlPolicy) =>
    at.core.setAccessControlPolicy({ apiInvokerId, aefId: aef.aefId, apiId: 'service-api-1' }, policy);
  async function statuses(count: number): Promise<number[]> {
    const got: number[] = [];
    for (let n = 0; n < count; n += 1) got.push((await invoke()).status);
    return got;
  }
  const set = (policy: AccessControlPolicy) => setFor(by.id, policy);
  return { at, aef, by, clock, set, setFor, invoke, statuses, served: () => served };
}

test('no more invocations than in total are served, of one invoker (allowedTotalInvocations)', async () => {
  const { at, aef, clock, set, invoke, statuses, served } = await enforcing();
  await set({ allowedTotalInvocations: 3 });
  expect(await statuses(5)).toEqual([200, 200, 200, 403, 403]);
  expect(await invoke()).toMatchObject({
    type: 'application/problem+json',
    body: { cause: 'REFUSED_BY_POLICY', detail: expect.stringContaining('all 3 invocations') },
  });
  expect(served()).toBe(3);
  const other = await connected(at, await onboarded(at), aef, 'PKI');
  expect((await other.invoke()).status).toBe(200);
  await set({ allowedTotalInvocations: 4 });
  clock.lateMs += 10_000;
  expect(await statuses(2)).toEqual([200, 403]);
});

test('no more invocations than in one second are served, whenever the second begins (allowedInvocationsPerSecond)', async () => {
  const { clock, set, invoke, statuses } = await enforcing();
  await set({ allowedInvocationsPerSecond: 2 });
  expect(await statuses(1)).toEqual([200]);
  clock.lateMs += 600;
  expect(await statuses(2)).toEqual([200, 429]);
  expect(await invoke()).toMatchObject({ status: 429, body: { cause: 'TOO_MANY_INVOCATIONS' } });
  clock.lateMs += 400;
  expect(await statuses(2)).toEqual([200, 429]);
  clock.lateMs += 600;
  expect(await statuses(2)).toEqual([200, 429]);
});

test('invocations are served in the time ranges of the policy alone; an empty list has none', async () => {
  const { clock, set, statuses, served } = await enforcing();
  const later = (ms: number) => new Date(clock.now() + ms).toISOString();
  const hour = 3_600_000;
  const lists: [number, NonNullable<AccessControlPolicy['allowedInvocationTimeRangeList']>][] = [
    [403, []],
    [403, [{ startTime: later(hour) }, { stopTime: later(-hour) }]],
    [200, [{ startTime: later(hour) }, { startTime: later(-hour), stopTime: later(hour) }]],
    [200, [{ startTime: later(-hour) }]],
    [200, [{}]],
  ];
  for (const [status, allowedInvocationTimeRangeList] of lists) {
    await set({ allowedInvocationTimeRangeList });
    clock.lateMs += 10_000;
    expect([allowedInvocationTimeRangeList, await statuses(1)]).toEqual([allowedInvocationTimeRangeList, [status]]);
  }
  expect(served()).toBe(3);
});

test('a policy for network slices is not taken for less: the AEF cannot tell slices', async () => {
  const { set, statuses } = await enforcing();
  await set({ netSliceInfo: [{ nsiId: 'x' }] });
  expect(await statuses(1)).toEqual([403]);
});

test('policies are asked for at most every ten seconds, and stay in force while the core is away', async () => {
  const { at, clock, set, statuses } = await enforcing();
  await set({ allowedTotalInvocations: 3 });
  expect(await statuses(1)).toEqual([200]);
  await set({ allowedTotalInvocations: 0 });
  clock.lateMs += 9_999;
  expect(await statuses(1)).toEqual([200]);
  await set({ allowedTotalInvocations: 3 });
  await at.core.close();
  clock.lateMs += 1;
  expect(await statuses(2)).toEqual([200, 403]);
  expect(at.errors.map(String)).toEqual([expect.stringContaining('policies of the core cannot be learnt')]);
});

test('nothing is served before the policies are known', async () => {
  const { at, clock, statuses, served } = await enforcing();
  await at.core.close();
  expect(await statuses(2)).toEqual([503, 503]);
  clock.lateMs += 1_000;
  expect(await statuses(1)).toEqual([503]);
  expect([served(), at.errors.length]).toEqual([0, 1]);
});

test('what an invoker has used of its total is kept across a restart, and durable before it is served', async () => {
  let isFull = false;
  const { store, records } = recordedStore();
  const committed = () => (isFull ? Promise.reject(new StoreError('the disk is full')) : Promise.resolve());
  const options = { store: { ...store, committed } };
  const { at, aef, by, set, statuses, served } = await enforcing(options);
  await set({ allowedTotalInvocations: 3 });
  expect(await statuses(1)).toEqual([200]);
  isFull = true;
  expect(await statuses(1)).toEqual([500]);
  expect([served(), records('invocation-counts of greetings')]).toEqual([1, [2]]);
  expect(at.errors.splice(0).map(String)).toEqual(['StoreError: the disk is full']);
  isFull = false;
  await aef.close();
  const again = await exposing(at, { methods: ['PKI'], enforcePolicies: true, ...options });
  const { invoke } = await connected(at, by, again, 'PKI');
  expect([(await invoke()).status, (await invoke()).status]).toEqual([200, 403]);
});

test('an invoker takes a refusal by policy for an ordinary answer: it is no failure of its method or its rights (6.7)', async () => {
  const { at, aef, setFor } = await enforcing();
  const invoker = await invoking(at);
  await setFor(await invoker.onboard(), { allowedTotalInvocations: 1 });
  const invoke = async () => (await invoker.fetch(hello, { aefId: aef.aefId })).status;
  expect([await invoke(), await invoke()]).toEqual([200, 403]);
  expect(at.lines.filter(({ event }) => /Failure$/.test(event.type))).toEqual([]);
});

test('by default an AEF does not ask for policies', async () => {
  const { set, statuses } = await enforcing({ enforcePolicies: false });
  await set({ allowedTotalInvocations: 0 });
  expect(await statuses(1)).toEqual([200]);
});
