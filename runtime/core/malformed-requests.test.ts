/** Malformed requests: each gets a plain 4xx, nothing is reported as an error, and the core goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  all,
  ask,
  client,
  closeAll,
  exposing,
  invoking,
  type Known,
  onboarded,
  registered,
  saying,
  type Testbed,
  testbed,
  withBearer,
} from '../testing/roles.ts';
import type { Connector } from '../transport/connector.ts';

let at: Testbed;
let aefId: string;
let invoker: Known;
let [aef, apf]: Known[] = [];
let over: { invoker: Connector; aef: Connector; apf: Connector; nobody: Connector };

beforeAll(async () => {
  at = await testbed({ bodyLimitBytes: 4096 });
  ({ aefId } = await exposing(at));
  invoker = await onboarded(at);
  [aef, apf] = await registered(at, 'AEF', 'APF');
  over = {
    invoker: client(at, invoker.certificate),
    aef: client(at, aef!.certificate),
    apf: client(at, apf!.certificate),
    nobody: client(at),
  };
});
afterAll(async () => {
  expect(at.errors).toEqual([]);
  await closeAll();
});

const json = { 'content-type': 'application/json' };
const destination = 'https://invoker.invalid/';
const security = (...securityInfo: unknown[]) => ({ securityInfo, notificationDestination: destination });
const profile = (more: object) => ({
  apiName: 'x',
  aefProfiles: [{ aefId: aef!.id, versions: [{ apiVersion: 'v1' }], ...more }],
});
const logged = { apiId: 'x', apiName: 'x', apiVersion: 'v1', resourceName: 'x', protocol: 'HTTP_1_1', result: '200' };
const at1 = (more: object) => ({ interfaceDescriptions: [{ ipv4Addr: '127.0.0.1', port: 9, ...more }] });

/** Where a body goes, who sends it there, and bodies that are JSON but not what is wanted. */
const resources = (): { by: keyof typeof over; method: string; path: string; wrong: unknown[] }[] => {
  const context = `/capif-security/v1/trustedInvokers/${invoker.id}`;
  const wrongSecurity = [
    security({ aefId: 5, prefSecurityMethods: all }),
    security({ aefId, prefSecurityMethods: 'PSK' }),
    security({ aefId, prefSecurityMethods: [1] }),
    security({ aefId, interfaceDetails: { ipv4Addr: '127.0.0.1', port: 1 }, prefSecurityMethods: all }),
    security({ aefId, apiId: 'service-api-99', prefSecurityMethods: all }),
    security({ interfaceDetails: {}, prefSecurityMethods: all }),
    security({ prefSecurityMethods: all }),
    security({ aefId: 'aef-99', prefSecurityMethods: all }),
    security({ aefId: '__proto__', prefSecurityMethods: all }),
    security({ aefId: 'constructor', prefSecurityMethods: all }),
    security({ aefId, prefSecurityMethods: all }, { aefId, prefSecurityMethods: all }),
    { securityInfo: [{ aefId, prefSecurityMethods: all }], notificationDestination: 'javascript:alert(1)' },
    { securityInfo: {}, notificationDestination: destination },
  ];
  return [
    { by: 'invoker', method: 'PUT', path: context, wrong: wrongSecurity },
    { by: 'invoker', method: 'POST', path: `${context}/update`, wrong: wrongSecurity },
    {
      by: 'aef',
      method: 'POST',
      path: `${context}/delete`,
      wrong: [
        { apiInvokerId: 'another', apiIds: ['x'], cause: 'x' },
        { apiInvokerId: invoker.id, apiIds: [], cause: 'x' },
        { apiInvokerId: invoker.id, apiIds: ['x'] },
        { apiInvokerId: invoker.id, apiIds: ['x'], cause: 'x' },
      ],
    },
    {
      by: 'aef',
      method: 'POST',
      path: `/api-invocation-logs/v1/${aef!.id}/logs`,
      wrong: [
        { aefId: aef!.id, apiInvokerId: invoker.id, logs: [] },
        { aefId: aef!.id, apiInvokerId: invoker.id, logs: [{ apiId: 'x' }] },
        { aefId: aef!.id, apiInvokerId: '..', logs: [logged] },
        { aefId, apiInvokerId: invoker.id, logs: [logged] },
        { aefId: aef!.id, apiInvokerId: invoker.id, logs: [{ ...logged, result: 200 }] },
        { aefId: aef!.id, apiInvokerId: invoker.id, logs: [{ ...logged, invocationTime: '2026-13-01T00:00:00Z' }] },
      ],
    },
    {
      by: 'apf',
      method: 'POST',
      path: `/published-apis/v1/${apf!.id}/service-apis`,
      wrong: [
        { apiName: '../x' },
        { apiName: 'x', aefProfiles: {} },
        profile({}),
        profile(at1({ port: '9' })),
        profile(at1({ port: 65536 })),
        profile(at1({ port: 0 })),
        profile(at1({ ipv4Addr: undefined, fqdn: '999.999.999.999' })),
        profile(at1({ ipv4Addr: undefined, fqdn: 'xn--' })),
        profile(at1({ ipv6Addr: '::1' })),
        profile(at1({ ipv4Addr: '127.0.0.256' })),
        profile(at1({ securityMethods: 'PSK' })),
      ],
    },
    {
      by: 'nobody',
      method: 'POST',
      path: '/api-provider-management/v1/registrations',
      wrong: [
        { regSec: at.core.registrationSecret, apiProvFuncs: [] },
        { regSec: at.core.registrationSecret, apiProvFuncs: [{ apiProvFuncRole: 'CCF', regInfo: {} }] },
        {
          regSec: at.core.registrationSecret,
          apiProvFuncs: [{ apiProvFuncRole: 'AEF', regInfo: { apiProvPubKey: 'k' } }],
        },
        { regSec: [at.core.registrationSecret], apiProvFuncs: [] },
      ],
    },
    {
      by: 'nobody',
      method: 'POST',
      path: '/api-invoker-management/v1/onboardedInvokers',
      wrong: [{ onboardingInformation: { apiInvokerPublicKey: 'k' }, notificationDestination: destination }],
    },
  ];
};
const notJson = [
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '7',
  '{"__proto__":{"wrong":1}}',
  '{"constructor":null}',
  '['.repeat(4000),
  Buffer.of(0x7b, 0xff, 0x7d),
];

