/** The queries of open discovery and of routing information (TS 29.222 8.11, 8.10). */
import { expect, test } from 'vitest';
import { invalidParamsOf, withstands } from '../../testing/wire-values.ts';
import { decodeBody } from '../json-message.ts';
import { readOpenDiscoveryRequest } from './open-discover-api.ts';
import { readRoutingInfoRequest } from './routing-info-api.ts';

test('lists are separated by commas, and maps are JSON; what is malformed is named', () => {
  const query = new URLSearchParams({
    'api-names': 'weather,tides',
    'api-versions': '{"weather":["v1"]}',
    'api-supported-features': '{"weather":"F"}',
    'preferred-aef-loc': '{"dcId":"x"}',
  });
  expect(readOpenDiscoveryRequest(`${query}`)).toEqual({
    outcome: 'read',
    value: {
      'api-names': ['weather', 'tides'],
      'api-versions': { weather: ['v1'] },
      'api-supported-features': { weather: 'F' },
      'preferred-aef-loc': { dcId: 'x' },
    },
  });
  const wrong = new URLSearchParams({ 'api-versions': '{"weather":[]}', 'api-ids': '', 'service-kpis': 'x' });
  expect(invalidParamsOf(readOpenDiscoveryRequest(`${wrong}`))).toMatchObject([
    { param: 'api-versions' },
    { param: 'service-kpis' },
    { param: 'api-ids' },
  ]);
  expect(invalidParamsOf(readRoutingInfoRequest({ serviceApiId: 'a/b' }, 'supp-feat=F'))).toMatchObject([
    { param: '{serviceApiId}' },
    { param: 'aef-id' },
  ]);
});

test('no query makes a reader throw', () => {
  const text = (body: Parameters<typeof decodeBody>[0]) => {
    try {
      return decodeBody(body);
    } catch {
      return '%FF';
    }
  };
  withstands(
    (body) => readOpenDiscoveryRequest(`api-versions=${encodeURIComponent(text(body))}`),
    '{"weather":["v1"]}',
  );
  withstands((body) => readRoutingInfoRequest({ serviceApiId: 'x' }, text(body)), '"aef-id=x"');
});
