/** Every operation of the core, requested by every kind of peer: only those it is for are served, the others change nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { writeDeleteSecurityContextRequest, writeRevokeServiceApisRequest } from '../testing/revocation-requests.ts';
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
import { writeAccessTokenRequest } from '../wire/access-token-api.ts';
import { writeDiscoverServiceApiRequest } from '../wire/discover-api.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { writeAccessControlPolicyRequest } from '../wire/invocations/access-control-policy-api.ts';
import { writeInvocationLogRequest } from '../wire/invocations/logging-api.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeSecurityMethodRequest, writeSecurityMethodUpdateRequest } from '../wire/security-api.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import { writeServiceApiPublishRequest, writeServiceApiUpdateRequest } from '../wire/services/publish-api.ts';
import { readableIds } from './parties/ids.ts';

const callers = [
  'nobody',
  'itself',
  'another invoker',
  'an offboarded invoker',
  'its AEF',
  'another AEF',
  'its APF',
  'another APF',
  'an AMF',
  'a foreign CA as itself',
  'a foreign CA as its AEF',
  'a foreign CA as its APF',
] as const;
type Caller = (typeof callers)[number];

let at: Testbed;
let certificates: Record<Caller, Known['certificate'] | undefined>;
let invoker: Known;
let publicKey: string;
let offboarded: Known;
let [aef, apf, otherAef, otherApf]: Known[] = [];

async function foreign(role: 'apiInvoker' | 'apiExposingFunction' | 'apiPublishingFunction', id: string) {
  const authority = await createAuthority({ name: 'capif-machines', now: Date.now() });
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const subject = { role, id };
  const cert = await authority.issue({ subject, publicKey: publicKeyPem, usages: ['client'], now: Date.now() });
  return { key: privateKeyPem, cert };
}

const api = (aefId: string) => {
  const aefs = [{ aefId, host: '127.0.0.1', port: 9, apiVersion: 'v1', methods: ['OAUTH'] as const }];
  return { apiName: 'greetings', aefs };
};
const negotiation = (id: string, supported = all) => ({
  apiInvokerId: id,
  entries: [{ aefId: aef!.id, supported }],
  notificationDestination: 'https://invoker.invalid/',
});
const logged = {
  ...{ apiId: 'service-api-1', apiName: 'greetings', apiVersion: 'v1', resourceName: 'hello' },
  ...{ protocol: 'HTTP_1_1', result: '200' },
};
const tokenRequest = (id: string) =>
  writeAccessTokenRequest({ securityId: id, clientId: id, scope: `3gpp#${aef!.id}:greetings` });

beforeAll(async () => {
  at = await testbed({ ids: readableIds(), pause: { firstMs: 600_000, longestMs: 600_000 } });
  [aef, apf] = await registered(at, 'AEF', 'APF');
  [otherAef, otherApf] = await registered(at, 'AEF', 'APF');
  const [amf] = await registered(at, 'AMF');
  invoker = await onboarded(at);
  publicKey = (await generateKeyPair()).publicKeyPem;
  offboarded = await onboarded(at);
  const gone = client(at, offboarded.certificate);
  await ask(client(at, apf!.certificate), writeServiceApiPublishRequest({ apfId: apf!.id, serviceApi: api(aef!.id) }));
  await ask(gone, writeSecurityMethodRequest(negotiation(offboarded.id)));
  await ask(gone, writeOffboardApiInvokerRequest({ onboardingId: offboarded.id }));
  certificates = {
    nobody: undefined,
    itself: invoker.certificate,
    'another invoker': (await onboarded(at)).certificate,
    'an offboarded invoker': offboarded.certificate,
    'its AEF': aef!.certificate,
    'another AEF': otherAef!.certificate,
    'its APF': apf!.certificate,
    'another APF': otherApf!.certificate,
    'an AMF': amf!.certificate,
    'a foreign CA as itself': await foreign('apiInvoker', invoker.id),
    'a foreign CA as its AEF': await foreign('apiExposingFunction', aef!.id),
    'a foreign CA as its APF': await foreign('apiPublishingFunction', apf!.id),
  };
});
afterAll(closeAll);

/** What the machines have been told, but for connections, and for an AEF that is not there to hear of a revocation. */
const steps = () => at.lines.filter(({ event }) => !/^tls\.|^exchange\.failed$/.test(event.type)).length;

