/** Audits: every parameter of the query, and what an answer may look like (TS 29.222 8.8). */
import { expect, test } from 'vitest';
import { invalidParamsOf, withstands } from '../../testing/wire-values.ts';
import { readAuditRequest, writeAuditResponse } from './auditing-api.ts';

const time = '2026-11-27T02:00:00+01:00';
const whole = {
  'aef-id': 'aef-1',
  'api-invoker-id': 'api-invoker-1',
  'time-range-start': time,
  'time-range-end': time,
  'api-id': 'a',
  'api-name': 'n',
  'api-version': 'v1',
  protocol: 'HTTP_1_1',
  operation: 'GET',
  result: '200',
  'resource-name': 'r',
  'src-interface': '{"ipv4Addr":"192.0.2.1"}',
  'dest-interface': '{"fqdn":"aef.example","port":443}',
  'supported-features': '1',
  'net-slice-info': '[{"nsiId":"x"}]',
};

test('every parameter is read; those that are JSON, as what they say', () => {
  expect(readAuditRequest(new URLSearchParams(whole).toString())).toEqual({
    outcome: 'read',
    value: {
      ...whole,
      'src-interface': { ipv4Addr: '192.0.2.1' },
      'dest-interface': { fqdn: 'aef.example', port: 443 },
      'net-slice-info': [{ nsiId: 'x' }],
    },
  });
  expect(readAuditRequest('')).toEqual({ outcome: 'read', value: {} });
  expect(readAuditRequest('of-a-later-release=1')).toEqual({ outcome: 'read', value: {} });
});

test('an offset whose plus was not encoded is read as it was meant', () => {
  const read = readAuditRequest(`time-range-start=${time}`);
  expect(read).toEqual({ outcome: 'read', value: { 'time-range-start': time } });
});

test('each parameter that is wrong is named', () => {
  const wrong = new URLSearchParams({
    'time-range-start': 'yesterday',
    'time-range-end': '2026-11-27T02:00:00',
    'src-interface': '{',
    'dest-interface': '{}',
    'supported-features': 'g',
    'net-slice-info': '[]',
  });
  expect(invalidParamsOf(readAuditRequest(wrong.toString()))).toEqual([
    { param: 'time-range-start', reason: 'must be a date and a time with an offset' },
    { param: 'time-range-end', reason: 'must be a date and a time with an offset' },
    { param: 'src-interface', reason: 'must be a JSON text' },
    { param: 'dest-interface', reason: 'must be an InterfaceDescription' },
    { param: 'supported-features', reason: 'must be hexadecimal digits' },
    { param: 'net-slice-info', reason: 'must not be empty' },
  ]);
  expect(invalidParamsOf(readAuditRequest('result=200&result=500'))).toEqual([
    { param: 'result', reason: 'is given more than once' },
  ]);
  withstands((body) => readAuditRequest(String(body)), JSON.stringify(whole));
});

test('one log is answered as such, several in a list (8.8.4)', () => {
  const log = { aefId: 'aef-1', apiInvokerId: 'api-invoker-1', logs: [] };
  expect(JSON.parse(writeAuditResponse([log], '0').body!)).toEqual({ ...log, supportedFeatures: '0' });
  expect(JSON.parse(writeAuditResponse([log, log], undefined).body!)).toEqual({ multipleInvocationLogs: [log, log] });
});
