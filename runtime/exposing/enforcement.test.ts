/** What an exposing function checks of every invocation: token, certificate, key, rights, path and size (6.5.2, C.5). */

import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { accessTokenIssuer, certificateThumbprint } from '../credentials/access-token.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import {
  ask,
  bearer,
  clientOf,
  closeAll,
  connected,
  exposing,
  hello,
  initiated,
  invoking,
  lateClock,
  negotiated,
  onboarded,
  saying,
  type Testbed,
  testbed,
  tokenFor,
} from '../testing/roles.ts';
import { writeRevokeAuthorizationRequest } from '../wire/aef-security-api.ts';

afterEach(closeAll);

/** An AEF by token, and how often it has executed an invocation. */
async function byToken(at: Testbed, apiName = 'greetings') {
  const served: string[] = [];
  const aef = await exposing(at, {
    methods: ['OAUTH'],
    apiName,
    serve: ({ apiInvokerId }) => {
      served.push(apiInvokerId);
      return { status: 200, body: 'OAUTH' };
    },
  });
  return { aef, served };
}
const get = (path: string, headers = {}) => ({ method: 'GET', path, headers });
const unauthenticated = { status: 401, type: 'application/problem+json', body: { cause: 'NOT_AUTHENTICATED' } };

test('a token that has expired is refused, and its invoker gets another by itself (C.5)', async () => {
  const clock = lateClock();
  const at = await testbed({ clock, tokenLifetimeSeconds: 60 });
  const aef = await exposing(at, { methods: ['OAUTH'], clock });
  const invoker = await invoking(at);
  const by = await onboarded(at);
  const { invoke } = await connected(at, by, aef, 'OAUTH');
  expect([await saying(invoker, aef), (await invoke()).text]).toEqual(['OAUTH', 'OAUTH']);
  clock.lateMs = 89_000;
  expect((await invoke()).status).toBe(200);
  clock.lateMs = 91_000;
  expect(await invoke()).toMatchObject(unauthenticated);
  expect(await saying(invoker, aef)).toBe('OAUTH');
  const refused = at.lines.filter(({ role, event }) => role === 'apiInvoker' && /Failure$/.test(event.type));
  expect(refused.map(({ event }) => event.type)).toEqual(['NotAuthenticatedFailure']);
});

test('a token is good for its AEF, its API, its certificate and its signature, or for nothing (C.2, RFC 8705 3)', async () => {
  const at = await testbed();
  const { aef, served } = await byToken(at);
  const other = await byToken(at, 'others');
  const [by, thief] = [await onboarded(at), await onboarded(at)];
  const token = await tokenFor(at, by, aef);
  const own = clientOf(aef, at, { by: 'certificate', ...by.certificate });
  const forged = accessTokenIssuer(await generateKeyPair());
  const claims = {
    apiInvokerId: by.id,
    scope: `3gpp#${aef.aefId}:greetings`,
    credential: 1,
    lifetimeSeconds: 60,
    certificateThumbprint: certificateThumbprint(new X509Certificate(by.certificate.cert).raw),
    now: Date.now(),
  };
  const [header, payload = '', signature] = token.split('.');
  const richer = Buffer.from(payload, 'base64url').toString().replace('greetings', 'greetings,others');
  const wrong = [
    await tokenFor(at, by, other.aef, 'others'),
    await forged.issueAccessToken(claims),
    await at.core.onboardingToken(by.id),
    `${header}.${Buffer.from(richer).toString('base64url')}.${signature}`,
    `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`,
    'x',
  ];
  for (const one of wrong) expect(await ask(own, get(hello, bearer(one)))).toMatchObject(unauthenticated);
  for (const credential of [{ by: 'certificate', ...thief.certificate }, { by: 'nothing' }] as const) {
    const over = clientOf(aef, at, credential);
    expect(await ask(over, get(hello, bearer(token)))).toMatchObject(unauthenticated);
    expect((await ask(over, get(hello))).status).toBe(credential.by === 'nothing' ? 401 : 403);
  }
  expect(served).toEqual([]);
  expect((await ask(own, get(hello, bearer(token)))).status).toBe(200);
  expect(served).toEqual([by.id]);
});