type Operation = {
  name: string;
  request(): HttpRequest;
  passes: Caller;
  status: number;
  others?: number;
  anotherAef?: number;
};
/** Each after those it needs, the destructive ones last. An AEF asks about itself and its APIs alone: another finds nothing. */
const operations: Operation[] = [
  {
    name: 'PUT trustedInvokers',
    request: () => writeSecurityMethodRequest(negotiation(invoker.id)),
    passes: 'itself',
    status: 201,
  },
  {
    name: 'POST update',
    request: () => writeSecurityMethodUpdateRequest(negotiation(invoker.id)),
    passes: 'itself',
    status: 200,
  },
  { name: 'POST token', request: () => tokenRequest(invoker.id), passes: 'itself', status: 200, others: 400 },
  {
    name: 'GET trustedInvokers',
    anotherAef: 404,
    request: () => writeSecurityInformationRequest({ apiInvokerId: invoker.id }),
    passes: 'its AEF',
    status: 200,
  },
  {
    name: 'GET allServiceAPIs',
    request: () => writeDiscoverServiceApiRequest({ apiInvokerId: invoker.id }),
    passes: 'itself',
    status: 200,
  },
  {
    name: 'POST logs',
    request: () => writeInvocationLogRequest({ aefId: aef!.id, apiInvokerId: invoker.id, logs: [logged] }),
    passes: 'its AEF',
    status: 201,
  },
  {
    name: 'GET accessControlPolicyList',
    request: () => writeAccessControlPolicyRequest({ serviceApiId: 'service-api-1', aefId: aef!.id }),
    passes: 'its AEF',
    status: 200,
  },
  {
    name: 'POST service-apis',
    request: () => writeServiceApiPublishRequest({ apfId: apf!.id, serviceApi: api(aef!.id) }),
    passes: 'its APF',
    status: 201,
  },
  {
    name: 'PUT service-apis',
    request: () =>
      writeServiceApiUpdateRequest({ apfId: apf!.id, serviceApiId: 'service-api-1', serviceApi: api(aef!.id) }),
    passes: 'its APF',
    status: 200,
  },
  ...(
    [
      ['GET service-apis', {}, 200],
      ['GET service-apis/{serviceApiId}', {}, 200],
      ['PATCH service-apis', { headers: { 'content-type': 'application/merge-patch+json' }, body: '{}' }, 200],
    ] as const
  ).map(
    ([name, more, status]): Operation => ({
      name,
      request: () => {
        const all = `/published-apis/v1/${apf!.id}/service-apis`;
        const path = name === 'GET service-apis' ? all : `${all}/service-api-1`;
        return { method: name.split(' ')[0]!, path, ...more };
      },
      passes: 'its APF',
      status,
    }),
  ),
  {
    name: 'POST delete',
    anotherAef: 400,
    request: () =>
      writeRevokeServiceApisRequest({ apiInvokerId: invoker.id, apiIds: ['service-api-1'], cause: 'OTHER' }),
    passes: 'its AEF',
    status: 204,
  },
  {
    name: 'DELETE trustedInvokers',
    anotherAef: 404,
    request: () => writeDeleteSecurityContextRequest({ apiInvokerId: invoker.id }),
    passes: 'its AEF',
    status: 204,
  },
  {
    name: 'DELETE service-apis',
    request: () => ({ method: 'DELETE', path: `/published-apis/v1/${apf!.id}/service-apis/service-api-1` }),
    passes: 'its APF',
    status: 204,
  },
  ...(['PUT', 'PATCH'] as const).map(
    (method): Operation => ({
      name: `${method} onboardedInvokers`,
      request: () => ({
        method,
        path: `/api-invoker-management/v1/onboardedInvokers/${invoker.id}`,
        headers: { 'content-type': method === 'PUT' ? 'application/json' : 'application/merge-patch+json' },
        body: JSON.stringify({
          onboardingInformation: { apiInvokerPublicKey: publicKey },
          notificationDestination: 'https://invoker.invalid/',
        }),
      }),
      passes: 'itself',
      status: 200,
    }),
  ),
  {
    name: 'DELETE onboardedInvokers',
    request: () => writeOffboardApiInvokerRequest({ onboardingId: invoker.id }),
    passes: 'itself',
    status: 204,
  },
];

for (const operation of operations) {
  test(`${operation.name} is only for ${operation.passes} (6.3, 6.6)`, async () => {
    const before = steps();
    for (const caller of callers.filter((one) => one !== operation.passes)) {
      const { anotherAef, others = 401 } = operation;
      const expected = caller === 'another AEF' ? (anotherAef ?? others) : others;
      const { status, type, body } = await ask(client(at, certificates[caller]), operation.request());
      expect([caller, status]).toEqual([caller, expected]);
      if (operation.others) expect(body).toMatchObject({ error: 'invalid_client' });
      else expect([type, (body as { status: number }).status]).toEqual(['application/problem+json', expected]);
    }
    expect(steps()).toBe(before);
    const { status } = await ask(client(at, certificates[operation.passes]), operation.request());
    expect(status).toBe(operation.status);
    expect(at.errors).toEqual([]);
  });
}

