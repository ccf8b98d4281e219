/** Publications, there and back, and those of others (TS 29.222 8.2). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SecurityMethod } from '../../../machines/vocabulary.ts';
import {
  givesBack,
  id,
  invalidParamsOf,
  optional,
  revisions,
  routed,
  serviceApi,
  withstands,
} from '../../testing/wire-values.ts';
import { readDiscoverServiceApiResponse } from '../discover-api.ts';
import { describeServiceApi } from '../service-api-description.ts';
import {
  readServiceApiPublishRequest,
  readServiceApiPublishResponse,
  readServiceApiUpdateRequest,
  readServiceApiUpdateResponse,
  writeServiceApiPublishRequest,
  writeServiceApiPublishResponse,
  writeServiceApiUpdateRequest,
  writeServiceApiUpdateResponse,
} from './publish-api.ts';

/** What of a description matters, and all of it. */
const whole = serviceApi.map((one) => ({ serviceApi: one, description: describeServiceApi(one) }));
const revised = whole.chain((one) =>
  revisions(one.serviceApi.aefs.length).map((numbers) => ({ ...one, revisions: numbers })),
);
const route = '/published-apis/v1/:apfId/service-apis';
const flat = <T extends object, U extends object>({ whole, ...others }: T & { whole: U }) => ({ ...others, ...whole });

test('a publication and its update are read as they were written', () => {
  givesBack(fc.record({ apfId: id, whole: revised, key: optional(id) }).map(flat), (value) => {
    const request = writeServiceApiPublishRequest(value);
    return readServiceApiPublishRequest(request.body, routed(route, request), request.headers);
  });
  const published = fc.record({ serviceApiId: id, serviceApi, revisions: revisions(1) });
  givesBack(published, ({ serviceApi, ...value }) =>
    readServiceApiPublishResponse(
      writeServiceApiPublishResponse('apf1', { ...value, description: describeServiceApi(serviceApi) }),
    ),
  );
  givesBack(fc.record({ apfId: id, serviceApiId: id, whole: revised }).map(flat), (value) => {
    const request = writeServiceApiUpdateRequest(value);
    return readServiceApiUpdateRequest(request.body, routed(`${route}/:serviceApiId`, request), request.headers);
  });
  givesBack(fc.record({ serviceApi, revisions: revisions(2) }), ({ serviceApi, revisions }) =>
    readServiceApiUpdateResponse(
      writeServiceApiUpdateResponse({ description: describeServiceApi(serviceApi), revisions }),
    ),
  );
  expect(readServiceApiUpdateResponse({ status: 204 })).toEqual({ outcome: 'read', value: {} });
});

const aef = { aefId: 'aef1', host: '192.0.2.1', port: 8443, apiVersion: 'v1', methods: ['PKI', 'PSK'] as const };
const api = { apiName: 'weather', aefs: [aef] };
const request = writeServiceApiPublishRequest({ apfId: 'apf1', serviceApi: api, revisions: 7 });

test('a publication as TS 29.222 8.2 has it, and the revision that it has not', () => {
  expect(request).toMatchObject({
    method: 'POST',
    path: '/published-apis/v1/apf1/service-apis',
    headers: { 'content-type': 'application/json', 'capif-machines-revision': '7' },
  });
  expect(JSON.parse(request.body ?? '')).toEqual({
    apiName: 'weather',
    aefProfiles: [
      {
        aefId: 'aef1',
        versions: [{ apiVersion: 'v1' }],
        securityMethods: ['PKI', 'PSK'],
        interfaceDescriptions: [{ ipv4Addr: '192.0.2.1', port: 8443, securityMethods: ['PKI', 'PSK'] }],
      },
    ],
  });
  const published = { serviceApiId: 's1', description: { apiName: 'weather' }, revisions: 7 };
  expect(writeServiceApiPublishResponse('apf1', published)).toMatchObject({
    status: 201,
    headers: { location: '/published-apis/v1/apf1/service-apis/s1', 'capif-machines-revision': '7' },
  });
  const update = writeServiceApiUpdateRequest({ apfId: 'apf1', serviceApiId: 's1', serviceApi: api });
  expect(update).toMatchObject({ method: 'PUT', path: '/published-apis/v1/apf1/service-apis/s1' });
  expect(update.headers).not.toHaveProperty('capif-machines-revision');
});

const reading = (aefProfiles: unknown) =>
  readServiceApiPublishRequest(JSON.stringify({ apiName: 'weather', aefProfiles }), { apfId: 'apf1' });

test('a foreign publication: every profile and interface, whose own methods go before those of the AEF', () => {
  const foreign = [
    {
      aefId: 'aef1',
      versions: [{ apiVersion: 'v2', resources: [{ resourceName: 'r' }] }, { apiVersion: 'v1' }],
      protocol: 'HTTP_2',
      securityMethods: ['OAUTH', 'QUANTUM', 'PKI', 'PKI'],
      interfaceDescriptions: [
        { ipv6Addr: '2001:db8::1', port: 1, securityMethods: ['PSK'] },
        { fqdn: 'aef.example', apiPrefix: '/a' },
        { ipv4Addr: '192.0.2.1', port: 2, securityMethods: ['QUANTUM'] },
      ],
    },
    { aefId: 'aef2', versions: [{ apiVersion: 'v1' }], domainName: 'edge.example' },
  ];
  const aef1 = { aefId: 'aef1', apiVersion: 'v2' };
  expect(reading(foreign)).toMatchObject({
    value: {
      serviceApi: {
        aefs: [
          { ...aef1, host: '2001:db8::1', port: 1, methods: ['PSK'] },
          { ...aef1, host: 'aef.example', port: 443, methods: ['OAUTH', 'PKI'] },
          { ...aef1, host: '192.0.2.1', port: 2, methods: [] },
          { aefId: 'aef2', apiVersion: 'v1', host: 'edge.example', port: 443, methods: [] },
        ],
      },
    },
  });
});

