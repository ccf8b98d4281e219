/** Token requests and their answers, there and back (TS 29.222 8.5). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { givesBack, id, optional, routed, withstands } from '../testing/wire-values.ts';
import {
  readAccessTokenRefusal,
  readAccessTokenRequest,
  readAccessTokenResponse,
  writeAccessTokenRefusal,
  writeAccessTokenRequest,
  writeAccessTokenResponse,
} from './access-token-api.ts';

const route = '/capif-security/v1/securities/:securityId/token';
const printable = fc.stringMatching(/^[\x20-\x21\x23-\x5B\x5D-\x7E]{1,60}$/);
const base64url = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);

test('a token request and its answers are read as they were written', () => {
  givesBack(fc.record({ securityId: id, clientId: id, scope: optional(printable) }), (value) => {
    const request = writeAccessTokenRequest(value);
    return readAccessTokenRequest(request.body, routed(route, request));
  });
  const token = fc.tuple(base64url, base64url, base64url).map((parts) => parts.join('.'));
  givesBack(fc.record({ token, expiresIn: fc.nat(), scope: optional(printable) }), (value) =>
    readAccessTokenResponse(writeAccessTokenResponse(value)),
  );
});

test('a token request as TS 29.222 8.5 has it', () => {
  const scope = '3gpp#aef1:weather,traffic;aef2:weather';
  expect(writeAccessTokenRequest({ securityId: 'inv1', clientId: 'inv1', scope })).toEqual({
    method: 'POST',
    path: '/capif-security/v1/securities/inv1/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&client_id=inv1&scope=3gpp%23aef1%3Aweather%2Ctraffic%3Baef2%3Aweather',
  });
  const answer = writeAccessTokenResponse({ token: 'e30.e30.c2ln', expiresIn: 600, scope });
  expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
  expect(JSON.parse(answer.body ?? '')).toEqual({
    access_token: 'e30.e30.c2ln',
    token_type: 'Bearer',
    expires_in: 600,
    scope,
  });
  const refusal = writeAccessTokenRefusal({ error: 'invalid_scope', description: 'no "such" scope\\\u00e9' });
  expect(refusal).toMatchObject({ status: 400 });
  expect(JSON.parse(refusal.body ?? '')).toEqual({ error: 'invalid_scope', error_description: 'no  such  scope  ' });
});

test('a refusal is read with its error, whatever it is, and what the core says of it', () => {
  const refusal = writeAccessTokenRefusal({ error: 'invalid_scope', description: 'no such API' });
  const value = { error: 'invalid_scope', description: 'no such API' };
  expect(readAccessTokenRefusal(refusal)).toEqual({ outcome: 'read', value });
  expect(readAccessTokenRefusal({ status: 400, body: '{"error":"slow_down"}' })).toMatchObject({ outcome: 'read' });
  expect(readAccessTokenRefusal({ status: 400, body: '{"error":7}' })).toMatchObject({ outcome: 'malformed' });
});

test('a malformed request comes with the error of RFC 6749 to answer with', () => {
  const reading = (body: string | Buffer) => readAccessTokenRequest(body, { securityId: 'inv1' });
  expect(reading('grant_type=client_credentials&client_id=inv1&client_secret=s&x=')).toMatchObject({ outcome: 'read' });
  expect(reading('grant_type=authorization_code&client_id=inv1')).toMatchObject({ error: 'unsupported_grant_type' });
  for (const [written, scope] of [
    ['', undefined],
    ['%0d%0a', '\r\n'],
  ]) {
    const body = `grant_type=client_credentials&client_id=inv1&scope=${written}`;
    expect(reading(body)).toMatchObject({ outcome: 'read', value: { scope } });
  }
  for (const body of [
    '',
    'grant_type=client_credentials',
    'grant_type=client_credentials&client_id=inv1&client_id=inv1',
    'grant_type=client_credentials&client_id=%ff',
    '{"grant_type":"client_credentials","client_id":"inv1"}',
    '__proto__=1',
    Buffer.from([0x61, 0x3d, 0xff]),
  ]) {
    expect(reading(body)).toMatchObject({ outcome: 'malformed', error: 'invalid_request' });
  }
  expect(readAccessTokenRequest('grant_type=client_credentials&client_id=a', { securityId: '..' })).toMatchObject({
    error: 'invalid_request',
    invalidParams: [{ param: '{securityId}' }],
  });
});

test('no token request or answer makes a reader throw', () => {
  withstands((body) => readAccessTokenRequest(body, { securityId: 'inv1' }), '{}');
  const answer = writeAccessTokenResponse({ token: 'e30.e30.c2ln', expiresIn: 600, scope: '3gpp#aef1:weather' });
  withstands((body) => readAccessTokenResponse({ ...answer, body }), answer.body ?? '');
});
