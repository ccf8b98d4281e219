/** CAPIF_Events_API: subscriptions are made, replaced, patched and ended, each by its subscriber alone (TS 29.222 8.3.2). */
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { restartable } from '../testing/restartable-core.ts';
import {
  ask,
  client,
  closeAll,
  type Known,
  lateClock,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { Subscriptions } from './events/subscriptions.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

const wanted = { events: ['SERVICE_API_UPDATE'], notificationDestination: 'https://subscriber.example/' };
const all = ({ id }: { id: string }) => `/capif-events/v1/${id}/subscriptions`;

function call(at: Testbed, by: Known['certificate'] | undefined, method: string, path: string, body?: object) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const more = body === undefined ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body) };
  return ask(client(at, by), { method, path, ...more });
}

test('whoever the core knows subscribes, and updates and ends the subscription, also after a restart', async () => {
  const { at, restart } = await restartable({ ids: readableIds(), apiRoot: 'https://core.example' });
  const parties = [await onboarded(at), ...(await registered(at, 'AEF', 'APF', 'AMF'))];
  let n = 0;
  for (const { id, certificate } of parties) {
    const made = await client(at, certificate).request({
      method: 'POST',
      path: all({ id }),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...wanted, supportedFeatures: 'FF', websockNotifConfig: {} }),
    });
    const one = `${all({ id })}/subscription-${++n}`;
    expect(made).toMatchObject({ status: 201, headers: { location: `https://core.example${one}` } });
    await restart();
    const patched = await call(at, certificate, 'PATCH', one, { eventReq: { maxReportNbr: 5 } });
    const whole = { ...wanted, supportedFeatures: '5' };
    expect(patched).toMatchObject({ status: 200, body: { ...whole, eventReq: { maxReportNbr: 5 } } });
    const other = { events: ['API_INVOKER_ONBOARDED'], notificationDestination: 'https://other.example/' };
    expect(await call(at, certificate, 'PUT', one, other)).toMatchObject({ status: 200, body: other });
    expect((await call(at, certificate, 'PATCH', one, {})).body).toEqual(other);
    expect((await call(at, certificate, 'DELETE', one)).status).toBe(204);
    await restart();
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      expect(await call(at, certificate, method, one, wanted)).toMatchObject({
        status: 404,
        body: { cause: 'NOT_FOUND' },
      });
  }
  await at.core.close();
});

test('a stranger, or a party under the id of another, subscribes to nothing and changes nothing', async () => {
  const at = await testbed({ ids: readableIds() });
  const [one, other] = [await onboarded(at), await onboarded(at)];
  const [aef] = (await registered(at, 'AEF')) as [Known];
  const mine = `${all(one)}/subscription-1`;
  expect((await call(at, one.certificate, 'POST', all(one), wanted)).status).toBe(201);
  for (const by of [undefined, other.certificate, aef.certificate]) {
    for (const [method, path] of [
      ['POST', all(one)],
      ['PUT', mine],
      ['PATCH', mine],
      ['DELETE', mine],
    ] as const)
      expect(await call(at, by, method, path, { events: ['X'] })).toMatchObject({
        status: 401,
        body: { cause: 'NOT_AUTHENTICATED' },
      });
  }
  const others = `${all(other)}/subscription-1`;
  for (const method of ['PUT', 'PATCH', 'DELETE'])
    expect((await call(at, other.certificate, method, others, wanted)).status).toBe(404);
  expect((await call(at, one.certificate, 'PATCH', mine, {})).body).toEqual(wanted);
  expect(at.errors).toEqual([]);
});

test('whoever ends while a body comes subscribes to nothing, and publishes nothing', async () => {
  const at = await testbed({ ids: readableIds() });
  const [apf, invoker] = [...(await registered(at, 'APF')), await onboarded(at)] as [Known, Known];
  const statusOf = async (by: Known, path: string, body: object, ending: string) => {
    const text = JSON.stringify(body);
    async function* chunks() {
      yield Buffer.from(text.slice(0, 9));
      expect((await call(at, by.certificate, 'DELETE', ending)).status).toBe(204);
      yield Buffer.from(text.slice(9));
    }
    const late = { headers: { 'content-type': 'application/json' }, body: { isRepeatable: false, chunks } };
    return (await ask(client(at, by.certificate), { method: 'POST', path, ...late })).status;
  };
  const { path: offboarding } = writeOffboardApiInvokerRequest({ onboardingId: invoker.id });
  expect(await statusOf(invoker, all(invoker), wanted, offboarding)).toBe(401);
  const deregistration = '/api-provider-management/v1/registrations/provider-1';
  const publications = `/published-apis/v1/${apf.id}/service-apis`;
  expect(await statusOf(apf, publications, { apiName: 'weather' }, deregistration)).toBe(401);
});