test('a publication is kept whole, and as deep as it may be written again', () => {
  const deep = (levels: number): unknown => (levels === 0 ? {} : { in: deep(levels - 1) });
  const publication = { apiName: 'weather', 'vendorSpecific-urn:x': { a: [1, null] }, description: 'd' };
  const reading = (more: object) =>
    readServiceApiPublishRequest(JSON.stringify({ ...publication, ...more }), { apfId: 'apf1' });
  expect(reading({ in: deep(20) })).toMatchObject({ value: { description: { ...publication, in: deep(20) } } });
  expect(reading({ in: deep(40) })).toMatchObject({ because: 'the body must not be nested deeper than 32 levels' });
});

test('a reader says what is malformed in a publication', () => {
  const versions = [{ apiVersion: 'v1' }];
  expect(
    invalidParamsOf(
      reading([
        { aefId: 'a b', versions: [], interfaceDescriptions: [{ ipv4Addr: '1.2.3', port: 65536 }] },
        { aefId: 'aef1', versions, interfaceDescriptions: [{ ipv4Addr: '192.0.2.1', fqdn: 'aef.example' }] },
        { aefId: 'aef1', versions },
        { aefId: 'aef1', versions, domainName: 'a.example', securityMethods: [1] },
      ]),
    ),
  ).toEqual([
    {
      param: '/aefProfiles/0/aefId',
      reason: 'must be 1 to 64 letters, digits, dots, underscores or hyphens',
    },
    { param: '/aefProfiles/0/versions/0', reason: 'is required' },
    { param: '/aefProfiles/0/interfaceDescriptions/0/ipv4Addr', reason: 'must be an IPv4 address' },
    { param: '/aefProfiles/0/interfaceDescriptions/0/port', reason: 'must be at most 65535' },
    {
      param: '/aefProfiles/1/interfaceDescriptions/0',
      reason: 'must have exactly one of ipv4Addr, ipv6Addr and fqdn',
    },
    { param: '/aefProfiles/2', reason: 'must have exactly one of domainName and interfaceDescriptions' },
    { param: '/aefProfiles/3/securityMethods/0', reason: 'must be of type string' },
  ]);
});

test('a revision is one number, or one for each service by its name, or not there', () => {
  const read = (text: string) =>
    readServiceApiPublishRequest(request.body, { apfId: 'apf1' }, { 'capif-machines-revision': text });
  for (const text of [
    '',
    '-1',
    '1e3',
    '0x10',
    '1, 2',
    'a',
    'a=',
    '=1',
    'a=1=2',
    'a b=1',
    'a=1, a=2',
    'a=1,',
    '9'.repeat(16),
  ])
    expect(invalidParamsOf(read(text))).toMatchObject([{ param: 'capif-machines-revision' }]);
  expect(read('sms=3, old=9')).toMatchObject({
    value: {
      revisions: [
        { service: 'sms', revision: 3 },
        { service: 'old', revision: 9 },
      ],
    },
  });
  const two = JSON.parse(request.body ?? '') as { aefProfiles: [{ interfaceDescriptions: unknown[] }] };
  two.aefProfiles[0].interfaceDescriptions.push({ ipv4Addr: '192.0.2.1', port: 8444 });
  const tooFew = { 'capif-machines-revision': 'sms=3' };
  expect(invalidParamsOf(readServiceApiPublishRequest(JSON.stringify(two), { apfId: 'apf1' }, tooFew))).toEqual([
    { param: 'capif-machines-revision', reason: 'must have a number for each interface, or one for all' },
  ]);
});

test('an AEF has one profile with all its interfaces, whose methods of its own fit all of these', () => {
  const at = (port: number, methods: SecurityMethod[], aefId = 'aef1') => ({
    ...aef,
    aefId,
    port,
    methods,
  });
  const described = describeServiceApi({
    apiName: 'weather',
    aefs: [at(1, ['PSK', 'PKI']), at(2, ['OAUTH'], 'aef2'), at(3, ['PKI'])],
  });
  const interfaces = (...ports: [number, string[]][]) =>
    ports.map(([port, securityMethods]) => ({ ipv4Addr: '192.0.2.1', port, securityMethods }));
  expect(JSON.parse(JSON.stringify(described.aefProfiles))).toEqual([
    {
      aefId: 'aef1',
      versions: [{ apiVersion: 'v1' }],
      securityMethods: ['PKI'],
      interfaceDescriptions: interfaces([1, ['PSK', 'PKI']], [3, ['PKI']]),
    },
    {
      aefId: 'aef2',
      versions: [{ apiVersion: 'v1' }],
      securityMethods: ['OAUTH'],
      interfaceDescriptions: interfaces([2, ['OAUTH']]),
    },
  ]);
});

test('no publication makes a reader throw', () => {
  withstands((body) => readServiceApiPublishRequest(body, { apfId: 'apf1' }), request.body ?? '');
  withstands((body) => readServiceApiUpdateResponse({ status: 200, body }), request.body ?? '');
  const found = `{"serviceAPIDescriptions":[${request.body}]}`;
  withstands((body) => readDiscoverServiceApiResponse({ status: 200, body }), found);
});
