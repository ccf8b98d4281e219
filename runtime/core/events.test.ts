/** What happens at a core, and who is notified of it over TLS (TS 29.222 5.4.2.4, 5.6.2.5, 7.6). */
import { afterEach, expect, test } from 'vitest';
import { recordedStore } from '../testing/kept-records.ts';
import { notifications, receiver } from '../testing/receiver.ts';
import { restartable } from '../testing/restartable-core.ts';
import { writeRevokeServiceApisRequest } from '../testing/revocation-requests.ts';
import {
  all,
  ask,
  client,
  closeAll,
  type Known,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeJsonRequest } from '../wire/json-message.ts';
import { writeSecurityMethodRequest } from '../wire/security-api.ts';
import { writeServiceApiPublishRequest, writeServiceApiUpdateRequest } from '../wire/services/publish-api.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

type Receiver = Awaited<ReturnType<typeof receiver>>;
type Body = { subscriptionId: string; events: string; eventDetail?: Record<string, unknown> };

const as = (at: Testbed, { certificate }: Known, request: HttpRequest) => ask(client(at, certificate), request);

/** All events by default, each subscriber at a path of its own. */
async function subscribe(at: Testbed, by: Known, to: Receiver, more: object = {}) {
  const events = [
    ...['SERVICE_API_AVAILABLE', 'SERVICE_API_UPDATE', 'SERVICE_API_UNAVAILABLE', 'API_INVOKER_ONBOARDED'],
    ...['API_INVOKER_UPDATED', 'API_INVOKER_OFFBOARDED', 'API_INVOKER_AUTHORIZATION_REVOKED'],
    ...['SERVICE_API_INVOCATION_SUCCESS', 'SERVICE_API_INVOCATION_FAILURE'],
    ...['ACCESS_CONTROL_POLICY_UPDATE', 'ACCESS_CONTROL_POLICY_UNAVAILABLE'],
  ];
  const wanted = { events, notificationDestination: to.uri(`/${by.id}`), supportedFeatures: '4', ...more };
  const answer = await as(at, by, writeJsonRequest('POST', `/capif-events/v1/${by.id}/subscriptions`, wanted));
  expect(answer.status).toBe(201);
}

/** What this party has been told, once it is so much. */
async function told({ received }: Receiver, { id }: Known, count: number) {
  const own = () => received.filter(({ path }) => path === `/${id}`).map(({ body }) => body as Body);
  await expect.poll(() => own().length).toBe(count);
  return own();
}
const eventsOf = (bodies: Body[]) => bodies.map(({ events }) => events);

const api = (aefId: string, apiName = 'weather', port = 9) => ({
  apiName,
  aefs: [{ aefId, host: '127.0.0.1', port, apiVersion: 'v1', methods: ['PKI'] as const }],
});
async function publish(at: Testbed, apf: Known, aef: Known, apiName = 'weather'): Promise<string> {
  const request = writeServiceApiPublishRequest({ apfId: apf.id, serviceApi: api(aef.id, apiName) });
  return ((await as(at, apf, request)).body as { apiId: string }).apiId;
}
const update = (at: Testbed, apf: Known, aef: Known, serviceApiId: string, port: number) =>
  as(at, apf, writeServiceApiUpdateRequest({ apfId: apf.id, serviceApiId, serviceApi: api(aef.id, 'weather', port) }));
const withdraw = (at: Testbed, apf: Known, serviceApiId: string) =>
  as(at, apf, { method: 'DELETE', path: `/published-apis/v1/${apf.id}/service-apis/${serviceApiId}` });

test('a service API that is published, changed and withdrawn is an event for every subscriber, in this order', async () => {
  const at = await testbed({ ids: readableIds(), notifications });
  const to = await receiver();
  const invoker = await onboarded(at);
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const [plain, filtering] = (await registered(at, 'AMF', 'AMF')) as [Known, Known];
  await subscribe(at, invoker, to);
  await subscribe(at, plain, to, { supportedFeatures: undefined });
  await subscribe(at, filtering, to, { eventFilters: [{ apiIds: ['service-api-2'] }, { apiInvokerIds: ['x'] }] });
  const apiId = await publish(at, apf, aef);
  await update(at, apf, aef, apiId, 9);
  await update(at, apf, aef, apiId, 10);
  await withdraw(at, apf, apiId);
  await publish(at, apf, aef, 'other');

  const bodies = await told(to, invoker, 4);
  expect(bodies.map(({ events, eventDetail = {} }) => [events, eventDetail.apiIds])).toEqual([
    ['SERVICE_API_AVAILABLE', ['service-api-1']],
    ['SERVICE_API_UPDATE', ['service-api-1']],
    ['SERVICE_API_UNAVAILABLE', ['service-api-1']],
    ['SERVICE_API_AVAILABLE', ['service-api-2']],
  ]);
  expect(bodies[1]).toMatchObject({
    subscriptionId: 'subscription-1',
    eventDetail: { serviceAPIDescriptions: [{ aefProfiles: [{ interfaceDescriptions: [{ port: 10 }] }] }] },
  });
  expect(bodies[2]!.eventDetail).not.toHaveProperty('serviceAPIDescriptions');
  expect((await told(to, plain, 4))[0]).toEqual({ subscriptionId: 'subscription-2', events: 'SERVICE_API_AVAILABLE' });
  expect(eventsOf(await told(to, filtering, 1))).toEqual(['SERVICE_API_AVAILABLE']);
  expect(at.errors).toEqual([]);
});

