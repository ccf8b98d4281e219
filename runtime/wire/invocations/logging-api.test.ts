/** Invocation logs, there and back, and those of others (TS 29.222 8.7). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { givesBack, id, invalidParamsOf, optional, routed, text, withstands } from '../../testing/wire-values.ts';
import { readInvocationLogRequest, writeInvocationLogRequest, writeInvocationLogResponse } from './logging-api.ts';

const route = '/api-invocation-logs/v1/:aefId/logs';
const defined = <T extends object>(one: T): T =>
  Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as T;
const time = fc
  .date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('2100-01-01') })
  .map((date) => date.toISOString());
const log = fc
  .record({
    ...{ apiId: text, apiName: text, apiVersion: text, resourceName: text, protocol: text, result: text },
    ...{ operation: optional(text), uri: optional(text), fwdInterface: optional(text) },
    invocationTime: optional(time),
    invocationLatency: optional(fc.nat()),
    srcInterface: optional(fc.record({ ipv4Addr: fc.ipV4(), port: fc.integer({ min: 1, max: 65535 }) })),
    netSliceInfo: optional(fc.constantFrom(null, { nsiId: 'x' })),
  })
  .map(defined);
const invocationLog = fc.record({ aefId: id, apiInvokerId: id, logs: fc.array(log, { minLength: 1, maxLength: 3 }) });

const one = {
  aefId: 'aef-1',
  apiInvokerId: 'api-invoker-1',
  logs: [{ apiId: 'a', apiName: 'n', apiVersion: 'v1', resourceName: 'r', protocol: 'HTTP_1_1', result: '200' }],
};

test('a log is read as it was written', () => {
  givesBack(
    invocationLog.map((log) => ({ aefId: log.aefId, log })),
    ({ log }) => {
      const request = writeInvocationLogRequest(log);
      return readInvocationLogRequest(request.body, routed(route, request));
    },
  );
});

test('a log as TS 29.222 8.7 has it, and members of later releases stay', () => {
  const later = { ...one, logs: [{ ...one.logs[0]!, inputParameters: [1, { to: 'me' }], ofALaterRelease: true }] };
  expect(writeInvocationLogRequest(one)).toMatchObject({ method: 'POST', path: '/api-invocation-logs/v1/aef-1/logs' });
  expect(readInvocationLogRequest(JSON.stringify(later), { aefId: 'aef-1' })).toEqual({
    outcome: 'read',
    value: { aefId: 'aef-1', log: later },
  });
  expect(writeInvocationLogResponse('log-1', later)).toMatchObject({
    status: 201,
    headers: { location: '/api-invocation-logs/v1/aef-1/logs/log-1' },
    body: JSON.stringify(later),
  });
});

test('what is wrong in a log is named by its place', () => {
  const wrong = {
    aefId: 'aef-1',
    logs: [
      { ...one.logs[0]!, result: 200, invocationTime: '2026-11-27 02:00', srcInterface: { port: 1 } },
      { ...one.logs[0]!, invocationLatency: -1 },
    ],
  };
  expect(invalidParamsOf(readInvocationLogRequest(JSON.stringify(wrong), { aefId: '..' }))).toEqual([
    { param: '{aefId}', reason: 'must be 1 to 64 letters, digits, dots, underscores or hyphens' },
    { param: '/apiInvokerId', reason: 'is required' },
    { param: '/logs/0/result', reason: 'must be of type string' },
    { param: '/logs/0/invocationTime', reason: 'must be a date and a time with an offset' },
    { param: '/logs/0/srcInterface', reason: 'must be an InterfaceDescription' },
    { param: '/logs/1/invocationLatency', reason: 'must be at least 0' },
  ]);
  withstands((body) => readInvocationLogRequest(body, { aefId: 'aef-1' }), JSON.stringify(one));
});
