/** Every route of the core, requested by every kind of peer: only those it is for are served, the others change nothing. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { requestOf } from '../testing/alterations/altered-requests.ts';
import { type Kind, kinds, otherParties, ownParties, rememberedIds } from '../testing/alterations/core-parties.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { ask, client, closeAll, type Known, registered, type Testbed, testbed } from '../testing/roles.ts';
import type * as HttpService from '../transport/http-service.ts';

/** All routes of the core, as its HTTP service was given them. */
const served = vi.hoisted(() => ({ routes: [] as string[] }));
vi.mock('../transport/http-service.ts', async (original) => {
  const actual = await original<typeof HttpService>();
  const httpService: typeof actual.httpService = (options) => {
    served.routes = options.routes.map(({ method, path }) => `${method} ${path}`);
    return actual.httpService(options);
  };
  return { ...actual, httpService };
});

let at: Testbed;
let requests: Awaited<ReturnType<typeof ownParties>>['requests'];
let parties: Record<Kind, Known | undefined>;
let over: Record<Kind, ReturnType<typeof client>>;
const kept = recordedStore();

beforeAll(async () => {
  const remembered = rememberedIds();
  const pause = { firstMs: 600_000, longestMs: 600_000 };
  const notifications = { hosts: ['127.0.0.1'] };
  at = await testbed({ ids: remembered.ids, store: kept.store, pause, notifications });
  const own = await ownParties(at, remembered);
  ({ requests } = own);
  parties = { nobody: undefined, ...own.parties, ...(await otherParties(at, remembered, own.parties)) };
  over = Object.fromEntries(kinds.map((kind) => [kind, client(at, parties[kind]?.certificate)])) as typeof over;
});
afterAll(closeAll);

/** The answer to each caller, where it is not that to `others`, which is 401 by default. */
type Expected = Partial<Record<Kind | 'others', number>>;
const invokers = { invoker: 200, 'another invoker': 200 };
const functions = { AEF: 200, APF: 200, AMF: 200, 'another AEF': 200, 'another APF': 200, 'another AMF': 200 };
/** By route, in an order in which each finds what it is about: what ends something comes last. */
const expected: Record<string, Expected> = {
  'POST /api-provider-management/v1/registrations': { others: 201 },
  'PUT /api-provider-management/v1/registrations/:registrationId': { AMF: 200 },
  'PATCH /api-provider-management/v1/registrations/:registrationId': { AMF: 200 },
  'POST /api-invoker-management/v1/onboardedInvokers': { others: 201 },
  'PUT /api-invoker-management/v1/onboardedInvokers/:onboardingId': { invoker: 200 },
  'PATCH /api-invoker-management/v1/onboardedInvokers/:onboardingId': { invoker: 200 },
  'POST /published-apis/v1/:apfId/service-apis': { APF: 201 },
  'GET /published-apis/v1/:apfId/service-apis': { APF: 200 },
  'GET /published-apis/v1/:apfId/service-apis/:serviceApiId': { APF: 200 },
  'PUT /published-apis/v1/:apfId/service-apis/:serviceApiId': { APF: 200 },
  'PATCH /published-apis/v1/:apfId/service-apis/:serviceApiId': { APF: 200 },
  'GET /service-apis/v1/allServiceAPIs': { invoker: 200 },
  'GET /open-api-disc/v1/service-apis': { ...invokers, ...functions },
  'GET /capif-routing-info/v1/service-apis/:serviceApiId': { AEF: 200, 'another AEF': 403 },
  'PUT /capif-security/v1/trustedInvokers/:apiInvokerId': { invoker: 201 },
  'POST /capif-security/v1/trustedInvokers/:apiInvokerId/update': { invoker: 200 },
  'GET /capif-security/v1/trustedInvokers/:apiInvokerId': { AEF: 200, 'another AEF': 404 },
  'POST /capif-security/v1/securities/:securityId/token': { invoker: 200, others: 400 },
  'GET /.well-known/jwks.json': { others: 200 },
  'POST /capif-events/v1/:subscriberId/subscriptions': { invoker: 201 },
  'PUT /capif-events/v1/:subscriberId/subscriptions/:subscriptionId': { invoker: 200 },
  'PATCH /capif-events/v1/:subscriberId/subscriptions/:subscriptionId': { invoker: 200 },
  'POST /api-invocation-logs/v1/:aefId/logs': { AEF: 201 },
  'GET /logs/v1/apiInvocationLogs': { AMF: 200, 'another AMF': 404 },
  'GET /access-control-policy/v1/accessControlPolicyList/:serviceApiId': { AEF: 200 },
  'POST /capif-security/v1/trustedInvokers/:apiInvokerId/delete': { AEF: 204, 'another AEF': 403 },
  'DELETE /capif-security/v1/trustedInvokers/:apiInvokerId': { AEF: 204, 'another AEF': 404 },
  'DELETE /capif-events/v1/:subscriberId/subscriptions/:subscriptionId': { invoker: 204 },
  'DELETE /published-apis/v1/:apfId/service-apis/:serviceApiId': { APF: 204 },
  'DELETE /api-invoker-management/v1/onboardedInvokers/:onboardingId': { invoker: 204 },
  'DELETE /api-provider-management/v1/registrations/:registrationId': { AMF: 204 },
};

