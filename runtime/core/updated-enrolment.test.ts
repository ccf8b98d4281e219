/** An onboarded API invoker that updates what it has said of itself, by PUT and PATCH (TS 29.222 5.5.2.4, 8.4.2.3). */
import { afterEach, expect, test } from 'vitest';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { generateKeyPair, type KeyPair } from '../credentials/key-pairs.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { restartable } from '../testing/restartable-core.ts';
import {
  ask,
  client,
  closeAll,
  exposing,
  type Known,
  negotiated,
  notificationDestination,
  onboarded,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';

afterEach(closeAll);

type Details = {
  onboardingInformation: { apiInvokerPublicKey: string; apiInvokerCertificate: string };
  notificationDestination: string;
  apiInvokerInformation?: string;
};

function update(at: Testbed, id: string, method: 'PUT' | 'PATCH', details: object, by?: OwnCertificate) {
  const type = method === 'PUT' ? 'application/json' : 'application/merge-patch+json';
  const path = `/api-invoker-management/v1/onboardedInvokers/${id}`;
  return ask(client(at, by), { method, path, headers: { 'content-type': type }, body: JSON.stringify(details) });
}
const discover = (at: Testbed, id: string, by: OwnCertificate) =>
  ask(client(at, by), { method: 'GET', path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}` });
const offboard = (at: Testbed, { id, certificate }: Known) =>
  ask(client(at, certificate), writeOffboardApiInvokerRequest({ onboardingId: id }));

const destination = { notificationDestination: 'https://there.example/' };
const wanted = (apiInvokerPublicKey: string) => ({ onboardingInformation: { apiInvokerPublicKey }, ...destination });

test('PUT replaces the enrolment, and PATCH the members that it names (RFC 7396), also after a restart', async () => {
  const { at, restart } = await restartable();
  const { id, certificate } = await onboarded(at);
  const { onboardingInformation: before } = (await update(at, id, 'PATCH', {}, certificate)).body as Details;
  expect(before.apiInvokerCertificate).toBe(certificate.cert);

  const information = { apiInvokerInformation: 'a camera', supportedFeatures: 'F', apiInvokerId: id };
  const whole = { ...wanted(before.apiInvokerPublicKey), ...information };
  const replaced = await update(at, id, 'PUT', whole, certificate);
  expect(replaced).toMatchObject({ status: 200, body: { ...whole, supportedFeatures: '5', apiInvokerId: id } });
  expect((replaced.body as Details).onboardingInformation.apiInvokerCertificate).toBe(certificate.cert);

  await restart();
  const patch = { apiInvokerInformation: null, notificationDestination: 'https://else.example/', unknown: 'ignored' };
  const patched = (await update(at, id, 'PATCH', patch, certificate)).body as Details;
  expect(patched.notificationDestination).toBe('https://else.example/');
  expect(patched).not.toHaveProperty('apiInvokerInformation');
  expect(patched.onboardingInformation).toEqual((replaced.body as Details).onboardingInformation);
});

test('of new keys that follow each other, the latest counts beside the one in use, and no other is kept (6.1)', async () => {
  const { store, records } = recordedStore();
  const at = await testbed({ store });
  const { id, certificate } = await onboarded(at);
  const [second, third] = await Promise.all([generateKeyPair(), generateKeyPair()]);
  const certified = async ({ privateKeyPem: key, publicKeyPem }: KeyPair) => {
    const { body } = await update(at, id, 'PUT', wanted(publicKeyPem), certificate);
    return { key, cert: (body as Details).onboardingInformation.apiInvokerCertificate };
  };
  const [forgotten, latest] = [await certified(second), await certified(third)];
  expect(records('certificates')).toEqual([[expect.any(String), expect.any(String)]]);
  expect((await discover(at, id, forgotten)).status).toBe(401);
  expect((await discover(at, id, certificate)).status).toBe(200);
  expect((await discover(at, id, latest)).status).toBe(200);
});

test('what an API invoker has said of itself, and where it is notified, goes from the store when it is offboarded (6.8)', async () => {
  const { store, records } = recordedStore();
  const at = await testbed({ store });
  const [gone, other] = [await onboarded(at), await onboarded(at)];
  await negotiated(at, gone, await exposing(at));
  expect(records('rights')).toEqual([{ revoked: [], destination: notificationDestination }]);
  expect((await offboard(at, gone)).status).toBe(204);
  expect(records('rights')).toEqual([]);
  expect(records('enrolment-details')).toMatchObject([{ certificatePem: other.certificate.cert }]);
});

test('a new key brings a certificate for it, which ends the one of before once it is used (6.1)', async () => {
  const { at, restart } = await restartable();
  const { id, certificate } = await onboarded(at);
  const { privateKeyPem: key, publicKeyPem } = await generateKeyPair();
  const first = await update(at, id, 'PUT', wanted(publicKeyPem), certificate);
  const cert = (first.body as Details).onboardingInformation.apiInvokerCertificate;
  expect((await update(at, id, 'PUT', wanted(publicKeyPem), certificate)).body).toEqual(first.body);
  await restart();
  expect((await discover(at, id, certificate)).status).toBe(200);
  expect((await discover(at, id, { key, cert })).status).toBe(200);
  expect((await discover(at, id, certificate)).status).toBe(401);
});

test('only the invoker itself updates its enrolment, and one that has been offboarded is not there any more', async () => {
  const at = await testbed();
  const [one, other] = [await onboarded(at), await onboarded(at)];
  const { publicKeyPem } = await generateKeyPair();
  for (const method of ['PUT', 'PATCH'] as const) {
    for (const by of [undefined, other.certificate]) {
      expect(await update(at, one.id, method, wanted(publicKeyPem), by)).toMatchObject({
        status: 401,
        body: { cause: 'NOT_AUTHENTICATED' },
      });
    }
  }
  await offboard(at, one);
  for (const method of ['PUT', 'PATCH'] as const) {
    const { status, body } = await update(at, one.id, method, wanted(publicKeyPem), one.certificate);
    expect([status, body]).toMatchObject([404, { cause: 'NOT_FOUND' }]);
  }
  expect(at.errors).toEqual([]);
});

test('an update that is malformed changes nothing', async () => {
  const at = await testbed();
  const { id, certificate } = await onboarded(at);
  const before = (await update(at, id, 'PATCH', {}, certificate)).body as Details;
  const { publicKeyPem } = await generateKeyPair();
  const malformed: ['PUT' | 'PATCH', object, string][] = [
    ['PUT', destination, '/onboardingInformation'],
    ['PUT', { ...wanted(publicKeyPem), notificationDestination: 'ftp://x' }, '/notificationDestination'],
    ['PUT', { ...wanted(publicKeyPem), apiInvokerId: 'another' }, '/apiInvokerId'],
    ['PUT', wanted('no key'), '/onboardingInformation/apiInvokerPublicKey'],
    ['PUT', wanted(before.onboardingInformation.apiInvokerCertificate), '/onboardingInformation/apiInvokerPublicKey'],
    ['PATCH', { onboardingInformation: null }, '/onboardingInformation'],
    ['PATCH', { notificationDestination: null }, '/notificationDestination'],
  ];
  for (const [method, details, param] of malformed) {
    const answer = await update(at, id, method, details, certificate);
    expect(answer).toMatchObject({ status: 400, body: { invalidParams: [{ param }] } });
  }
  expect((await update(at, id, 'PATCH', [], certificate)).status).toBe(400);
  expect((await update(at, id, 'PATCH', {}, certificate)).body).toEqual(before);
  expect(at.errors).toEqual([]);
});