test('an audit is for the manager of a provider domain, who finds nothing of another (TS 29.222 5.9)', async () => {
  const managers: Partial<Record<Caller, number>> = {
    ...{ 'its AEF': 200, 'its APF': 200, 'another AEF': 404, 'another APF': 404, 'an AMF': 404 },
  };
  for (const caller of callers) {
    const request = { method: 'GET', path: `/logs/v1/apiInvocationLogs?aef-id=${aef!.id}` };
    const { status } = await ask(client(at, certificates[caller]), request);
    expect([caller, status]).toEqual([caller, managers[caller] ?? 401]);
  }
});

test('an offboarded invoker whose certificate is still valid is granted nothing (6.8)', async () => {
  const { id, certificate } = offboarded;
  const over = client(at, certificate);
  const statusOf = async (request: HttpRequest) => (await ask(over, request)).status;
  expect(await statusOf(writeSecurityMethodRequest(negotiation(id)))).toBe(403);
  expect(await statusOf(writeSecurityMethodUpdateRequest(negotiation(id)))).toBe(403);
  expect(await statusOf(tokenRequest(id))).toBe(400);
  expect(await statusOf(writeDiscoverServiceApiRequest({ apiInvokerId: id }))).toBe(403);
  const about = writeSecurityInformationRequest({ apiInvokerId: id });
  expect((await ask(client(at, aef!.certificate), about)).status).toBe(404);
  expect(await statusOf(writeOffboardApiInvokerRequest({ onboardingId: id }))).toBe(204);
});

test('an APF publishes only for AEFs of its own provider domain (TS 29.222 5.3.2.2)', async () => {
  const over = client(at, otherApf!.certificate);
  const before = steps();
  for (const stranger of [aef!.id, apf!.id, otherApf!.id, 'aef-99', '__proto__']) {
    const published = await ask(
      over,
      writeServiceApiPublishRequest({ apfId: otherApf!.id, serviceApi: api(stranger) }),
    );
    expect([stranger, published.status]).toEqual([stranger, 403]);
  }
  const serviceApi = { apiName: 'greetings', aefs: [...api(otherAef!.id).aefs, ...api(aef!.id).aefs] };
  expect((await ask(over, writeServiceApiPublishRequest({ apfId: otherApf!.id, serviceApi }))).status).toBe(403);
  const taken = { apfId: otherApf!.id, serviceApiId: 'service-api-1', serviceApi: api(otherAef!.id) };
  expect((await ask(over, writeServiceApiUpdateRequest(taken))).status).toBe(404);
  expect([steps(), at.core.methodsOf(otherAef!.id)]).toEqual([before, []]);
});

test('who may not ask learns nothing of which invokers there are, and its body is not read (TS 29.222 7.6)', async () => {
  const body = 'x'.repeat(200_000);
  const about = (id: string): HttpRequest[] => [
    ...[writeSecurityMethodRequest, writeSecurityMethodUpdateRequest].map((write) => ({
      ...write(negotiation(id)),
      body,
    })),
    { ...tokenRequest(id), body },
    writeOffboardApiInvokerRequest({ onboardingId: id }),
    writeDiscoverServiceApiRequest({ apiInvokerId: id }),
    { ...writeRevokeServiceApisRequest({ apiInvokerId: id, apiIds: ['x'], cause: 'OTHER' }), body },
    writeSecurityInformationRequest({ apiInvokerId: id }),
    { ...writeServiceApiPublishRequest({ apfId: id, serviceApi: api(aef!.id) }), body },
  ];
  for (const caller of ['nobody', 'another invoker', 'a foreign CA as its AEF'] as const) {
    const answers = async (id: string) => {
      const given = [];
      for (const request of about(id)) given.push(await ask(client(at, certificates[caller]), request));
      return given.map(({ status, text }) => [status, text]);
    };
    const ofNobody = await answers('no-such-invoker');
    expect(ofNobody.map(([status]) => status)).toEqual([401, 401, 400, 401, 401, 401, 401, 401]);
    for (const id of [invoker.id, offboarded.id]) expect(await answers(id)).toEqual(ofNobody);
  }
  const onlyTheAef = client(at, otherAef!.certificate);
  const unknown = [invoker.id, 'no-such-invoker'].map((apiInvokerId) =>
    writeSecurityInformationRequest({ apiInvokerId }),
  );
  const [known, other] = [await ask(onlyTheAef, unknown[0]!), await ask(onlyTheAef, unknown[1]!)];
  expect(known.text).toBe(other.text);
});