test('an AEF that an update takes out of a service API is concerned by it, and by no later one (8.3.4.2.4)', async () => {
  const at = await testbed({ notifications });
  const to = await receiver();
  const [one, two, apf] = (await registered(at, 'AEF', 'AEF', 'APF')) as [Known, Known, Known];
  for (const aef of [one, two]) await subscribe(at, aef, to, { eventFilters: [{ aefIds: [aef.id] }] });
  const apiId = await publish(at, apf, one);
  for (const port of [9, 10]) await update(at, apf, two, apiId, port);
  const heard = async (aef: Known, count: number) => eventsOf(await told(to, aef, count));
  expect(await heard(two, 2)).toEqual(['SERVICE_API_UPDATE', 'SERVICE_API_UPDATE']);
  expect(await heard(one, 2)).toEqual(['SERVICE_API_AVAILABLE', 'SERVICE_API_UPDATE']);
});

test('of an invoker that comes, changes and goes providers hear, and no other invoker', async () => {
  const at = await testbed({ notifications });
  const to = await receiver();
  const [amf] = (await registered(at, 'AMF')) as [Known];
  const watching = await onboarded(at);
  await subscribe(at, amf, to);
  await subscribe(at, watching, to);
  const one = await onboarded(at);
  const path = `/api-invoker-management/v1/onboardedInvokers/${one.id}`;
  const headers = { 'content-type': 'application/merge-patch+json' };
  expect((await as(at, one, { method: 'PATCH', path, headers, body: '{"apiInvokerInformation":"x"}' })).status).toBe(
    200,
  );
  await as(at, one, writeOffboardApiInvokerRequest({ onboardingId: one.id }));
  const bodies = await told(to, amf, 3);
  expect(eventsOf(bodies)).toEqual(['API_INVOKER_ONBOARDED', 'API_INVOKER_UPDATED', 'API_INVOKER_OFFBOARDED']);
  for (const { eventDetail } of bodies) expect(eventDetail).toEqual({ apiInvokerIds: [one.id] });
  await told(to, watching, 0);
  expect(at.errors).toEqual([]);
});

test('a revocation is told to the invoker where it wants to hear of its contexts, and is an event for the domain of the AEF', async () => {
  const at = await testbed({ notifications, pause: { firstMs: 600_000, longestMs: 600_000 } });
  const to = await receiver();
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const [stranger] = (await registered(at, 'AMF')) as [Known];
  const [one, other] = [await onboarded(at), await onboarded(at)];
  const apiIds = [await publish(at, apf, aef), await publish(at, apf, aef, 'tides')];
  for (const by of [apf, stranger, other]) await subscribe(at, by, to);
  const entries = [{ aefId: aef.id, supported: all }];
  const negotiation = { apiInvokerId: one.id, entries, notificationDestination: to.uri(`/${one.id}`) };
  const { body = '', ...request } = writeSecurityMethodRequest(negotiation);
  const tested = JSON.stringify({ ...JSON.parse(body), requestTestNotification: true });
  expect((await as(at, one, { ...request, body: tested })).status).toBe(201);

  const some = { apiInvokerId: one.id, apiIds: [apiIds[1]!], cause: 'OVERLIMIT_USAGE' };
  expect((await as(at, aef, writeRevokeServiceApisRequest(some))).status).toBe(204);
  expect((await as(at, aef, writeRevokeServiceApisRequest(some))).status).toBe(204);
  await at.core.revoke(one.id, aef.id);
  await at.core.revoke(one.id, aef.id);

  const subscription = `https://127.0.0.1:${at.core.port}${request.path}`;
  expect(await told(to, one, 3)).toEqual([
    { subscription },
    { apiInvokerId: one.id, aefId: aef.id, apiIds: [apiIds[1]], cause: 'OVERLIMIT_USAGE' },
    { apiInvokerId: one.id, aefId: aef.id, apiIds: [apiIds[0]], cause: 'UNEXPECTED_REASON' },
  ]);
  const events = await told(to, apf, 2);
  expect(events[0]).toMatchObject({
    events: 'API_INVOKER_AUTHORIZATION_REVOKED',
    eventDetail: { apiInvokerIds: [one.id], apiIds: [apiIds[1]] },
  });
  await told(to, stranger, 0);
  await told(to, other, 0);
  expect(at.errors).toEqual([]);
});