test('the path of another API is not found, with whatever credential (TS 29.122 7.2)', async () => {
  const at = await testbed();
  const { aef, served } = await byToken(at);
  const by = await onboarded(at);
  const { over, headers } = await connected(at, by, aef, 'OAUTH');
  for (const path of ['/others/v1', '/Greetings/v1', '/', '//greetings/v1', '/greetings%2fv1', '/..;/greetings/v1']) {
    expect([path, await ask(over, get(path, headers))]).toMatchObject([
      path,
      { status: 404, body: { cause: 'NOT_FOUND' } },
    ]);
  }
  expect(served).toEqual([]);
  for (const path of ['/greetings', '/greetings?x=1', '/greetings/%zz']) {
    expect((await ask(over, get(path, headers))).status).toBe(200);
  }
});

test('an invoker that the core does not know is refused, and the AEF does not remember it (TS 29.222 6.2.2.2)', async () => {
  const at = await testbed();
  const aef = await exposing(at);
  const stranger = await onboarded(at);
  const known = await onboarded(at);
  await negotiated(at, known, aef, ['PSK']);
  const { text } = await initiated(at, { id: known.id }, aef);
  // Who does not prove to be the invoker hears the same of everyone.
  for (const id of ['nobody', stranger.id, '__proto__', 'nobody']) {
    expect(await initiated(at, { id }, aef)).toMatchObject({ status: 200, text });
  }
  expect(await initiated(at, { ...stranger, id: known.id }, aef)).toMatchObject({ status: 200, text });
  expect(await initiated(at, stranger, aef)).toMatchObject(unauthenticated);
  const begun = at.lines.filter(({ role, event }) => role === 'invokerAdmission' && event.type === 'begin');
  const ids = [known.id, 'nobody', stranger.id, '__proto__', 'nobody', stranger.id];
  expect(begun.map(({ instance }) => instance.split('/')[0])).toEqual(ids);
  expect(at.errors).toEqual([]);
});

test('only the core revokes at an AEF (TS 29.222 6.2.2.3)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'] });
  const by = await onboarded(at);
  const { invoke } = await connected(at, by, aef, 'PKI');
  const revokeInfo = { apiInvokerId: by.id, apiIds: ['greetings'], cause: 'UNEXPECTED_REASON' };
  const request = writeRevokeAuthorizationRequest({ revokeInfo, supportedFeatures: '0' });
  for (const credential of [{ by: 'nothing' }, { by: 'certificate', ...by.certificate }] as const) {
    expect(await ask(clientOf(aef, at, credential), request)).toMatchObject(unauthenticated);
  }
  expect((await invoke()).status).toBe(200);
});

test('a revocation for another API or another AEF revokes nothing, and says so (TS 29.222 6.2.2.3)', async () => {
  const authority = await createAuthority({ name: 'shared', now: Date.now() });
  const at = await testbed({ authority });
  const aef = await exposing(at, { methods: ['PKI'] });
  const by = await onboarded(at);
  const { invoke } = await connected(at, by, aef, 'PKI');
  const keys = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'ccf' },
    publicKey: keys.publicKeyPem,
    names: { ip: [at.core.host] },
    usages: ['client'],
    now: Date.now(),
  });
  const asCore = clientOf(aef, at, { by: 'certificate', key: keys.privateKeyPem, cert });
  const revoke = (revocation: { apiIds: string[]; aefId?: string }) => {
    const revokeInfo = { apiInvokerId: by.id, cause: 'OTHER_REASON', ...revocation };
    return ask(asCore, writeRevokeAuthorizationRequest({ revokeInfo, supportedFeatures: '0' }));
  };
  await aef.changeMethods(['PKI']);
  const { request } = at.lines.filter(({ role }) => role === 'publishedService').at(-1)?.facts ?? {};
  const own = String(request).split('/').at(-1)!;
  for (const wrong of [{ apiIds: ['greetings'] }, { apiIds: ['x', 'y'] }, { apiIds: [own], aefId: 'another' }])
    expect(await revoke(wrong)).toMatchObject({ status: 404, body: { cause: 'NOT_FOUND' } });
  expect((await invoke()).status).toBe(200);
  expect((await revoke({ apiIds: ['x', own], aefId: aef.aefId })).status).toBe(200);
  expect((await invoke()).status).toBe(403);
});

