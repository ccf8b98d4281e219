/** Onboarding and registration at the core, with credentials and keys that are good, bad, late and used before. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { accessTokenIssuer } from '../credentials/access-token.ts';
import { certificateRequest } from '../credentials/certificate-keys.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { ask, client, closeAll, lateClock, registered, type Testbed, testbed, withBearer } from '../testing/roles.ts';
import { writeOffboardApiInvokerRequest, writeOnboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeRegisterApiProviderRequest } from '../wire/provider-management-api.ts';

afterEach(closeAll);

const onboarding = (publicKeyPem: string, token: string) =>
  withBearer(writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination: 'https://x.invalid/' }), token);
const onboard = (at: Testbed, publicKeyPem: string, token: string) => ask(client(at), onboarding(publicKeyPem, token));
const register = (at: Testbed, registrationSecret: string, publicKeyPem: string) =>
  ask(client(at), writeRegisterApiProviderRequest({ registrationSecret, functions: [{ role: 'AEF', publicKeyPem }] }));
const publicKey = async () => (await generateKeyPair()).publicKeyPem;
const exported = { type: 'spki', format: 'pem' } as const;

/** The text with another letter at this place. */
const another = (text: string, place: number) =>
  text.slice(0, place) + (text.at(place) === 'A' ? 'B' : 'A') + text.slice(place + 1);
/** Changed near the end, where the signature is. */
const tampered = (pem: string) => another(pem, pem.indexOf('-----END') - 12);

test('one onboarding credential makes one invoker; only the same key gets its answer again (6.1)', async () => {
  const at = await testbed();
  const token = await at.core.onboardingToken('test');
  const key = await publicKey();
  const [first, atOnce] = await Promise.all([onboard(at, key, token), onboard(at, key, token)]);
  const again = await onboard(at, key, token);
  expect([first.status, atOnce, again]).toEqual([201, first, first]);
  expect(await onboard(at, await publicKey(), token)).toMatchObject({
    status: 403,
    body: { cause: 'NOT_AUTHORIZED' },
  });
  const started = at.lines.filter(({ role, event }) => role === 'invokerProfile' && event.type === 'begin');
  expect(started).toHaveLength(1);
});

test('an expired or invalid onboarding credential is refused, and no answer repeats it (6.1)', async () => {
  const clock = lateClock();
  const at = await testbed({ clock });
  const other = await testbed();
  const late = await at.core.onboardingToken('test');
  const lifetimeMs = 3600_000;
  clock.lateMs = lifetimeMs + 29_000;
  expect((await onboard(at, await publicKey(), late)).status).toBe(201);
  clock.lateMs = lifetimeMs + 31_000;
  const issuer = accessTokenIssuer(await generateKeyPair());
  const wrong = [
    late,
    await other.core.onboardingToken('test'),
    await issuer.issueOnboardingToken({ tokenId: 'one', subject: 'test', lifetimeSeconds: 3600, now: clock.now() }),
    another(await at.core.onboardingToken('test'), -20),
    at.core.registrationSecret,
    'e30.e30.',
    'x'.repeat(9000),
  ];
  for (const token of wrong) {
    const { status, type, body, text } = await onboard(at, await publicKey(), token);
    expect([status, type]).toEqual([401, 'application/problem+json']);
    expect(body).toMatchObject({ cause: 'NOT_AUTHENTICATED' });
    expect(text).not.toContain(token);
  }
  expect(
    (await ask(client(at), { ...onboarding(await publicKey(), ''), headers: { 'content-type': 'application/json' } }))
      .status,
  ).toBe(401);
  expect(at.errors).toEqual([]);
});

test('a weak key, or one whose possession is not proven, onboards no one and does not use the credential up (TS 33.310 6.1.1)', async () => {
  const at = await testbed();
  const token = await at.core.onboardingToken('test');
  const keys = await generateKeyPair();
  const request = await certificateRequest(keys, 'wish');
  const weak = [
    tampered(request),
    generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export(exported).toString(),
    generateKeyPairSync('ed25519').publicKey.export(exported).toString(),
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export(exported).toString(),
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
    '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n',
  ];
  for (const key of weak) {
    for (const answer of [await onboard(at, key, token), await register(at, at.core.registrationSecret, key)]) {
      expect(answer).toMatchObject({ status: 400, body: { cause: 'MALFORMED' } });
      expect(answer.text).not.toContain('BEGIN');
    }
  }
  expect(at.lines).toEqual([]);
  expect((await onboard(at, request, token)).status).toBe(201);
  expect(at.errors).toEqual([]);
});

test('a provider registers with the secret of this core and no other (TS 29.222 8.9)', async () => {
  const at = await testbed();
  const { registrationSecret } = at.core;
  const key = await publicKey();
  const secrets = ['x', registrationSecret.slice(1), `${registrationSecret} `, `${registrationSecret.slice(0, -1)}é`];
  for (const secret of secrets) {
    const { status, type, text } = await register(at, secret, key);
    expect([status, type]).toEqual([401, 'application/problem+json']);
    expect(text).not.toContain(registrationSecret.slice(1, -1));
  }
  const good = await register(at, registrationSecret, key);
  expect(good.status).toBe(201);
  expect(good.body).toMatchObject({ regSec: registrationSecret });
  const ids = (await registered(at, 'AEF', 'APF', 'AEF', 'AMF')).map(({ id }) => id);
  expect(new Set([...ids, 'aef-1']).size).toBe(5);
  expect(at.errors).toEqual([]);
});

test('a registration that is repeated finds the domain that it made, and another key makes another (TS 29.222 8.9)', async () => {
  const at = await testbed();
  const [one, other] = [await publicKey(), await publicKey()];
  const answers = await Promise.all([one, one, other].map((key) => register(at, at.core.registrationSecret, key)));
  answers.push(await register(at, at.core.registrationSecret, one));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  const [first, again, others, later] = answers.map(({ text }) => text);
  expect([again, later]).toEqual([first, first]);
  expect(others).not.toBe(first);
});

test('of the features of a registration PatchUpdate is there, of an onboarding test notifications too, which is said if it is asked for (7.8)', async () => {
  const at = await testbed();
  const functions = [{ role: 'AEF' as const, publicKeyPem: await publicKey() }];
  const { registrationSecret } = at.core;
  const registration = { registrationSecret, functions, supportedFeatures: '1' };
  const registering = await ask(client(at), writeRegisterApiProviderRequest(registration));
  expect(registering).toMatchObject({ status: 201, body: { suppFeat: '1' } });
  const destination = { notificationDestination: 'https://x.invalid/' };
  const enrolment = { ...destination, publicKeyPem: await publicKey(), supportedFeatures: '7' };
  const token = await at.core.onboardingToken('test');
  const onboarding = await ask(client(at), withBearer(writeOnboardApiInvokerRequest(enrolment), token));
  expect(onboarding).toMatchObject({ status: 201, body: { supportedFeatures: '5' } });
});

test('an onboarding credential whose invoker has been offboarded is refused (6.8)', async () => {
  const at = await testbed();
  const token = await at.core.onboardingToken('test');
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const { body } = await onboard(at, publicKeyPem, token);
  const { apiInvokerId, onboardingInformation } = body as {
    apiInvokerId: string;
    onboardingInformation: { apiInvokerCertificate: string };
  };
  const own = { key: privateKeyPem, cert: onboardingInformation.apiInvokerCertificate };
  const gone = await ask(client(at, own), writeOffboardApiInvokerRequest({ onboardingId: apiInvokerId }));
  expect(gone.status).toBe(204);
  expect((await onboard(at, publicKeyPem, token)).status).toBe(403);
});
