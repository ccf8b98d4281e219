/** API invokers that are onboarded until a time (expTime, TS 29.222 8.4.4.2.2), and what ends with it (6.8). */
import { afterEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { restartable } from '../testing/restartable-core.ts';
import {
  ask,
  bearer,
  client,
  closeAll,
  connected,
  exposing,
  type Known,
  onboarded,
  type Testbed,
  testbed,
} from '../testing/roles.ts';

afterEach(closeAll);

const hourMs = 3_600_000;

/** Hours pass when a test says so; what is shorter than a minute takes its time. */
function longClock() {
  // No certificate is of the future.
  const started = Date.now() - 3 * hourMs;
  const timers = new Set<{ at: number; call(): void }>();
  let passedMs = 0;
  const clock: Clock = {
    now: () => started + passedMs,
    after(ms, call) {
      if (ms < 60_000) return systemClock.after(ms, call);
      const timer = { at: clock.now() + ms, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  function pass(ms: number): void {
    passedMs += ms;
    for (const timer of [...timers].filter(({ at }) => at <= clock.now())) {
      timers.delete(timer);
      timer.call();
    }
  }
  const after = (ms: number) => new Date(clock.now() + ms).toISOString();
  return { clock, pass, after };
}

const invokers = '/api-invoker-management/v1/onboardedInvokers';
const json = { 'content-type': 'application/json' };

async function onboarding(at: Testbed, more: object) {
  const { publicKeyPem: apiInvokerPublicKey } = await generateKeyPair();
  const wanted = { onboardingInformation: { apiInvokerPublicKey }, notificationDestination: 'https://x.invalid/' };
  const headers = { ...json, ...bearer(await at.core.onboardingToken('test', 86_400)) };
  const body = JSON.stringify({ ...wanted, ...more });
  return ask(client(at), { method: 'POST', path: invokers, headers, body });
}
async function patched(at: Testbed, { id, certificate }: Known, patch: object) {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const request = { method: 'PATCH', path: `${invokers}/${id}`, headers, body: JSON.stringify(patch) };
  return ask(client(at, certificate), request);
}
const expTimeOf = ({ body }: { body: unknown }) => (body as { expTime?: string }).expTime;
const discover = (at: Testbed, { id, certificate }: Known) =>
  ask(client(at, certificate), { method: 'GET', path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}` });

test('an onboarding ends when the API invoker wants it to, and at the latest when the core does', async () => {
  const { clock, pass, after } = longClock();
  const at = await testbed({ clock, enrolmentLifetimeSeconds: 3_600 });
  const latest = after(hourMs);
  expect(expTimeOf(await onboarding(at, {}))).toBe(latest);
  expect(expTimeOf(await onboarding(at, { expTime: after(60_000) }))).toBe(after(60_000));
  expect(expTimeOf(await onboarding(at, { expTime: after(2 * hourMs) }))).toBe(latest);
  for (const [expTime, reason] of [
    [after(-1), 'is over already'],
    ['tomorrow', 'must be a date and time of RFC 3339'],
  ])
    expect(await onboarding(at, { expTime })).toMatchObject({
      status: 400,
      body: { invalidParams: [{ param: '/expTime', reason }] },
    });

  const by = await onboarded(at);
  pass(hourMs / 2);
  expect(expTimeOf(await patched(at, by, { expTime: after(60_000) }))).toBe(after(60_000));
  expect((await patched(at, by, { expTime: after(-1) })).status).toBe(400);
  for (const expTime of [after(hourMs), null]) expect(expTimeOf(await patched(at, by, { expTime }))).toBe(latest);
  expect(expTimeOf(await onboarding(await testbed(), {}))).toBeUndefined();
});

test('with it, all ends that ends with an offboarding, whether the API invoker is connected or not (6.8)', async () => {
  const { clock, pass } = longClock();
  const { store, records } = recordedStore();
  const at = await testbed({ clock, store, enrolmentLifetimeSeconds: 3_600 });
  const aef = await exposing(at, { methods: ['PKI'] });
  const by = await onboarded(at);
  const { invoke } = await connected(at, by, aef, 'PKI');
  expect((await invoke()).status).toBe(200);
  pass(hourMs - 1);
  expect((await discover(at, by)).status).toBe(200);
  pass(1);
  await expect.poll(async () => (await invoke()).status).toBe(403);
  expect(await discover(at, by)).toMatchObject({ status: 403, text: expect.stringContaining('has expired') });
  expect((await patched(at, by, { expTime: null })).status).toBe(404);
  expect(records('enrolment-details')).toEqual([]);
  expect(at.lines.find(({ event }) => event.type === 'onboarding.expired')).toMatchObject({ state: 'offboarded' });
  expect(at.lines.some(({ unexpected }) => unexpected)).toBe(false);
});

test('one that is updated ends at its new time, and one that was offboarded before not again', async () => {
  const { clock, pass, after } = longClock();
  const at = await testbed({ clock });
  const [longer, gone] = [await onboarded(at), await onboarded(at)];
  for (const by of [longer, gone]) expect((await patched(at, by, { expTime: after(hourMs) })).status).toBe(200);
  await patched(at, longer, { expTime: after(2 * hourMs) });
  await ask(client(at, gone.certificate), { method: 'DELETE', path: `${invokers}/${gone.id}` });
  pass(hourMs);
  expect((await discover(at, longer)).status).toBe(200);
  pass(hourMs);
  expect((await discover(at, longer)).status).toBe(403);
  expect(at.lines.filter(({ event }) => event.type === 'onboarding.expired').length).toBe(1);
});

test('what has expired while the core was away ends when it is there again, and what has not goes on', async () => {
  const { clock, pass } = longClock();
  const { at, restart } = await restartable({ clock, enrolmentLifetimeSeconds: 3_600 });
  const early = await onboarded(at);
  pass(hourMs / 2);
  const late = await onboarded(at);
  await at.core.close();
  pass(hourMs / 2);
  await restart();
  expect([(await discover(at, early)).status, (await discover(at, late)).status]).toEqual([403, 200]);
  pass(hourMs / 2);
  expect((await discover(at, late)).status).toBe(403);
});