test('a subscriber tries its destination by a test notification, and says how often it wants to hear (7.6)', async () => {
  const at = await testbed({ ids: readableIds(), notifications, apiRoot: 'https://core.example' });
  const to = await receiver();
  const [aef, apf, amf] = (await registered(at, 'AEF', 'APF', 'AMF')) as [Known, Known, Known];
  await subscribe(at, amf, to, { requestTestNotification: true, eventReq: { maxReportNbr: 2 } });
  await subscribe(at, aef, to, { eventReq: { notifMethod: 'ONE_TIME' } });
  await subscribe(at, apf, to);
  const apiId = await publish(at, apf, aef);
  await update(at, apf, aef, apiId, 10);
  await withdraw(at, apf, apiId);
  await told(to, apf, 3);
  const [first, ...reports] = await told(to, amf, 3);
  expect(first).toEqual({ subscription: 'https://core.example/capif-events/v1/amf-1/subscriptions/subscription-1' });
  expect(eventsOf(reports)).toEqual(['SERVICE_API_AVAILABLE', 'SERVICE_API_UPDATE']);
  expect(eventsOf(await told(to, aef, 1))).toEqual(['SERVICE_API_AVAILABLE']);
  const path = '/capif-events/v1/aef-1/subscriptions/subscription-2';
  expect((await as(at, aef, { method: 'DELETE', path })).status).toBe(404);
});

test('a subscriber begins with what there is, and what is collected for it is told before it wants something else', async () => {
  const { store, records } = recordedStore();
  const at = await testbed({ ids: readableIds(), notifications, store });
  const to = await receiver();
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const apiId = await publish(at, apf, aef);
  await publish(at, apf, aef, 'tides');
  const eventReq = { immRep: true, notifMethod: 'PERIODIC', repPeriod: 1_000_000 };
  await subscribe(at, aef, to, { eventReq });
  await update(at, apf, aef, apiId, 10);
  const [present] = await told(to, aef, 1);
  expect(present).toMatchObject({ events: 'SERVICE_API_AVAILABLE', eventDetail: { apiIds: [apiId, 'service-api-2'] } });

  const path = '/capif-events/v1/aef-1/subscriptions/subscription-1';
  const patch = { eventReq: { notifMethod: null, repPeriod: null } };
  const headers = { 'content-type': 'application/merge-patch+json' };
  const patched = await as(at, aef, { method: 'PATCH', path, headers, body: JSON.stringify(patch) });
  expect(patched).toMatchObject({ status: 200, body: { eventReq: { immRep: true } } });
  await withdraw(at, apf, apiId);
  expect(eventsOf(await told(to, aef, 3)).slice(1)).toEqual(['SERVICE_API_UPDATE', 'SERVICE_API_UNAVAILABLE']);

  await subscribe(at, aef, to, { eventReq: { notifMethod: 'PERIODIC', repPeriod: 1_000_000 } });
  await publish(at, apf, aef);
  expect(records('periodic-reports')).toMatchObject([{ reports: [{ event: 'SERVICE_API_AVAILABLE' }] }]);
  expect((await as(at, aef, { method: 'DELETE', path: path.replace(/1$/, '2') })).status).toBe(204);
  expect(records('periodic-reports')).toEqual([]);
});

test('a notification that was not taken is delivered after a restart of the core', async () => {
  const { at, restart } = await restartable({ notifications });
  let isReady = false;
  const to = await receiver(() => (isReady ? 204 : 503));
  const [aef, apf, amf] = (await registered(at, 'AEF', 'APF', 'AMF')) as [Known, Known, Known];
  await subscribe(at, amf, to);
  const apiId = await publish(at, apf, aef);
  await withdraw(at, apf, apiId);
  await expect.poll(() => to.received.length).toBeGreaterThan(1);
  await at.core.close();
  const heard = () => eventsOf(to.bodies() as Body[]);
  expect(heard()).not.toContain('SERVICE_API_UNAVAILABLE');
  isReady = true;
  await restart();
  await expect.poll(heard).toContain('SERVICE_API_UNAVAILABLE');
  const [last, ...before] = heard().reverse();
  expect(last).toBe('SERVICE_API_UNAVAILABLE');
  expect(new Set(before)).toEqual(new Set(['SERVICE_API_AVAILABLE']));
  await at.core.close();
});