test('subscriptions end with their subscriber, and those of whom a restarted core does not know any more', async () => {
  const { store, records } = recordedStore();
  const at = await testbed({ store, ids: readableIds() });
  const [amf, invoker, other] = [...(await registered(at, 'AMF')), await onboarded(at), await onboarded(at)] as Known[];
  for (const by of [amf!, invoker!, other!])
    expect((await call(at, by.certificate, 'POST', all(by), wanted)).status).toBe(201);
  const { path: offboarding } = writeOffboardApiInvokerRequest({ onboardingId: invoker!.id });
  for (const [by, path] of [
    [invoker!, offboarding],
    [amf!, '/api-provider-management/v1/registrations/provider-1'],
  ] as const)
    expect((await call(at, by.certificate, 'DELETE', path)).status).toBe(204);
  expect(records('event-subscriptions')).toMatchObject([{ subscriberId: other!.id }]);

  const ended: string[] = [];
  const onEnded = (id: string) => ended.push(id);
  new Subscriptions({ ids: readableIds(), clock: systemClock, store, isKnown: () => false, onEnded });
  expect([records('event-subscriptions'), ended]).toEqual([[], ['subscription-3']]);
});

test('what is malformed, or could never be delivered, is refused and named', async () => {
  const at = await testbed();
  const { id, certificate } = await onboarded(at);
  expect(await call(at, certificate, 'POST', all({ id }), { ...wanted, events: [] })).toMatchObject({
    status: 400,
    body: { invalidParams: [{ param: '/events' }] },
  });
  for (const notificationDestination of ['http://subscriber.example/', 'https://x.invalid/', 'https://127.0.0.1/']) {
    const answer = await call(at, certificate, 'POST', all({ id }), { ...wanted, notificationDestination });
    expect(answer).toMatchObject({ status: 403, body: { invalidParams: [{ param: '/notificationDestination' }] } });
  }
  expect((await call(at, certificate, 'PATCH', `${all({ id })}/a%20b`, {})).status).toBe(400);
});

test('the subscriptions of whoever has ended are over, and one ends at its time (TS 29.523 5.6.3.2)', async () => {
  const clock = lateClock();
  const at = await testbed({ ids: readableIds(), clock });
  const one = await onboarded(at);
  const [aef] = (await registered(at, 'AEF')) as [Known];
  for (const by of [one, aef]) expect((await call(at, by.certificate, 'POST', all(by), wanted)).status).toBe(201);
  await ask(client(at, one.certificate), writeOffboardApiInvokerRequest({ onboardingId: one.id }));
  expect((await call(at, one.certificate, 'PATCH', `${all(one)}/subscription-1`, {})).status).toBe(401);
  await call(at, aef.certificate, 'DELETE', '/api-provider-management/v1/registrations/provider-1');
  expect((await call(at, aef.certificate, 'PATCH', `${all(aef)}/subscription-2`, {})).status).toBe(401);

  const late = await onboarded(at);
  const monDur = new Date(clock.now() + 1000).toISOString();
  const passing = await call(at, late.certificate, 'POST', all(late), { ...wanted, eventReq: { monDur } });
  expect(passing.status).toBe(201);
  expect((await call(at, late.certificate, 'PATCH', `${all(late)}/subscription-3`, {})).status).toBe(200);
  clock.lateMs = 1000;
  expect(await call(at, late.certificate, 'POST', all(late), { ...wanted, eventReq: { monDur } })).toMatchObject({
    status: 400,
    body: { invalidParams: [{ param: '/eventReq/monDur', reason: 'is over already' }] },
  });
  expect((await call(at, late.certificate, 'PATCH', `${all(late)}/subscription-3`, {})).status).toBe(404);
});

test('a subscriber has twenty subscriptions at most', async () => {
  const at = await testbed();
  const { id, certificate } = await onboarded(at);
  const over = client(at, certificate);
  const request = {
    method: 'POST',
    path: all({ id }),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wanted),
  };
  const answers = await Promise.all(Array.from({ length: 21 }, () => ask(over, request)));
  expect(answers.map(({ status }) => status).filter((status) => status !== 201)).toEqual([403]);
});
