/**
 * What the roles say to each other, held against the official OpenAPI files of TS 29.222 where these are beside the checkout:
 * every exchange of the main job, and one exchange at least of every operation.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { methodChanges } from '../demonstration/method-changes.ts';
import { areOfficialFilesThere, officialFolder } from '../testing/official/official-files.ts';
import { OfficialTraffic } from '../testing/official/official-traffic.ts';
import {
  ask,
  bearer,
  client,
  closeAll,
  exposing,
  invoking,
  type Known,
  notificationDestination,
  onboarded,
  registered,
  saying,
  type Testbed,
  testbed,
} from '../testing/roles.ts';

if (!areOfficialFilesThere) console.log(`skipped: the official files are not in ${officialFolder}`);
const traffic = areOfficialFilesThere ? new OfficialTraffic() : undefined;
beforeAll(() => traffic?.start());
afterAll(async () => {
  await closeAll();
  traffic?.stop();
});

test.runIf(traffic).each([false, true])(
  'every exchange of the main job is as the files have it, notified: %s',
  async (notified) => {
    await methodChanges({
      methods: ['PSK', 'PKI', 'OAUTH'],
      amendments: allAmendments,
      publication: { fate: 'prompt' },
      notified,
      refusalsMax: 10,
      patienceMs: 30_000,
      record: () => {},
    });
    expect(traffic!.faults).toEqual([]);
    expect(traffic!.seen.size).toBeGreaterThan(5);
  },
);

const json = 'application/json';
const mergePatch = 'application/merge-patch+json';
let at: Testbed;

/** Sends it to the core, and gives the answer's body and the last part of its `Location`. */
async function send(
  method: string,
  path: string,
  by: OwnCertificate | undefined,
  body?: object,
  type = json,
  more = {},
) {
  const headers = { ...(body && { 'content-type': type }), ...more };
  const text = body && JSON.stringify(body);
  const answer = await ask(client(at, by), { method, path, headers, ...(text !== undefined && { body: text }) });
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
  return answer.body as Record<string, string> & { [name: string]: never };
}

test.runIf(traffic)('every operation is answered as the files have it', async () => {
  at = await testbed();
  const [aef, apf, amf] = (await registered(at, 'AEF', 'APF', 'AMF')) as [Known, Known, Known];
  const invoker = await onboarded(at);
  const { all, apiId } = await everyPublication(apf, aef);
  await everyRegistration();
  await everyOnboarding();
  await everySubscription(invoker);
  await everyNegotiation(invoker, aef, apiId);
  await everyLog(aef, amf, invoker);
  await send('DELETE', `${all}/${apiId}`, apf.certificate);
  await everyRequestToAnAef();

  expect(traffic!.faults).toEqual([]);
  expect(traffic!.files.unchecked).toEqual([]);
  await expect
    .poll(() => traffic!.unanswered())
    .toEqual(['GET CAPIF_Open_Discover_Service /service-apis', 'GET CAPIF_Routing_Info /service-apis/{serviceApiId}']);
});

async function everyPublication(apf: Known, aef: Known) {
  const profile = {
    aefId: aef.id,
    versions: [{ apiVersion: 'v1' }],
    securityMethods: ['PKI', 'OAUTH'],
    interfaceDescriptions: [{ ipv4Addr: '127.0.0.1', port: 9, securityMethods: ['OAUTH'] }],
  };
  const description = { apiName: 'weather', aefProfiles: [profile] };
  const all = `/published-apis/v1/${apf.id}/service-apis`;
  const { apiId } = await send('POST', all, apf.certificate, description);
  await send('GET', all, apf.certificate);
  await send('GET', `${all}/${apiId}`, apf.certificate);
  await send('PUT', `${all}/${apiId}`, apf.certificate, { ...description, apiId });
  await send('PATCH', `${all}/${apiId}`, apf.certificate, { description: 'of tomorrow' }, mergePatch);
  await send('GET', `/access-control-policy/v1/accessControlPolicyList/${apiId}?aef-id=${aef.id}`, aef.certificate);
  return { all, apiId: apiId! };
}

