/** What an AEF is told of an invoker, there and back, and its revocation (TS 29.222 8.5). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeDeleteSecurityContextRequest, writeRevokeServiceApisRequest } from '../testing/revocation-requests.ts';
import {
  certificates,
  credential,
  givesBack,
  id,
  invalidParamsOf,
  methods,
  notification,
  optional,
  publicKey,
  routed,
  withstands,
} from '../testing/wire-values.ts';
import {
  readDeleteSecurityContextRequest,
  readRevokeServiceApisRequest,
  readSecurityInformationRequest,
  readSecurityInformationResponse,
  writeSecurityInformationRequest,
  writeSecurityInformationResponse,
} from './security-information-api.ts';

const pem = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;
const route = '/capif-security/v1/trustedInvokers/:apiInvokerId';
const ofInvoker = fc.record({ apiInvokerId: id });
const information = fc.record({
  aefId: id,
  selected: methods.map(([first]) => first),
  credential,
  aefPsk: optional(fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => Buffer.from(octets))),
  trustAnchorPem: certificates,
  tokenKeyPem: publicKey,
  apiNames: fc.array(id, { maxLength: 3 }),
});

test('keys and rights, and their revocation, are read as they were written', () => {
  givesBack(ofInvoker, (value) =>
    readSecurityInformationRequest(routed(route, writeSecurityInformationRequest(value))),
  );
  givesBack(information, (value) =>
    readSecurityInformationResponse(writeSecurityInformationResponse(value), value.aefId),
  );
  givesBack(ofInvoker, (value) =>
    readDeleteSecurityContextRequest(routed(route, writeDeleteSecurityContextRequest(value))),
  );
  givesBack(notification, (value) => {
    const request = writeRevokeServiceApisRequest(value);
    return readRevokeServiceApisRequest(request.body, routed(`${route}/delete`, request));
  });
});

const aefPsk = Buffer.alloc(32, 7);
const answer = writeSecurityInformationResponse({
  aefId: 'aef1',
  selected: 'PSK',
  credential: 3,
  aefPsk,
  trustAnchorPem: pem('CERTIFICATE'),
  tokenKeyPem: pem('PUBLIC KEY'),
  apiNames: ['weather'],
});

test('keys and rights as TS 29.222 8.5 has them: JSON texts in its plain strings', () => {
  expect(writeSecurityInformationRequest({ apiInvokerId: 'inv1' })).toEqual({
    method: 'GET',
    path: '/capif-security/v1/trustedInvokers/inv1?authenticationInfo=true&authorizationInfo=true',
  });
  const { securityInfo, notificationDestination } = JSON.parse(answer.body ?? '');
  const [{ authenticationInfo, authorizationInfo, ...rest }] = securityInfo;
  expect(notificationDestination).toBe('');
  expect(rest).toEqual({ aefId: 'aef1', prefSecurityMethods: ['PSK'], selSecurityMethod: 'PSK' });
  expect(JSON.parse(authorizationInfo)).toEqual({ apiNames: ['weather'] });
  expect(JSON.parse(authenticationInfo)).toEqual({
    credential: 3,
    aefPsk: aefPsk.toString('base64url'),
    trustAnchor: pem('CERTIFICATE'),
    tokenKey: pem('PUBLIC KEY'),
  });
});

test('an AEF reads its own entry, and needs it whole', () => {
  const own = JSON.parse(answer.body ?? '').securityInfo[0];
  const reading = (...securityInfo: unknown[]) =>
    readSecurityInformationResponse({ status: 200, body: JSON.stringify({ securityInfo }) }, 'aef1');
  expect(reading({ aefId: 'aef2' }, { interfaceDetails: {} }, own)).toMatchObject({ value: { credential: 3 } });
  expect(reading({ aefId: 'aef2' })).toMatchObject({ because: '/securityInfo has no entry of this AEF' });
  const texts = { authenticationInfo: '{"credential":1,"aefPsk":"c2hvcnQ"}', authorizationInfo: 'MIIB' };
  expect(invalidParamsOf(reading({ aefId: 'aef2' }, { ...own, ...texts }))).toEqual([
    { param: '/securityInfo/1/authenticationInfo/aefPsk', reason: 'must be 32 octets in base64url' },
    { param: '/securityInfo/1/authenticationInfo/trustAnchor', reason: 'is required' },
    { param: '/securityInfo/1/authenticationInfo/tokenKey', reason: 'is required' },
    { param: '/securityInfo/1/authorizationInfo', reason: 'must be a JSON text' },
  ]);
});

const revoked = { apiInvokerId: 'inv1', aefId: 'aef1', apiIds: ['s1'], cause: 'OVERLIMIT_USAGE' };
const request = writeRevokeServiceApisRequest(revoked);

test('a revocation as TS 29.222 8.5 has it', () => {
  expect(request).toMatchObject({ method: 'POST', path: '/capif-security/v1/trustedInvokers/inv1/delete' });
  expect(JSON.parse(request.body ?? '')).toEqual(revoked);
  expect(readRevokeServiceApisRequest(request.body, { apiInvokerId: 'inv2' })).toMatchObject({
    because: '/apiInvokerId must be the invoker of the path',
  });
});

test('no keys, rights or revocation make a reader throw', () => {
  withstands((body) => readSecurityInformationResponse({ ...answer, body }, 'aef1'), answer.body ?? '');
  withstands((body) => readRevokeServiceApisRequest(body, { apiInvokerId: 'inv1' }), request.body ?? '');
});
