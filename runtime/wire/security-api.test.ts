/** Negotiations, there and back, and the answers of other cores (TS 29.222 8.5). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  credential,
  destination,
  givesBack,
  id,
  invalidParamsOf,
  methods,
  optional,
  routed,
  withstands,
} from '../testing/wire-values.ts';
import {
  readSecurityMethodRequest,
  readSecurityMethodResponse,
  readSecurityMethodUpdateResponse,
  writeSecurityMethodRequest,
  writeSecurityMethodResponse,
  writeSecurityMethodUpdateRequest,
  writeSecurityMethodUpdateResponse,
} from './security-api.ts';

const route = '/capif-security/v1/trustedInvokers/:apiInvokerId';
const described = fc.constantFrom(
  { ipv4Addr: '192.0.2.1', port: 8443, apiPrefix: '/x' },
  { ipv6Addr: '2001:db8::1', port: 1 },
  { fqdn: 'aef.example', port: 443, securityMethods: ['QUANTUM'] },
);
const interfaceDetails = described.map((one) => ({
  host: Object.values(one)[0] as string,
  port: one.port,
  described: one,
}));
const supported = {
  subject: fc.oneof(fc.record({ aefId: id }), fc.record({ interfaceDetails })),
  apiId: optional(id),
  supported: methods,
};
const selected = {
  ...supported,
  selected: optional(methods.map(([first]) => first)),
  credential: optional(credential),
};
const entriesOf = (parts: typeof supported) =>
  fc.array(
    fc.record(parts).map(({ subject, ...one }) => ({ ...subject, ...one, preferred: one.supported })),
    { maxLength: 3 },
  );
const others = { notificationDestination: destination, supportedFeatures: optional(fc.constantFrom('0', '4', 'fF')) };
const asked = fc.record({ apiInvokerId: id, entries: entriesOf(supported), ...others });
const security = fc.record({ entries: entriesOf(selected), ...others });

test('a negotiation, the first and any other, is read as it was written', () => {
  givesBack(asked, (value) => {
    const request = writeSecurityMethodRequest(value);
    return readSecurityMethodRequest(request.body, routed(route, request));
  });
  givesBack(asked, (value) => {
    const request = writeSecurityMethodUpdateRequest(value);
    return readSecurityMethodRequest(request.body, routed(`${route}/update`, request));
  });
  givesBack(security, (value) => readSecurityMethodResponse(writeSecurityMethodResponse('inv1', value)));
  givesBack(security, (value) => readSecurityMethodUpdateResponse(writeSecurityMethodUpdateResponse(value)));
});

const notificationDestination = 'https://invoker.example/notify';
const wanted = {
  apiInvokerId: 'inv1',
  entries: [{ aefId: 'aef1', supported: ['PSK', 'PKI'] as const }],
  notificationDestination,
};
const given = {
  entries: [{ aefId: 'aef1', supported: ['PSK', 'PKI'] as const, selected: 'PKI' as const, credential: 3 }],
  notificationDestination,
};
const request = writeSecurityMethodRequest(wanted);
const answer = writeSecurityMethodResponse('inv1', given);

test('a negotiation as TS 29.222 8.5 has it', () => {
  expect(request).toMatchObject({ method: 'PUT', path: '/capif-security/v1/trustedInvokers/inv1' });
  expect(JSON.parse(request.body ?? '')).toEqual({
    securityInfo: [{ aefId: 'aef1', prefSecurityMethods: ['PSK', 'PKI'] }],
    notificationDestination,
  });
  const again = writeSecurityMethodUpdateRequest(wanted);
  expect(again).toMatchObject({ method: 'POST', path: '/capif-security/v1/trustedInvokers/inv1/update' });
  expect(again.body).toBe(request.body);
  expect(answer).toMatchObject({ status: 201, headers: { location: '/capif-security/v1/trustedInvokers/inv1' } });
  expect(JSON.parse(answer.body ?? '')).toEqual({
    securityInfo: [
      {
        aefId: 'aef1',
        prefSecurityMethods: ['PSK', 'PKI'],
        selSecurityMethod: 'PKI',
        authenticationInfo: '{"credential":3}',
      },
    ],
    notificationDestination,
  });
  expect(writeSecurityMethodUpdateResponse(given)).toMatchObject({ status: 200, body: answer.body });
});

const offering = (prefSecurityMethods: unknown, more = {}) =>
  readSecurityMethodRequest(
    JSON.stringify({ securityInfo: [{ aefId: 'aef1', prefSecurityMethods, ...more }], notificationDestination }),
    { apiInvokerId: 'inv1' },
  );

test('methods that are not known are left out, even if none is left', () => {
  expect(offering(['QUANTUM', 'PKI', 'psk', 'PKI'])).toMatchObject({ value: { entries: [{ supported: ['PKI'] }] } });
  expect(offering(['QUANTUM'])).toMatchObject({ value: { entries: [{ supported: [] }] } });
  expect(offering([['PSK']])).toMatchObject({
    because: '/securityInfo/0/prefSecurityMethods/0 must be of type string',
  });
  expect(offering('PSK')).toMatchObject({ because: '/securityInfo/0/prefSecurityMethods must be of type array' });
});

test('an entry names an AEF or an interface, and of it all or one service API (TS 29.222 8.5.4.2.3)', () => {
  const described = { ipv4Addr: '192.0.2.1', securityMethods: ['PSK'] };
  expect(offering(['PSK'], { aefId: undefined, interfaceDetails: described, apiId: 's1' })).toMatchObject({
    value: { entries: [{ interfaceDetails: { host: '192.0.2.1', port: 443, described }, apiId: 's1' }] },
  });
  expect(invalidParamsOf(offering(['PSK'], { aefId: undefined, apiId: 's1' }))).toEqual([
    { param: '/securityInfo/0/aefId', reason: 'or interfaceDetails is required' },
  ]);
  expect(invalidParamsOf(offering(['PSK'], { interfaceDetails: { port: 1 } }))).toEqual([
    {
      param: '/securityInfo/0/interfaceDetails',
      reason: 'must have exactly one of ipv4Addr, ipv6Addr and fqdn',
    },
  ]);
  const entries = [{ interfaceDetails: { host: '::1', port: 9 }, apiId: 's1', supported: ['PSK'] as const }];
  expect(JSON.parse(writeSecurityMethodRequest({ ...wanted, entries }).body ?? '').securityInfo).toEqual([
    { interfaceDetails: { ipv6Addr: '::1', port: 9 }, apiId: 's1', prefSecurityMethods: ['PSK'] },
  ]);
});

test('a foreign answer: its authenticationInfo and unknown methods are ignored', () => {
  for (const authenticationInfo of ['', 'MIIB', '3', 'null', '{"credential":0}', '{"credential":1e99}', '{', 7]) {
    const entry = { aefId: 'aef1', prefSecurityMethods: ['PSK'], selSecurityMethod: 'QUANTUM', authenticationInfo };
    const body = JSON.stringify({ securityInfo: [entry], notificationDestination });
    expect(readSecurityMethodUpdateResponse({ status: 200, body })).toEqual({
      outcome: 'read',
      value: { entries: [{ aefId: 'aef1', supported: ['PSK'], preferred: ['PSK'] }], notificationDestination },
    });
  }
});

test('no negotiation makes a reader throw', () => {
  withstands((body) => readSecurityMethodRequest(body, { apiInvokerId: 'inv1' }), request.body ?? '');
  withstands((body) => readSecurityMethodResponse({ status: 201, body }), answer.body ?? '');
});
