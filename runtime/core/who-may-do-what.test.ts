/** Every route of the core, requested by every kind of peer: only those it is for are served, the others change nothing. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { requestOf } from '../testing/alterations/altered-requests.ts';
import { coreRequests } from '../testing/alterations/core-requests.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { ask, client, closeAll, type Known, onboarded, registered, type Testbed, testbed } from '../testing/roles.ts';
import type * as HttpService from '../transport/http-service.ts';
import { readableIds } from './parties/ids.ts';

const callers = [
  ...(['nobody', 'invoker', 'another invoker', 'gone invoker'] as const),
  ...(['AEF', 'APF', 'AMF', 'another AEF', 'another APF', 'another AMF', 'gone AEF', 'gone APF', 'gone AMF'] as const),
  ...(['foreign CA: invoker', 'foreign CA: AEF', 'foreign CA: APF', 'foreign CA: AMF'] as const),
];
type Caller = (typeof callers)[number];

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
let requests: ReturnType<typeof coreRequests>;
let parties: Record<Caller, Known | undefined>;
let over: Record<Caller, ReturnType<typeof client>>;
const kept = recordedStore();

const roles = ['apiInvoker', 'apiExposingFunction', 'apiPublishingFunction', 'apiManagementFunction'] as const;
async function foreign(role: (typeof roles)[number], id: string): Promise<Known> {
  const authority = await createAuthority({ name: 'capif-machines', now: Date.now() });
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const subject = { role, id };
  const cert = await authority.issue({ subject, publicKey: publicKeyPem, usages: ['client'], now: Date.now() });
  return { id, certificate: { key: privateKeyPem, cert } };
}

beforeAll(async () => {
  const pause = { firstMs: 600_000, longestMs: 600_000 };
  at = await testbed({ ids: readableIds(), store: kept.store, pause, notifications: { hosts: ['127.0.0.1'] } });
  const domain = () => registered(at, 'AEF', 'APF', 'AMF') as Promise<[Known, Known, Known]>;
  const [own, other, ended] = [await domain(), await domain(), await domain()];
  const [invoker, another, offboarded] = [await onboarded(at), await onboarded(at), await onboarded(at)];
  const known = [invoker, ...own];
  const foreigners = await Promise.all(roles.map((role, n) => foreign(role, known[n]!.id)));
  const all = [undefined, invoker, another, offboarded, ...own, ...other, ...ended, ...foreigners];
  parties = Object.fromEntries(callers.map((caller, n) => [caller, all[n]])) as typeof parties;
  over = Object.fromEntries(callers.map((caller, n) => [caller, client(at, all[n]?.certificate)])) as typeof over;
  const [AEF, APF, AMF] = own.map(({ id }) => id) as [string, string, string];
  requests = coreRequests({
    ...{ invokerId: invoker.id, functions: { AEF, APF, AMF }, domainId: 'provider-1' },
    ...{ serviceApiId: 'service-api-1', subscriptionId: 'subscription-1' },
    publicKeyPem: (await generateKeyPair()).publicKeyPem,
    registrationSecret: at.core.registrationSecret,
    onboardingToken: await at.core.onboardingToken('test'),
  });
  const done = [
    await send('APF', 'POST /published-apis/v1/:apfId/service-apis'),
    await send('invoker', 'POST /capif-events/v1/:subscriberId/subscriptions'),
    await ask(over['gone AMF'], { method: 'DELETE', path: '/api-provider-management/v1/registrations/provider-3' }),
    await ask(over['gone invoker'], {
      method: 'DELETE',
      path: `/api-invoker-management/v1/onboardedInvokers/${offboarded.id}`,
    }),
  ];
  expect(done.map(({ status }) => status)).toEqual([201, 201, 204, 204]);
});
afterAll(closeAll);

/** The answer to each caller, where it is not that to `others`, which is 401 by default. */
type Expected = Partial<Record<Caller | 'others', number>>;
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

const send = (caller: Caller, route: string) => ask(over[caller], requestOf(requests.get(route)!));
/** What the machines have been told, but for connections. */
const steps = () => at.lines.filter(({ event }) => !event.type.startsWith('tls.')).length;

test('every route of the core is in the table', () => {
  expect(Object.keys(expected).sort()).toEqual(served.routes.sort());
});

for (const [route, { others = 401, ...own }] of Object.entries(expected)) {
  const statusFor = (caller: Caller) => own[caller] ?? others;
  const isServed = (caller: Caller) => statusFor(caller) < 300;
  test(`${route} is for ${others < 300 ? 'all' : callers.filter(isServed).join(', ')} alone (6.3, 6.6)`, async () => {
    await expect.poll(() => JSON.stringify(kept.everything())).not.toContain('"informing"');
    const before = [steps(), kept.everything()];
    for (const caller of callers.filter((one) => !isServed(one))) {
      const { status, type, body } = await send(caller, route);
      expect([caller, status]).toEqual([caller, statusFor(caller)]);
      if (route.endsWith('/token')) expect(body).toMatchObject({ error: 'invalid_client' });
      else expect([type, (body as { status: number }).status]).toEqual(['application/problem+json', status]);
    }
    expect([steps(), kept.everything()]).toEqual(before);
    for (const caller of callers.filter(isServed)) {
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
    for (const caller of callers) expect([caller, (await ask(over[caller], without)).status]).toEqual([caller, 401]);
  }
  expect(kept.everything()).toEqual(before);
});

test('every party that the core knows still subscribes under its own id, and nobody else does (TS 29.222 8.3)', async () => {
  const { path, ...request } = requestOf(requests.get('POST /capif-events/v1/:subscriberId/subscriptions')!);
  for (const caller of callers) {
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
