/** What an AEF is told of an invoker, there and back, and its revocation (TS 29.222 8.5). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeDeleteSecurityContextRequest, writeRevokeServiceApisRequest } from '../testing/revocation-requests.ts';
import { givesBack, id, invalidParamsOf, notification, routed, withstands } from '../testing/wire-values.ts';
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

test('keys and rights, and their revocation, are read as they were written', () => {
  givesBack(
    ofInvoker.map((of) => ({ ...of, authenticationInfo: true, authorizationInfo: true })),
    (value) => {
      const request = writeSecurityInformationRequest(value);
      return readSecurityInformationRequest(routed(route, request), request.path.split('?')[1]);
    },
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
const told = {
  aefId: 'aef1',
  preferred: ['PKI', 'QUANTUM'],
  selected: 'PSK',
  authenticationInfo: { credential: 3, aefPsk, trustAnchorPem: pem('CERTIFICATE'), tokenKeyPem: pem('PUBLIC KEY') },
  authorizationInfo: { apiNames: ['weather'] },
} as const;
const answer = writeSecurityInformationResponse({
  entries: [told],
  notificationDestination: 'https://invoker.example/notify',
});

test('keys and rights as TS 29.222 8.5 has them: JSON texts in its plain strings', () => {
  expect(writeSecurityInformationRequest({ apiInvokerId: 'inv1' })).toEqual({
    method: 'GET',
    path: '/capif-security/v1/trustedInvokers/inv1?authenticationInfo=true&authorizationInfo=true',
  });
  const { securityInfo, notificationDestination } = JSON.parse(answer.body ?? '');
  const [{ authenticationInfo, authorizationInfo, ...rest }] = securityInfo;
  expect(notificationDestination).toBe('https://invoker.example/notify');
  expect(rest).toEqual({ aefId: 'aef1', prefSecurityMethods: ['PKI', 'QUANTUM'], selSecurityMethod: 'PSK' });
  expect(JSON.parse(authorizationInfo)).toEqual({ apiNames: ['weather'] });
  expect(JSON.parse(authenticationInfo)).toEqual({
    credential: 3,
    aefPsk: aefPsk.toString('base64url'),
    trustAnchor: pem('CERTIFICATE'),
    tokenKey: pem('PUBLIC KEY'),
  });
});

test('an AEF asks for each string by a parameter, and for none by leaving it out (TS 29.222 8.5.2.3.3.1)', () => {
  const asked = (query?: string) => readSecurityInformationRequest({ apiInvokerId: 'inv1' }, query);
  expect(asked()).toMatchObject({ value: { authenticationInfo: false, authorizationInfo: false } });
  expect(asked('authorizationInfo=true&authenticationInfo=false')).toMatchObject({
    value: { authenticationInfo: false, authorizationInfo: true },
  });
  expect(invalidParamsOf(asked('authenticationInfo=yes'))).toEqual([
    { param: 'authenticationInfo', reason: 'must be one of true, false' },
  ]);
});

test('every entry is read, whoever it is about; what is not of its type is as good as absent', () => {
  const reading = (...securityInfo: unknown[]) =>
    readSecurityInformationResponse({ status: 200, body: JSON.stringify({ securityInfo }) });
  const about = { apiId: 'weather-1', selSecurityMethod: 'PKI', authenticationInfo: 'MIIB', authorizationInfo: 'any' };
  const { selSecurityMethod: _, ...read } = about;
  const at = { interfaceDetails: { fqdn: 'aef.example', port: 8443, securityMethods: ['PKI'] } };
  expect(reading({ aefId: 'aef1' }, { ...at, ...about }, null, { aefId: 7, interfaceDetails: 'x' })).toEqual({
    outcome: 'read',
    value: [{ aefId: 'aef1' }, { ...read, selected: 'PKI', interface: { host: 'aef.example', port: 8443 } }, {}, {}],
  });
  expect(reading()).toEqual({ outcome: 'read', value: [] });
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
  withstands((body) => readSecurityInformationResponse({ ...answer, body }), answer.body ?? '');
  withstands((body) => readRevokeServiceApisRequest(body, { apiInvokerId: 'inv1' }), request.body ?? '');
});
