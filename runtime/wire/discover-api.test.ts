/** Discovery, there and back (TS 29.222 8.1). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { givesBack, id, invalidParamsOf, optional, serviceApi } from '../testing/wire-values.ts';
import {
  readDiscoverServiceApiRequest,
  readDiscoverServiceApiResponse,
  writeDiscoverServiceApiRequest,
  writeDiscoverServiceApiResponse,
} from './discover-api.ts';
import { describeServiceApi } from './service-api-description.ts';

test('a discovery is read as it was written', () => {
  const asked = fc.record({ apiInvokerId: id, apiName: optional(id), aefId: optional(id) });
  fc.assert(
    fc.property(asked, ({ apiInvokerId, apiName, aefId }) => {
      const [, query] = writeDiscoverServiceApiRequest({ apiInvokerId, apiName, aefId }).path.split('?');
      const value = { 'api-invoker-id': apiInvokerId, 'api-name': apiName, 'aef-id': aefId };
      expect(readDiscoverServiceApiRequest(query ?? '')).toEqual({ outcome: 'read', value });
    }),
  );
  givesBack(fc.array(serviceApi, { maxLength: 3 }), (value) =>
    readDiscoverServiceApiResponse(writeDiscoverServiceApiResponse(value.map(describeServiceApi))),
  );
});

test('a discovery as TS 29.222 8.1 has it', () => {
  expect(writeDiscoverServiceApiRequest({ apiInvokerId: 'inv1', aefId: 'aef1' })).toEqual({
    method: 'GET',
    path: '/service-apis/v1/allServiceAPIs?api-invoker-id=inv1&aef-id=aef1',
  });
  expect(writeDiscoverServiceApiResponse([])).toMatchObject({ status: 200, body: '{}' });
});

test('what is no parameter of a discovery is passed over; one that is given twice, or is no identifier, is malformed', () => {
  const value = { 'api-invoker-id': 'inv1', 'api-name': 'weather', 'service-kpis': { maxReqRate: 5 } };
  const kpis = encodeURIComponent(JSON.stringify(value['service-kpis']));
  const query = `?api-invoker-id=inv1&api-name=weather&service-kpis=${kpis}&fields=apiId`;
  expect(readDiscoverServiceApiRequest(query)).toEqual({ outcome: 'read', value });
  expect(invalidParamsOf(readDiscoverServiceApiRequest(''))).toEqual([
    { param: 'api-invoker-id', reason: 'is required' },
  ]);
  expect(invalidParamsOf(readDiscoverServiceApiRequest('api-invoker-id=a&api-invoker-id=b'))).toEqual([
    { param: 'api-invoker-id', reason: 'is given more than once' },
  ]);
  const reasons = {
    'res-ops': 'is not supported here',
    'service-kpis': 'must be a JSON text',
    'api-supported-features': 'must be hexadecimal digits',
  };
  for (const [param, reason] of Object.entries(reasons)) {
    expect(invalidParamsOf(readDiscoverServiceApiRequest(`api-invoker-id=inv1&${param}=x`))).toEqual([
      { param, reason },
    ]);
  }
  for (const odd of ['', '%', '%ff', 'a%00b', '%E0%A4%A', '../x']) {
    expect(readDiscoverServiceApiRequest(`api-invoker-id=${odd}&__proto__=1`).outcome).toBe('malformed');
  }
});

test('what an invoker cannot use of a discovery is skipped, and the rest is kept', () => {
  const versions = [{ apiVersion: 'v1', expiry: null }];
  const at = { ipv4Addr: '192.0.2.1', port: 8443, securityMethods: ['FUTURE', 'PKI'] };
  const found = (...serviceAPIDescriptions: unknown[]) => {
    const answer = { status: 200, body: JSON.stringify({ serviceAPIDescriptions, suppFeat: null, later: {} }) };
    return readDiscoverServiceApiResponse(answer);
  };
  const profile = (...interfaceDescriptions: unknown[]) => ({ aefId: 'aef1', versions, interfaceDescriptions });
  const usable = { apiName: 'weather', apiId: null, aefProfiles: [profile({ securityMethods: ['PSK'] }, at, null)] };
  const value = [
    {
      apiName: 'weather',
      aefs: [{ aefId: 'aef1', host: '192.0.2.1', port: 8443, apiVersion: 'v1', methods: ['PKI'] }],
    },
  ];
  const slash = { ...usable, apiName: '3gpp/weather' };
  const profiles = [{ aefId: 'aef 2', versions }, 7, null, profile({ port: 1 }), ...usable.aefProfiles];
  expect(found(slash, usable, null, 'weather')).toEqual({ outcome: 'read', value });
  expect(found({ ...usable, aefProfiles: profiles })).toEqual({ outcome: 'read', value });
  expect(found({ ...usable, aefProfiles: null })).toEqual({
    outcome: 'read',
    value: [{ apiName: 'weather', aefs: [] }],
  });
});

test('nothing found may be a 404; other refusals are not', () => {
  expect(readDiscoverServiceApiResponse({ status: 404 })).toEqual({ outcome: 'read', value: [] });
  expect(readDiscoverServiceApiResponse({ status: 403 }).outcome).toBe('malformed');
});