test('a service that fails gives no details, and a body must not be too large (TS 29.122 5.2.6)', async () => {
  const at = await testbed();
  let called = 0;
  const aef = await exposing(at, {
    methods: ['PKI'],
    bodyLimitBytes: 100,
    serve: () => {
      called += 1;
      throw new Error('the password is swordfish');
    },
  });
  const { over, invoke } = await connected(at, await onboarded(at), aef, 'PKI');
  const { status, type, text } = await invoke();
  expect([status, type, text]).toEqual([500, 'application/problem+json', expect.not.stringContaining('swordfish')]);
  expect(at.errors).toEqual([new Error('the password is swordfish')]);
  expect((await ask(over, { method: 'POST', path: hello, body: 'x'.repeat(101) })).status).toBe(413);
  expect(called).toBe(1);
  expect((await ask(over, { method: 'POST', path: hello, body: 'x'.repeat(100) })).status).toBe(500);
  await expect(aef.changeMethods([])).rejects.toThrow(RangeError);
  expect(aef.snapshot().context.methods).toEqual(['PKI']);
});

test('an Authorization header that is not one bearer token is 401, whatever the certificate proves (RFC 6750 2.1)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI', 'OAUTH'] });
  const by = await onboarded(at);
  const { over, invoke } = await connected(at, by, aef, 'PKI');
  expect((await invoke()).status).toBe(200);
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Basic eDp5',
    'Bearer é',
    'x',
    ['Bearer a', 'Bearer b'],
  ]) {
    const outcome = await over.request({ method: 'GET', path: hello, headers: { Authorization: authorization } });
    if (outcome.outcome !== 'answered') throw new Error(outcome.because);
    expect([authorization, outcome.status]).toEqual([authorization, 401]);
    expect(outcome.headers['www-authenticate']).toBe('Bearer');
  }
  expect(at.errors).toEqual([]);
});

test.each([true, false])('TLS 1.2 without extended master secret is cut: %s (RFC 7627, A.1)', async (without) => {
  const aef = await exposing(await testbed(), { methods: ['PKI'] });
  const noExtendedMasterSecret = 1; // SSL_OP_BIT(0) of OpenSSL 3, which node:crypto does not name.
  const socket = connect({
    host: aef.host,
    port: aef.port,
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    secureOptions: without ? noExtendedMasterSecret : 0,
  });
  socket.write(`GET ${hello} HTTP/1.1\r\nhost: aef\r\nconnection: close\r\n\r\n`);
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  await new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
  expect(heard.slice(0, 12)).toBe(without ? '' : 'HTTP/1.1 401');
});

test('core and AEF that cannot write their trace report it once, and go on', async () => {
  const errors: unknown[] = [];
  const record = () => {
    throw new Error('ENOSPC: no space left on device');
  };
  const onError = (error: unknown) => void errors.push(error);
  const at = await testbed({ record, onError });
  const aef = await exposing(at, { methods: ['PKI'], record, onError });
  const { invoke } = await connected(at, await onboarded(at), aef, 'PKI');
  expect((await invoke()).status).toBe(200);
  const written = new Error('the trace cannot be written any more: ENOSPC: no space left on device');
  expect(errors).toEqual([written, written]);
});
