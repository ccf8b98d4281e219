/** An onboarding that waits for the operator: 202, then an OnboardingNotification (TS 29.222 5.5.2.2, 8.4.5). */
import { afterEach, expect, test } from 'vitest';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { createInvoker } from '../invoker/invoker.ts';
import { notifications, receiver } from '../testing/receiver.ts';
import { restartable } from '../testing/restartable-core.ts';
import { ask, client, closeAll, closeLater, type Testbed, testbed, withBearer } from '../testing/roles.ts';
import { writeOnboardApiInvokerRequest } from '../wire/invoker-management-api.ts';

afterEach(closeAll);

type Notified = {
  result: boolean;
  resourceLocation?: string;
  failReason?: string;
  apiInvokerEnrolmentDetails?: {
    apiInvokerId: string;
    onboardingInformation: { apiInvokerCertificate: string };
    expTime?: string;
  };
};
const onboard = (at: Testbed, publicKeyPem: string, token: string, notificationDestination: string) => {
  const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination, information: 'a camera' });
  return ask(client(at), withBearer(request, token));
};
const discover = (at: Testbed, id: string, certificate: { key: string; cert: string }) =>
  ask(client(at, certificate), { method: 'GET', path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}` });

test('an onboarding waits across a restart, and is notified of with the certificate once it is accepted', async () => {
  const { at, restart } = await restartable({ notifications, deferOnboarding: true, enrolmentLifetimeSeconds: 3_600 });
  const to = await receiver();
  const token = await at.core.onboardingToken('test');
  const { privateKeyPem: key, publicKeyPem } = await generateKeyPair();
  const deferred = await onboard(at, publicKeyPem, token, to.uri());
  expect([deferred.status, deferred.text]).toEqual([202, '']);
  expect((await onboard(at, publicKeyPem, token, to.uri())).status).toBe(202);
  expect((await onboard(at, (await generateKeyPair()).publicKeyPem, token, to.uri())).status).toBe(403);
  expect(at.lines.filter(({ role }) => role === 'invokerProfile')).toEqual([]);

  await restart();
  const [waiting, ...others] = at.core.deferredOnboardings();
  expect([waiting, others]).toMatchObject([{ information: 'a camera', notificationDestination: to.uri() }, []]);
  const { tokenId } = waiting!;
  expect(await Promise.all([tokenId, tokenId].map((id) => at.core.decideOnboarding(id, true)))).toEqual([true, false]);
  await expect.poll(() => to.received.length).toBe(1);
  const { result, resourceLocation, apiInvokerEnrolmentDetails } = to.bodies()[0] as Notified;
  const { apiInvokerId, onboardingInformation, expTime = 'none' } = apiInvokerEnrolmentDetails!;
  expect(result).toBe(true);
  expect(resourceLocation).toMatch(
    new RegExp(`^https://127.0.0.1:${at.core.port}/api-invoker-management/v1/onboardedInvokers/${apiInvokerId}$`),
  );
  const cert = onboardingInformation.apiInvokerCertificate;
  expect((await discover(at, apiInvokerId, { key, cert })).status).toBe(200);

  await restart();
  expect(at.core.deferredOnboardings()).toEqual([]);
  const again = await onboard(at, publicKeyPem, token, to.uri());
  expect([again.status, again.body]).toMatchObject([201, { apiInvokerId, expTime }]);
  await at.core.close();
});

test('one that is refused is notified of, and its token onboards nobody', async () => {
  const at = await testbed({ notifications, deferOnboarding: true });
  const to = await receiver();
  const token = await at.core.onboardingToken('test');
  const { publicKeyPem } = await generateKeyPair();
  await onboard(at, publicKeyPem, token, to.uri());
  const { tokenId } = at.core.deferredOnboardings()[0]!;
  expect(await at.core.decideOnboarding(tokenId, false)).toBe(true);
  await expect.poll(to.bodies).toEqual([{ result: false, failReason: 'API_INVOKER_NOT_ALLOWED' }]);
  expect(await onboard(at, publicKeyPem, token, to.uri())).toMatchObject({ status: 401 });
  expect(await at.core.decideOnboarding(tokenId, true)).toBe(false);
  expect(at.errors).toEqual([]);
});

test('whoever waits with a token that is revoked is refused, and cannot be accepted any more', async () => {
  const at = await testbed({ notifications, deferOnboarding: true });
  const to = await receiver();
  const token = await at.core.onboardingToken('test');
  await onboard(at, (await generateKeyPair()).publicKeyPem, token, to.uri());
  const { tokenId } = at.core.deferredOnboardings()[0]!;
  expect(await at.core.revokeOnboardingToken(tokenId)).toBe(true);
  expect(await at.core.decideOnboarding(tokenId, true)).toBe(false);
  await expect.poll(to.bodies).toEqual([{ result: false, failReason: 'API_INVOKER_NOT_ALLOWED' }]);
});

test('what is malformed, or from a stranger, does not wait', async () => {
  const at = await testbed({ deferOnboarding: true });
  const { publicKeyPem } = await generateKeyPair();
  const weak = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';
  expect((await onboard(at, publicKeyPem, 'x', 'https://there.example/')).status).toBe(401);
  expect((await onboard(at, weak, await at.core.onboardingToken('test'), 'https://there.example/')).status).toBe(400);
  expect(at.core.deferredOnboardings()).toEqual([]);
});

test('an invoker of this runtime is told that its onboarding is deferred, and is onboarded when it asks again', async () => {
  const at = await testbed({ deferOnboarding: true });
  const { host, port, ca } = at.core;
  const kept = {
    core: { host, port, ca },
    onboardingToken: await at.core.onboardingToken('x'),
    keys: await generateKeyPair(),
  };
  const first = createInvoker({ ...at.common, ...kept });
  closeLater(first.close);
  await expect(first.onboard()).rejects.toThrow('defers the onboarding');
  await at.core.decideOnboarding(at.core.deferredOnboardings()[0]!.tokenId, true);
  const second = createInvoker({ ...at.common, ...kept });
  closeLater(second.close);
  expect(await second.onboard()).toMatch(/^[0-9a-f]{32}$/);
});

test('an invoker that wants to see whether notifications arrive gets one when it is onboarded and updated (7.6)', async () => {
  const at = await testbed({ notifications, apiRoot: 'https://core.example' });
  const to = await receiver();
  const { privateKeyPem: key, publicKeyPem } = await generateKeyPair();
  const details = {
    onboardingInformation: { apiInvokerPublicKey: publicKeyPem },
    notificationDestination: to.uri(),
    requestTestNotification: true,
    supportedFeatures: '1',
  };
  const headers = { 'content-type': 'application/json' };
  const send = (method: string, path: string, more = {}) => ({
    method,
    path,
    headers: { ...headers, ...more },
    body: JSON.stringify(details),
  });
  const all = '/api-invoker-management/v1/onboardedInvokers';
  const bearer = { authorization: `Bearer ${await at.core.onboardingToken('test')}` };
  const onboarded = await ask(client(at), send('POST', all, bearer));
  expect(onboarded).toMatchObject({ status: 201, body: { supportedFeatures: '1' } });
  const { apiInvokerId, onboardingInformation } = onboarded.body as NonNullable<Notified['apiInvokerEnrolmentDetails']>;
  const by = client(at, { key, cert: onboardingInformation.apiInvokerCertificate });
  expect((await ask(by, send('PUT', `${all}/${apiInvokerId}`))).status).toBe(200);
  const about = { subscription: `https://core.example${all}/${apiInvokerId}` };
  await expect.poll(to.bodies).toEqual([about, about]);
});
