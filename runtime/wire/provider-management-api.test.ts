/** Registration of an API provider domain, there and back (TS 29.222 8.9). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  certificates,
  givesBack,
  id,
  invalidParamsOf,
  keyOrRequest,
  optional,
  text,
  withstands,
} from '../testing/wire-values.ts';
import {
  readRegisterApiProviderRequest,
  readRegisterApiProviderResponse,
  writeRegisterApiProviderRequest,
  writeRegisterApiProviderResponse,
} from './provider-management-api.ts';

const pem = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;
const role = fc.constantFrom('AEF' as const, 'APF' as const, 'AMF' as const);
const providerFunction = { role, publicKeyPem: keyOrRequest, information: optional(text) };
const enrolment = fc.record({
  registrationSecret: fc.string({ minLength: 1 }),
  functions: fc.array(fc.record(providerFunction), { minLength: 1, maxLength: 3 }),
});
const enrolled = fc.record({
  registrationId: id,
  apiProviderDomainId: id,
  functions: fc.array(fc.record({ ...providerFunction, apiProviderFunctionId: id, certificatePem: certificates }), {
    minLength: 1,
    maxLength: 3,
  }),
});

test('a registration is read as it was written', () => {
  givesBack(enrolment, (value) => readRegisterApiProviderRequest(writeRegisterApiProviderRequest(value).body));
  givesBack(enrolled, (value) =>
    readRegisterApiProviderResponse(writeRegisterApiProviderResponse({ ...value, registrationSecret: 's3cret' })),
  );
});

const one = { role: 'AEF' as const, publicKeyPem: pem('CERTIFICATE REQUEST'), information: 'serves' };
const request = writeRegisterApiProviderRequest({ registrationSecret: 's3cret', functions: [one] });
const answer = writeRegisterApiProviderResponse({
  registrationSecret: 's3cret',
  registrationId: 'reg1',
  apiProviderDomainId: 'dom1',
  functions: [{ ...one, apiProviderFunctionId: 'aef1', certificatePem: pem('CERTIFICATE') }],
});

test('a registration as TS 29.222 8.9 has it', () => {
  expect(request).toMatchObject({ method: 'POST', path: '/api-provider-management/v1/registrations' });
  expect(JSON.parse(request.body ?? '')).toEqual({
    regSec: 's3cret',
    apiProvFuncs: [{ regInfo: { apiProvPubKey: one.publicKeyPem }, apiProvFuncRole: 'AEF', apiProvFuncInfo: 'serves' }],
  });
  expect(answer).toMatchObject({
    status: 201,
    headers: { location: '/api-provider-management/v1/registrations/reg1' },
  });
  expect(JSON.parse(answer.body ?? '')).toMatchObject({
    apiProvDomId: 'dom1',
    regSec: 's3cret',
    apiProvFuncs: [{ apiProvFuncId: 'aef1', regInfo: { apiProvCert: pem('CERTIFICATE') }, apiProvFuncRole: 'AEF' }],
  });
});

test('a reader says what is malformed in a registration', () => {
  const body = { regSec: '', apiProvFuncs: [{ apiProvFuncRole: 'CCF', regInfo: { apiProvPubKey: 'a private key' } }] };
  expect(invalidParamsOf(readRegisterApiProviderRequest(JSON.stringify(body)))).toEqual([
    { param: '/regSec', reason: 'must not be empty' },
    { param: '/apiProvFuncs/0/apiProvFuncRole', reason: 'must be one of AEF, APF, AMF' },
    {
      param: '/apiProvFuncs/0/regInfo/apiProvPubKey',
      reason: 'must be a PEM text of a public key or a certificate request',
    },
  ]);
  expect(readRegisterApiProviderResponse({ ...answer, status: 404 })).toMatchObject({
    because: 'the answer has status 404, not 201',
  });
});

test('no registration makes a reader throw', () => {
  withstands(readRegisterApiProviderRequest, request.body ?? '');
  withstands((body) => readRegisterApiProviderResponse({ ...answer, body }), answer.body ?? '');
});
