/** Authentication initiation and revocation at an AEF, there and back (TS 29.222 9.1). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { givesBack, id, invalidParamsOf, notification, withstands } from '../testing/wire-values.ts';
import {
  readAuthenticationInitiationRequest,
  readRevokeAuthorizationRequest,
  writeAuthenticationInitiationRequest,
  writeAuthenticationInitiationResponse,
  writeRevokeAuthorizationRequest,
  writeRevokeAuthorizationResponse,
} from './aef-security-api.ts';

const supportedFeatures = fc.stringMatching(/^[A-Fa-f0-9]{0,8}$/);

test('initiation and revocation are read as they were written', () => {
  givesBack(fc.record({ apiInvokerId: id, supportedFeatures }), (value) =>
    readAuthenticationInitiationRequest(writeAuthenticationInitiationRequest(value).body),
  );
  givesBack(fc.record({ revokeInfo: notification, supportedFeatures }), (value) =>
    readRevokeAuthorizationRequest(writeRevokeAuthorizationRequest(value).body),
  );
});

const initiation = writeAuthenticationInitiationRequest({ apiInvokerId: 'inv1', supportedFeatures: '0' });
const revokeInfo = { apiInvokerId: 'inv1', apiIds: ['s1'], cause: 'UNEXPECTED_REASON' };
const revocation = writeRevokeAuthorizationRequest({ revokeInfo, supportedFeatures: '0' });

test('initiation and revocation as TS 29.222 9.1 has them', () => {
  expect(initiation).toMatchObject({
    method: 'POST',
    path: '/aef-security/v1/check-authentication',
    body: '{"apiInvokerId":"inv1","supportedFeatures":"0"}',
  });
  expect(revocation).toMatchObject({ method: 'POST', path: '/aef-security/v1/revoke-authorization' });
  expect(JSON.parse(revocation.body ?? '')).toEqual({ revokeInfo, supportedFeatures: '0' });
  for (const write of [writeAuthenticationInitiationResponse, writeRevokeAuthorizationResponse]) {
    expect(write({ supportedFeatures: '0' })).toMatchObject({ status: 200, body: '{"supportedFeatures":"0"}' });
  }
});

test('a reader says what is malformed in them', () => {
  const body = '{"revokeInfo":{"apiInvokerId":"..","apiIds":[]},"supportedFeatures":"0x1"}';
  expect(invalidParamsOf(readRevokeAuthorizationRequest(body))).toEqual([
    { param: '/revokeInfo/apiInvokerId', reason: 'must be 1 to 64 letters, digits, dots, underscores or hyphens' },
    { param: '/revokeInfo/apiIds', reason: 'must not be empty' },
    { param: '/revokeInfo/cause', reason: 'is required' },
    { param: '/supportedFeatures', reason: 'must be hexadecimal digits' },
  ]);
});

test('neither makes a reader throw', () => {
  withstands(readAuthenticationInitiationRequest, initiation.body ?? '');
  withstands(readRevokeAuthorizationRequest, revocation.body ?? '');
});