const send = (caller: Kind, route: string) => ask(over[caller], requestOf(requests.get(route)!));
/** What the machines have been told, but for connections. */
const steps = () => at.lines.filter(({ event }) => !event.type.startsWith('tls.')).length;

test('every route of the core is in the table', () => {
  expect(Object.keys(expected).sort()).toEqual(served.routes.sort());
});

for (const [route, { others = 401, ...own }] of Object.entries(expected)) {
  const statusFor = (caller: Kind) => own[caller] ?? others;
  const isServed = (caller: Kind) => statusFor(caller) < 300;
  test(`${route} is for ${others < 300 ? 'all' : kinds.filter(isServed).join(', ')} alone (6.3, 6.6)`, async () => {
    await expect.poll(() => JSON.stringify(kept.everything())).not.toContain('"informing"');
    const before = [steps(), kept.everything()];
    for (const caller of kinds.filter((one) => !isServed(one))) {
      const { status, type, body } = await send(caller, route);
      expect([caller, status]).toEqual([caller, statusFor(caller)]);
      if (route.endsWith('/token')) expect(body).toMatchObject({ error: 'invalid_client' });
      else expect([type, (body as { status: number }).status]).toEqual(['application/problem+json', status]);
    }
    expect([steps(), kept.everything()]).toEqual(before);
    for (const caller of kinds.filter(isServed)) {
      expect([caller, (await send(caller, route)).status]).toEqual([caller, statusFor(caller)]);
    }
    expect(at.errors).toEqual([]);
  });
}

test('nobody registers without the secret, or is onboarded without a token, whoever it is (6.1, TS 29.222 8.9)', async () => {
  const before = kept.everything();
  for (const route of [
    'POST /api-provider-management/v1/registrations',
    'POST /api-invoker-management/v1/onboardedInvokers',
  ]) {
    const { body, ...request } = requestOf(requests.get(route)!);
    const without = {
      ...{ ...request, headers: { ...request.headers, authorization: 'Bearer x' } },
      body: body!.replace(at.core.registrationSecret, 'x'),
    };
    for (const caller of kinds) expect([caller, (await ask(over[caller], without)).status]).toEqual([caller, 401]);
  }
  expect(kept.everything()).toEqual(before);
});

test('every party that the core knows still subscribes under its own id, and nobody else does (TS 29.222 8.3)', async () => {
  const { path, ...request } = requestOf(requests.get('POST /capif-events/v1/:subscriberId/subscriptions')!);
  for (const caller of kinds) {
    const own = path.replace(parties.invoker!.id, parties[caller]?.id ?? 'nobody');
    const { status } = await ask(over[caller], { ...request, path: own });
    expect([caller, status]).toEqual([caller, caller.startsWith('another ') ? 201 : 401]);
  }
});

test('a domain that has no AMF is managed by each of its functions (TS 29.222 5.8.2)', async () => {
  for (const { certificate } of await registered(at, 'AEF', 'APF')) {
    const request = requestOf(requests.get('GET /logs/v1/apiInvocationLogs')!);
    expect((await ask(client(at, certificate), request)).status).toBe(404);
  }
});