async function everyRegistration(): Promise<void> {
  const { publicKeyPem, privateKeyPem } = await generateKeyPair();
  const regInfo = { apiProvPubKey: publicKeyPem };
  const details = { apiProvFuncs: [{ apiProvFuncRole: 'AMF', regInfo }], regSec: at.core.registrationSecret };
  const path = '/api-provider-management/v1/registrations';
  const made = (await send('POST', path, undefined, details)) as Record<string, never>;
  const [func] = made.apiProvFuncs as unknown as { apiProvFuncId: string; regInfo: { apiProvCert: string } }[];
  const by = { key: privateKeyPem, cert: func!.regInfo.apiProvCert };
  const one = `${path}/${made.apiProvDomId}`;
  const same = { ...details, apiProvFuncs: [{ apiProvFuncId: func!.apiProvFuncId, apiProvFuncRole: 'AMF', regInfo }] };
  await send('PUT', one, by, { ...same, apiProvDomId: made.apiProvDomId });
  await send('PATCH', one, by, { apiProvDomInfo: 'a domain' }, mergePatch);
  await send('DELETE', one, by);
}

async function everyOnboarding(): Promise<void> {
  const { publicKeyPem, privateKeyPem } = await generateKeyPair();
  const details = { onboardingInformation: { apiInvokerPublicKey: publicKeyPem }, notificationDestination };
  const path = '/api-invoker-management/v1/onboardedInvokers';
  const token = bearer(await at.core.onboardingToken('test'));
  const { apiInvokerId, onboardingInformation } = await send('POST', path, undefined, details, json, token);
  const { apiInvokerCertificate } = onboardingInformation as unknown as { apiInvokerCertificate: string };
  const by = { key: privateKeyPem, cert: apiInvokerCertificate };
  const one = `${path}/${apiInvokerId}`;
  await send('PUT', one, by, details);
  await send('PATCH', one, by, { apiInvokerInformation: 'an invoker' }, mergePatch);
  await send('DELETE', one, by);
}

async function everySubscription({ id, certificate }: Known): Promise<void> {
  const all = `/capif-events/v1/${id}/subscriptions`;
  const subscription = { events: ['SERVICE_API_UPDATE'], notificationDestination: 'https://192.0.2.1/' };
  const answer = await ask(client(at, certificate), {
    ...{ method: 'POST', path: all, headers: { 'content-type': json }, body: JSON.stringify(subscription) },
  });
  expect(answer.status, answer.text).toBe(201);
  const one = `${all}/${answer.location?.split('/').at(-1)}`;
  await send('PUT', one, certificate, subscription);
  await send('PATCH', one, certificate, { events: ['SERVICE_API_AVAILABLE'] }, mergePatch);
  await send('DELETE', one, certificate);
}

async function everyNegotiation({ id, certificate }: Known, aef: Known, apiId: string): Promise<void> {
  const one = `/capif-security/v1/trustedInvokers/${id}`;
  const security = {
    securityInfo: [{ aefId: aef.id, prefSecurityMethods: ['OAUTH', 'PKI'] }],
    notificationDestination,
  };
  await send('GET', `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}`, certificate);
  await send('PUT', one, certificate, security);
  await send('POST', `${one}/update`, certificate, security);
  const claim = { grant_type: 'client_credentials', client_id: id, scope: `3gpp#${aef.id}:weather` };
  const type = 'application/x-www-form-urlencoded';
  const token = {
    method: 'POST',
    path: `/capif-security/v1/securities/${id}/token`,
    headers: { 'content-type': type },
  };
  const answer = await ask(client(at, certificate), { ...token, body: String(new URLSearchParams(claim)) });
  expect(answer.status, answer.text).toBe(200);
  await send('GET', `${one}?authenticationInfo=true&authorizationInfo=true`, aef.certificate);
  const revocation = { apiInvokerId: id, aefId: aef.id, apiIds: [apiId], cause: 'OVERLIMIT_USAGE' };
  await send('POST', `${one}/delete`, aef.certificate, revocation);
  await send('DELETE', one, aef.certificate);
}

async function everyLog(aef: Known, amf: Known, invoker: Known): Promise<void> {
  const of = { apiId: 'a1', apiName: 'weather', apiVersion: 'v1', resourceName: 'r', protocol: 'HTTP_1_1' };
  const logs = { aefId: aef.id, apiInvokerId: invoker.id, logs: [{ ...of, result: '200' }] };
  await send('POST', `/api-invocation-logs/v1/${aef.id}/logs`, aef.certificate, logs);
  await send('GET', `/logs/v1/apiInvocationLogs?aef-id=${aef.id}`, amf.certificate);
}

/** Its invocation initiates authentication, and then it is revoked. */
async function everyRequestToAnAef(): Promise<void> {
  const aef = await exposing(at, { methods: ['PKI'] });
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PKI');
  await at.core.revoke(await invoker.onboard(), aef.aefId);
}
