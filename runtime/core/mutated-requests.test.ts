/**
 * Requests of every operation of the core, by whoever, altered at random and in any order: none is answered 5xx, nothing goes
 * wrong inside, no answer has a secret, and the core goes on. `CAPIF_FUZZ=2000` sends 2,000 sequences.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import {
  type Sent as AlteredFrom,
  altered,
  form,
  json,
  mergePatch,
  sequences,
} from '../testing/alterations/altered-requests.ts';
import {
  bearer,
  client,
  closeAll,
  exposing,
  type Known,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import type { Connector } from '../transport/connector.ts';

const runs = Number(process.env.CAPIF_FUZZ ?? 100);
const who = ['nobody', 'invoker', 'another invoker', 'AEF', 'APF', 'AMF'] as const;
type Caller = (typeof who)[number];
type Sent = AlteredFrom<Caller>;

let at: Testbed;
let valid: Sent[];
let callers: Map<Caller, Connector>;
/** What no answer may have in it, but to whom has sent it. */
let secrets: string[];

beforeAll(async () => {
  at = await testbed({ openDiscovery: true });
  const [aef, apf, amf] = (await registered(at, 'AEF', 'APF', 'AMF')) as [Known, Known, Known];
  const [invoker, other] = [await onboarded(at), await onboarded(at)];
  const { aefId } = await exposing(at);
  const token = await at.core.onboardingToken('of the fuzz');
  const { publicKeyPem } = await generateKeyPair();
  valid = [...ofProviders(aef, apf, publicKeyPem), ...ofInvokers({ invoker, aef, aefId, token, publicKeyPem })];
  callers = new Map(
    Object.entries({ nobody: undefined, invoker, 'another invoker': other, AEF: aef, APF: apf, AMF: amf }).map(
      ([caller, known]) => [caller as Caller, client(at, known?.certificate)],
    ),
  );
  secrets = ['PRIVATE KEY', at.core.registrationSecret, token.split('.')[2]!];
}, 60_000);
afterAll(closeAll);

function ofProviders(aef: Known, apf: Known, publicKeyPem: string): Sent[] {
  const apis = `/published-apis/v1/${apf.id}/service-apis`;
  const aefProfiles = [{ aefId: aef.id, versions: [{ apiVersion: 'v1' }], securityMethods: ['PKI'] }];
  const registrations = '/api-provider-management/v1/registrations';
  const regInfo = { apiProvPubKey: publicKeyPem };
  const domain = { regSec: at.core.registrationSecret, apiProvFuncs: [{ apiProvFuncRole: 'AEF', regInfo }] };
  const of = { apiId: 'x', apiName: 'x', apiVersion: 'v1', resourceName: 'x', protocol: 'HTTP_1_1', result: '200' };
  return [
    { by: 'nobody', method: 'POST', path: registrations, type: json, body: domain },
    { by: 'AMF', method: 'PUT', path: `${registrations}/x`, type: json, body: { apiProvDomId: 'x', ...domain } },
    { by: 'AMF', method: 'PATCH', path: `${registrations}/x`, type: mergePatch, body: { apiProvDomInfo: 'x' } },
    { by: 'AMF', method: 'DELETE', path: `${registrations}/x` },
    { by: 'APF', method: 'POST', path: apis, type: json, body: { apiName: 'weather', aefProfiles } },
    { by: 'APF', method: 'GET', path: apis },
    { by: 'APF', method: 'GET', path: `${apis}/x` },
    { by: 'APF', method: 'PUT', path: `${apis}/x`, type: json, body: { apiName: 'weather', aefProfiles } },
    { by: 'APF', method: 'PATCH', path: `${apis}/x`, type: mergePatch, body: { description: 'x', aefProfiles } },
    { by: 'APF', method: 'DELETE', path: `${apis}/x` },
    {
      by: 'AEF',
      method: 'POST',
      path: `/api-invocation-logs/v1/${aef.id}/logs`,
      type: json,
      body: { aefId: aef.id, logs: [of] },
    },
    {
      by: 'AMF',
      method: 'GET',
      path: `/logs/v1/apiInvocationLogs?aef-id=${aef.id}&time-range-start=2026-01-01T00:00:00Z`,
    },
    { by: 'AEF', method: 'GET', path: `/access-control-policy/v1/accessControlPolicyList/x?aef-id=${aef.id}` },
    { by: 'AEF', method: 'GET', path: `/capif-routing-info/v1/service-apis/x?aef-id=${aef.id}` },
  ];
}