test('an invoker that has no endpoint costs no attempt, and one that does not answer holds nobody up', async () => {
  const at = await testbed({ notifications });
  const silent = await receiver(() => undefined);
  const to = await receiver();
  const [aef, apf, amf] = (await registered(at, 'AEF', 'APF', 'AMF')) as [Known, Known, Known];
  const one = await onboarded(at);
  await subscribe(at, aef, silent);
  await subscribe(at, amf, to);
  await publish(at, apf, aef);
  const entries = [{ aefId: aef.id, supported: all }];
  const negotiation = { apiInvokerId: one.id, entries, notificationDestination: 'https://invoker.invalid/x' };
  expect((await as(at, one, writeSecurityMethodRequest(negotiation))).status).toBe(201);
  await at.core.revoke(one.id, aef.id);
  expect(eventsOf(await told(to, amf, 2))).toEqual(['SERVICE_API_AVAILABLE', 'API_INVOKER_AUTHORIZATION_REVOKED']);
  expect(at.errors).toEqual([]);
});

test('invocations that an AEF logs are events for its domain and for the invoker, by service API and outcome', async () => {
  const at = await testbed({ notifications });
  const to = await receiver();
  const [aef, amf] = (await registered(at, 'AEF', 'AMF')) as [Known, Known];
  const [stranger] = (await registered(at, 'AMF')) as [Known];
  const [one, other] = [await onboarded(at), await onboarded(at)];
  for (const by of [amf, stranger, one, other]) await subscribe(at, by, to);
  const invocation = { apiName: 'weather', apiVersion: 'v1', resourceName: 'now', protocol: 'HTTP_1_1' };
  const [served, failed, missing] = [
    { apiId: 'a', result: '200', ...invocation },
    { apiId: 'a', result: '500', ...invocation },
    { apiId: 'b', result: '404', ...invocation },
  ];
  const log = { aefId: aef.id, apiInvokerId: one.id, logs: [served, missing, failed, served] };
  expect((await as(at, aef, writeJsonRequest('POST', `/api-invocation-logs/v1/${aef.id}/logs`, log))).status).toBe(201);
  for (const by of [amf, one]) {
    const bodies = await told(to, by, 3);
    expect(
      bodies.map(({ events, eventDetail = {} }) => [events, eventDetail.apiIds, eventDetail.invocationLogs]),
    ).toEqual([
      ['SERVICE_API_INVOCATION_SUCCESS', ['a'], [{ ...log, logs: [served, served] }]],
      ['SERVICE_API_INVOCATION_FAILURE', ['a'], [{ ...log, logs: [failed] }]],
      ['SERVICE_API_INVOCATION_FAILURE', ['b'], [{ ...log, logs: [missing] }]],
    ]);
  }
  for (const by of [stranger, other]) await told(to, by, 0);
  expect(at.errors).toEqual([]);
});

test('a policy that is set or taken away is an event for the AEF and for the invoker that it limits', async () => {
  const at = await testbed({ notifications });
  const to = await receiver();
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const [one, other] = [await onboarded(at), await onboarded(at)];
  const apiId = await publish(at, apf, aef);
  for (const by of [aef, one, other]) await subscribe(at, by, to);
  const subject = { apiInvokerId: one.id, aefId: aef.id, apiId };
  await at.core.setAccessControlPolicy(subject, { allowedTotalInvocations: 7 });
  await at.core.setAccessControlPolicy(subject, undefined);
  for (const by of [aef, one]) {
    const about = { apiIds: [apiId], apiInvokerIds: [one.id] };
    const apiInvokerPolicies = [{ apiInvokerId: one.id, allowedTotalInvocations: 7 }];
    expect(await told(to, by, 2)).toMatchObject([
      {
        events: 'ACCESS_CONTROL_POLICY_UPDATE',
        eventDetail: { ...about, accCtrlPolList: { apiId, apiInvokerPolicies } },
      },
      { events: 'ACCESS_CONTROL_POLICY_UNAVAILABLE', eventDetail: about },
    ]);
  }
  await told(to, other, 0);
});
