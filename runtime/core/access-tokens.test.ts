/** The token resource of the core: to whom it gives an access token, for what, and when it does not. */

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { ExposingFunction } from '../exposing/exposing-function.ts';
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
import { writeDiscoverServiceApiRequest } from '../wire/discover-api.ts';
import { writeSecurityMethodRequest } from '../wire/security-api.ts';

let at: Testbed;
let byToken: ExposingFunction;
let byKey: ExposingFunction;
let invoker: Known;

beforeAll(async () => {
  at = await testbed({ tokenLifetimeSeconds: 120 });
  byToken = await exposing(at, { methods: ['PKI', 'OAUTH'] });
  byKey = await exposing(at, { methods: ['PSK', 'OAUTH'], apiName: 'secrets' });
  invoker = await onboarded(at);
});
afterAll(async () => {
  expect(at.errors).toEqual([]);
  await closeAll();
});

const headers = { 'content-type': 'application/x-www-form-urlencoded' };
function request(body: string, by = invoker, securityId = invoker.id) {
  const path = `/capif-security/v1/securities/${securityId}/token`;
  return ask(client(at, by.certificate), { method: 'POST', path, headers, body });
}
const form = (scope: string, grant = 'client_credentials', id = invoker.id) =>
  new URLSearchParams({ grant_type: grant, client_id: id, scope }).toString();
const greetings = () => `3gpp#${byToken.aefId}:greetings`;

test('the core gives a token only while OAUTH is the selected method (C.3)', async () => {
  const refused = { status: 400, body: { error: 'unauthorized_client' } };
  expect(await request(form(greetings()))).toMatchObject(refused);
  await negotiated(at, invoker, byToken, ['PKI']);
  expect(await request(form(greetings()))).toMatchObject(refused);
  await negotiated(at, invoker, byToken, ['OAUTH']);
  const { status, body } = await request(form(greetings()));
  expect([status, body]).toMatchObject([200, { token_type: 'Bearer', expires_in: 120, scope: greetings() }]);
  const { access_token: token } = body as { access_token: string };
  expect(decodeJwt(token)).toMatchObject({
    iss: invoker.id,
    scope: greetings(),
    cnf: { 'x5t#S256': expect.any(String) },
  });

  await byToken.changeMethods(['PKI']);
  expect(await request(form(greetings()))).toMatchObject(refused);
  await byToken.changeMethods(['PKI', 'OAUTH']);
  expect((await request(form(greetings()))).status).toBe(200);
});

test('a token is for the invoker that asks, with its own certificate and id (C.3)', async () => {
  await negotiated(at, invoker, byToken, ['OAUTH']);
  const other = await onboarded(at);
  const refused = { status: 400, body: { error: 'invalid_client' } };
  expect(await request(form(greetings()), other)).toMatchObject(refused);
  expect(await request(form(greetings(), 'client_credentials', other.id))).toMatchObject(refused);
  expect(await request(form(greetings()), invoker, other.id)).toMatchObject(refused);
  expect(await request(form(greetings(), 'client_credentials', other.id), other, other.id)).toMatchObject({
    status: 400,
    body: { error: 'unauthorized_client' },
  });
});

test('a scope names published APIs by their AEFs, and nothing else (TS 29.222 8.5.4.2.6)', async () => {
  const [one, two] = [byToken.aefId, byKey.aefId];
  const wrong = [
    `3gpp#${one}:secrets`,
    `3gpp#${one}:greetings;${two}:greetings`,
    'gr\u00fc\u00dfe',
    '"',
    `3gpp#${one}:greetings,secrets`,
    `3gpp#${one}:`,
    `3gpp#${one}`,
    '3gpp#aef-99:greetings',
    '3gpp#__proto__:greetings',
    '3gpp#',
    `${one}:greetings`,
    `3gpp#${one}:greetings 3gpp#${two}:secrets`,
    `3gpp#${one}:greetings;${one}:greetings`,
  ];
  for (const scope of wrong) {
    const { status, body } = await request(form(scope));
    expect([scope, status, body]).toMatchObject([scope, 400, { error: 'invalid_scope' }]);
  }
});

test('a token may be for APIs of several AEFs; without a scope it is for all that may be had (RFC 6749 3.3)', async () => {
  for (const methods of [['PKI'], ['OAUTH']] as const) await negotiated(at, invoker, byToken, methods);
  await negotiated(at, invoker, byKey, ['OAUTH']);
  const both = `3gpp#${byToken.aefId}:greetings;${byKey.aefId}:secrets`;
  const given = async (body: string) => {
    const answer = (await request(body)).body as { access_token: string; scope: string };
    return { scope: answer.scope, claims: decodeJwt(answer.access_token) };
  };
  const { scope, claims } = await given(form(both));
  expect([scope, claims.scope]).toEqual([both, both]);
  const credentials = claims.credential as Record<string, number>;
  expect(Object.keys(credentials)).toEqual([byToken.aefId, byKey.aefId]);
  expect(credentials[byToken.aefId]).toBeGreaterThan(credentials[byKey.aefId]!);
  const unscoped = `grant_type=client_credentials&client_id=${invoker.id}`;
  expect((await given(unscoped)).scope).toBe(both);
  await negotiated(at, invoker, byKey, ['PSK']);
  expect((await given(unscoped)).scope).toBe(greetings());
  expect((await given(form(both))).scope).toBe(greetings());
});

test('what was negotiated for the API itself goes before what was for all of its AEF (TS 29.222 8.5.4.2.3)', async () => {
  await negotiated(at, invoker, byToken, ['OAUTH']);
  const over = client(at, invoker.certificate);
  const found = await ask(over, writeDiscoverServiceApiRequest({ apiInvokerId: invoker.id, aefId: byToken.aefId }));
  const [{ apiId }] = (found.body as { serviceAPIDescriptions: [{ apiId: string }] }).serviceAPIDescriptions;
  const credentialAfter = async (method: SecurityMethod) => {
    const entries = [{ aefId: byToken.aefId, apiId, supported: [method] }];
    await ask(over, writeSecurityMethodRequest({ apiInvokerId: invoker.id, entries, notificationDestination }));
    const { access_token: token } = (await request(form(greetings()))).body as { access_token?: string };
    return token && decodeJwt(token).credential;
  };
  expect(await credentialAfter('PKI')).toBeUndefined();
  expect(await credentialAfter('OAUTH')).toBe(2);
});

test('the only grant is client_credentials, and a malformed form is an invalid request (RFC 6749 5.2)', async () => {
  for (const grant of ['authorization_code', 'password', 'refresh_token', '', 'CLIENT_CREDENTIALS']) {
    expect(await request(form(greetings(), grant))).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    });
  }
  const good = form(greetings());
  for (const body of [
    '',
    '{}',
    'client_id=x',
    `${good}&scope=x`,
    `${good}&__proto__=1&__proto__=2`,
    '%ff=1',
    'a'.repeat(50_000),
  ]) {
    const answer = await request(body);
    expect([body.slice(0, 40), answer.status, answer.body]).toMatchObject([
      body.slice(0, 40),
      400,
      { error: 'invalid_request' },
    ]);
  }
  const json = await ask(client(at, invoker.certificate), {
    method: 'POST',
    path: `/capif-security/v1/securities/${invoker.id}/token`,
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(json.status).toBe(415);
});