type Negotiating = { invoker: Known; aef: Known; aefId: string; token: string; publicKeyPem: string };
function ofInvokers({ invoker: { id }, aef, aefId, token, publicKeyPem }: Negotiating): Sent[] {
  const invokers = '/api-invoker-management/v1/onboardedInvokers';
  const destination = 'https://invoker.invalid/';
  const details = {
    onboardingInformation: { apiInvokerPublicKey: publicKeyPem },
    notificationDestination: destination,
  };
  const context = `/capif-security/v1/trustedInvokers/${id}`;
  const securityInfo = [{ aefId, prefSecurityMethods: ['PSK', 'PKI', 'OAUTH'] }];
  const security = { securityInfo, notificationDestination: destination };
  const subscriptions = `/capif-events/v1/${id}/subscriptions`;
  const subscription = { events: ['SERVICE_API_UPDATE'], notificationDestination: destination };
  const claim = `grant_type=client_credentials&client_id=${id}&scope=3gpp%23${aefId}:greetings`;
  const revocation = { apiInvokerId: id, aefId: aef.id, apiIds: ['x'], cause: 'OVERLIMIT_USAGE' };
  return [
    { by: 'nobody', method: 'POST', path: invokers, type: json, body: details, headers: bearer(token) },
    { by: 'invoker', method: 'PUT', path: `${invokers}/${id}`, type: json, body: details },
    {
      by: 'invoker',
      method: 'PATCH',
      path: `${invokers}/${id}`,
      type: mergePatch,
      body: { apiInvokerInformation: 'x' },
    },
    { by: 'invoker', method: 'DELETE', path: `${invokers}/x` },
    { by: 'invoker', method: 'PUT', path: context, type: json, body: security },
    { by: 'invoker', method: 'POST', path: `${context}/update`, type: json, body: security },
    { by: 'AEF', method: 'GET', path: `${context}?authenticationInfo=true&authorizationInfo=true` },
    { by: 'AEF', method: 'POST', path: `${context}/delete`, type: json, body: revocation },
    { by: 'AEF', method: 'DELETE', path: context },
    { by: 'invoker', method: 'POST', path: `/capif-security/v1/securities/${id}/token`, type: form, raw: claim },
    { by: 'invoker', method: 'GET', path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}&supported-features=1` },
    { by: 'nobody', method: 'GET', path: '/open-discover-service/v1/service-apis?api-name=greetings' },
    { by: 'invoker', method: 'POST', path: subscriptions, type: json, body: subscription },
    { by: 'invoker', method: 'PUT', path: `${subscriptions}/x`, type: json, body: subscription },
    {
      by: 'invoker',
      method: 'PATCH',
      path: `${subscriptions}/x`,
      type: mergePatch,
      body: { events: ['SERVICE_API_AVAILABLE'] },
    },
    { by: 'invoker', method: 'DELETE', path: `${subscriptions}/x` },
    { by: 'nobody', method: 'GET', path: '/.well-known/jwks.json' },
  ];
}

async function send(step: Parameters<typeof altered<Caller>>[1]) {
  const { by, text, request } = altered(valid, step);
  const outcome = await callers.get(by)!.request(request);
  const told = `${request.method} ${request.path.slice(0, 200)} ${text.slice(0, 500)}`;
  if (outcome.outcome !== 'answered') throw new Error(`${outcome.outcome}, ${outcome.because}: ${told}`);
  const answer = outcome.body.toString();
  expect(outcome.status, `${told}\n${answer}`).toBeLessThan(500);
  const kept = secrets.filter((secret) => !text.includes(secret));
  for (const secret of kept) expect(JSON.stringify(outcome.headers) + answer).not.toContain(secret);
}

test(`${runs} sequences of altered requests are answered, and nothing goes wrong inside`, async () => {
  await fc.assert(
    fc.asyncProperty(sequences(who), async (steps) => {
      for (const one of steps) await send(one);
      expect(at.errors.splice(0)).toEqual([]);
    }),
    { numRuns: runs },
  );
  const recorded = JSON.stringify(at.lines);
  for (const secret of secrets) expect(recorded.includes(secret), 'a trace has a secret').toBe(false);
}, 600_000);