test('a malformed body is answered with 400, which says where it is wrong (TS 29.122 5.2.6)', async () => {
  const token = await at.core.onboardingToken('test');
  for (const { by, method, path, wrong } of resources()) {
    for (const body of [...notJson, ...wrong.map((one) => JSON.stringify(one))]) {
      const request = withBearer({ method, path, headers: json }, token);
      const { status, type, text } = await ask(over[by], { ...request, body });
      expect([method, path, String(body).slice(0, 120), status, type]).toEqual([
        method,
        path,
        String(body).slice(0, 120),
        400,
        'application/problem+json',
      ]);
      expect(text).not.toMatch(/\bat .*\.ts|node_modules|stack/);
      expect(text.length).toBeLessThan(4096);
    }
  }
  expect(Object.hasOwn(Object.prototype, 'wrong')).toBe(false);
});

test('a body that is too large or of another type is not read (TS 29.122 5.2.6)', async () => {
  const token = await at.core.onboardingToken('test');
  for (const { by, method, path } of resources()) {
    const large = await ask(
      over[by],
      withBearer({ method, path, headers: json, body: JSON.stringify('x'.repeat(5000)) }, token),
    );
    expect([method, path, large.status]).toEqual([method, path, 413]);
    for (const headers of [{ 'content-type': 'text/plain' }, { 'content-type': 'application/json+x' }, {}]) {
      const { status } = await ask(over[by], withBearer({ method, path, headers, body: '{}' }, token));
      expect([method, path, status]).toEqual([method, path, 415]);
    }
  }
});

test('a path with a malformed or unknown identifier tells no more than one with that of another (TS 29.222 7.5)', async () => {
  const strange = [
    '%zz',
    '%',
    '%00',
    '%2e%2e',
    '..',
    'a%2Fb',
    'x'.repeat(65),
    'x'.repeat(3000),
    '%F0%9F%98%80',
    '%ff',
    '*',
  ];
  const body = JSON.stringify(security({ aefId, prefSecurityMethods: all }));
  for (const id of strange) {
    const requests = [
      { method: 'PUT', path: `/capif-security/v1/trustedInvokers/${id}`, headers: json, body },
      { method: 'DELETE', path: `/capif-security/v1/trustedInvokers/${id}` },
      { method: 'GET', path: `/capif-security/v1/trustedInvokers/${id}` },
      { method: 'DELETE', path: `/api-invoker-management/v1/onboardedInvokers/${id}` },
      { method: 'PUT', path: `/published-apis/v1/${id}/service-apis/${id}`, headers: json, body: '{}' },
      { method: 'GET', path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}` },
    ];
    for (const request of requests) {
      const { status } = await ask(over.invoker, request);
      expect([request.method, request.path, [400, 401, 404].includes(status)]).toEqual([
        request.method,
        request.path,
        true,
      ]);
    }
  }
  const policies = '/access-control-policy/v1/accessControlPolicyList/x';
  for (const query of ['', '?', '?aef-id=', '?aef-id=..', `?aef-id=${aef!.id}&supported-features=g`]) {
    const { status } = await ask(over.aef, { method: 'GET', path: `${policies}${query}` });
    expect([query, status]).toEqual([query, 400]);
  }
  const twice = `/service-apis/v1/allServiceAPIs?api-invoker-id=${invoker.id}&api-invoker-id=${invoker.id}`;
  expect((await ask(over.invoker, { method: 'GET', path: twice })).status).toBe(400);
  const other = await over.invoker.request({
    method: 'PATCH',
    path: `/capif-security/v1/trustedInvokers/${invoker.id}`,
  });
  expect(other).toMatchObject({ status: 405, headers: { allow: 'DELETE, PUT, GET' } });
});

test('a publication whose revision is not a number is malformed (TS 29.222 5.3.2.5)', async () => {
  const path = `/published-apis/v1/${apf!.id}/service-apis`;
  for (const revision of ['-1', '1.5', '1e9', 'x', '9'.repeat(16)]) {
    const headers = { ...json, 'capif-machines-revision': revision };
    const { status } = await ask(over.apf, { method: 'POST', path, headers, body: JSON.stringify(profile(at1({}))) });
    expect([revision, status]).toEqual([revision, 400]);
  }
});

test('after all malformed requests the core still serves (6.7)', async () => {
  expect(await saying(await invoking(at), { aefId })).toBe('PSK');
});
