/** Onboarding and offboarding of an API invoker, there and back (TS 29.222 8.4). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  certificates,
  destination,
  givesBack,
  id,
  invalidParamsOf,
  keyOrRequest,
  optional,
  routed,
  text,
  withstands,
} from '../testing/wire-values.ts';
import {
  readOffboardApiInvokerRequest,
  readOnboardApiInvokerRequest,
  readOnboardApiInvokerResponse,
  readPatchApiInvokerRequest,
  readUpdateApiInvokerRequest,
  writeOffboardApiInvokerRequest,
  writeOnboardApiInvokerRequest,
  writeOnboardApiInvokerResponse,
} from './invoker-management-api.ts';

const pem = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;
const enrolment = { publicKeyPem: keyOrRequest, notificationDestination: destination, information: optional(text) };
const enrolled = {
  ...enrolment,
  onboardingId: id,
  apiInvokerId: id,
  certificatePem: certificates,
  onboardingSecret: optional(text),
};

test('onboarding and offboarding are read as they were written', () => {
  givesBack(fc.record(enrolment), (value) => readOnboardApiInvokerRequest(writeOnboardApiInvokerRequest(value).body));
  givesBack(fc.record(enrolled), (value) => readOnboardApiInvokerResponse(writeOnboardApiInvokerResponse(value)));
  const route = '/api-invoker-management/v1/onboardedInvokers/:onboardingId';
  givesBack(fc.record({ onboardingId: id }), (value) =>
    readOffboardApiInvokerRequest(routed(route, writeOffboardApiInvokerRequest(value))),
  );
});

const one = { publicKeyPem: pem('PUBLIC KEY'), notificationDestination: 'https://invoker.example/notify' };
const request = writeOnboardApiInvokerRequest(one);
const answer = writeOnboardApiInvokerResponse({
  ...one,
  onboardingId: 'on1',
  apiInvokerId: 'inv1',
  certificatePem: pem('CERTIFICATE'),
});

test('onboarding as TS 29.222 8.4 has it', () => {
  expect(request).toMatchObject({ method: 'POST', path: '/api-invoker-management/v1/onboardedInvokers' });
  expect(JSON.parse(request.body ?? '')).toEqual({
    onboardingInformation: { apiInvokerPublicKey: one.publicKeyPem },
    notificationDestination: 'https://invoker.example/notify',
  });
  const location = '/api-invoker-management/v1/onboardedInvokers/on1';
  expect(answer).toMatchObject({ status: 201, headers: { location } });
  expect(JSON.parse(answer.body ?? '')).toEqual({
    apiInvokerId: 'inv1',
    onboardingInformation: { apiInvokerPublicKey: one.publicKeyPem, apiInvokerCertificate: pem('CERTIFICATE') },
    notificationDestination: 'https://invoker.example/notify',
  });
});

test('fields of other releases are ignored, and malformed ones are named', () => {
  const foreign = { ...JSON.parse(request.body ?? ''), supportedFeatures: 'f', apiList: { anything: [1] } };
  const value = { ...one, supportedFeatures: 'f' };
  expect(readOnboardApiInvokerRequest(JSON.stringify(foreign))).toEqual({ outcome: 'read', value });
  const body = { onboardingInformation: [], notificationDestination: 'file:///etc/passwd' };
  expect(invalidParamsOf(readOnboardApiInvokerRequest(JSON.stringify(body)))).toEqual([
    { param: '/onboardingInformation', reason: 'must be of type object' },
    { param: '/notificationDestination', reason: 'must be an absolute http or https URI' },
  ]);
  expect(invalidParamsOf(readOffboardApiInvokerRequest({ onboardingId: '../other' }))).toHaveLength(1);
});

test('no onboarding makes a reader throw', () => {
  withstands(readOnboardApiInvokerRequest, request.body ?? '');
  withstands((body) => readOnboardApiInvokerResponse({ ...answer, body }), answer.body ?? '');
  withstands((body) => readUpdateApiInvokerRequest(body, 'inv1'), request.body ?? '');
  withstands((body) => readPatchApiInvokerRequest(body, one), request.body ?? '');
});
