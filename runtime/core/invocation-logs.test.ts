/** Invocation logs at the core: an AEF posts them, the AMF of its domain audits them (TS 29.222 5.8, 5.9). */
import { afterEach, expect, test } from 'vitest';
import { recordedStore } from '../testing/kept-records.ts';
import { restartable } from '../testing/restartable-core.ts';
import { ask, client, closeAll, type Known, registered, type Testbed, testbed } from '../testing/roles.ts';
import type { InvocationLog, Log } from '../wire/invocations/invocation-log.ts';
import { writeInvocationLogRequest } from '../wire/invocations/logging-api.ts';
import { InvocationLogs } from './invocations/invocation-logs.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

const get: Log = {
  apiId: 'service-api-1',
  apiName: 'greetings',
  apiVersion: 'v1',
  resourceName: 'hello',
  protocol: 'HTTP_1_1',
  operation: 'GET',
  result: '200',
  invocationTime: '2026-11-27T02:00:00Z',
  srcInterface: { ipv4Addr: '192.0.2.1', port: 4711 },
  destInterface: { fqdn: 'aef.example', port: 443 },
  netSliceInfo: { nsiId: 'slice' },
};
const logOf = (aefId: string, apiInvokerId: string, ...logs: Log[]): InvocationLog => ({ aefId, apiInvokerId, logs });
const post = (at: Testbed, by: Known, log: InvocationLog) =>
  ask(client(at, by.certificate), writeInvocationLogRequest(log));
const audit = (at: Testbed, by: Known, query: Record<string, string> = {}) =>
  ask(client(at, by.certificate), {
    method: 'GET',
    path: `/logs/v1/apiInvocationLogs?${new URLSearchParams(query)}`,
  });
const resultsOf = ({ body }: { body: unknown }) => {
  const { multipleInvocationLogs, logs } = body as { multipleInvocationLogs?: InvocationLog[]; logs?: Log[] };
  return (multipleInvocationLogs ?? [{ logs: logs ?? [] }]).map(({ logs }) => logs.map(({ result }) => result));
};

test('a log is kept, and found by the AMF of its domain alone (5.8.2.2, 5.9.2.2)', async () => {
  const at = await testbed();
  const [aef, amf, apf] = (await registered(at, 'AEF', 'AMF', 'APF')) as [Known, Known, Known];
  const [stranger] = (await registered(at, 'AMF')) as [Known];
  const posted = { ...logOf(aef.id, 'api-invoker-1', get), supportedFeatures: '1' };
  const { status, body } = await post(at, aef, posted);
  expect([status, body]).toEqual([201, { ...posted, supportedFeatures: '0' }]);
  expect(await audit(at, amf)).toMatchObject({ status: 200, body: logOf(aef.id, 'api-invoker-1', get) });
  expect((await audit(at, stranger)).status).toBe(404);
  expect((await audit(at, stranger, { 'aef-id': aef.id })).status).toBe(404);
  expect((await audit(at, aef)).status).toBe(401);
  expect((await audit(at, apf)).status).toBe(401);
});

test('a created log has a Location, at the apiRoot of the core (8.7.2.2.3.1)', async () => {
  const at = await testbed();
  const [aef] = (await registered(at, 'AEF')) as [Known];
  const over = client(at, aef.certificate);
  const outcome = await over.request(writeInvocationLogRequest(logOf(aef.id, 'api-invoker-1', get)));
  expect(outcome).toMatchObject({
    headers: {
      location: expect.stringMatching(
        new RegExp(`^https://127.0.0.1:${at.core.port}/api-invocation-logs/v1/${aef.id}/logs/[0-9a-f]{32}$`),
      ),
    },
  });
});

test('in a domain without an AMF, each of its functions may audit, as it may manage the domain (5.11.2)', async () => {
  const at = await testbed();
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  await post(at, aef, logOf(aef.id, 'api-invoker-1', get));
  expect((await audit(at, apf)).status).toBe(200);
});

test('every parameter of an audit finds what matches it alone (8.8.2.2.3.1)', async () => {
  const at = await testbed();
  const [aef, other, amf] = (await registered(at, 'AEF', 'AEF', 'AMF')) as [Known, Known, Known];
  const bare: Log = { ...get, result: '201' };
  for (const name of ['invocationTime', 'operation', 'srcInterface', 'destInterface', 'netSliceInfo'] as const)
    delete bare[name];
  await post(at, aef, logOf(aef.id, 'api-invoker-1', get, { ...bare, apiId: 'x', apiName: 'x', apiVersion: 'x' }));
  await post(at, aef, logOf(aef.id, 'api-invoker-1', { ...get, result: '202', protocol: 'x', resourceName: 'x' }));
  await post(at, other, logOf(other.id, 'api-invoker-2', { ...get, result: '203', operation: 'POST' }));

  const found: [Record<string, string>, string[][]][] = [
    [{}, [['200', '201', '202'], ['203']]],
    [{ 'aef-id': aef.id }, [['200', '201', '202']]],
    [{ 'api-invoker-id': 'api-invoker-2' }, [['203']]],
    [{ 'api-id': 'service-api-1' }, [['200', '202'], ['203']]],
    [{ 'api-name': 'x' }, [['201']]],
    [{ 'api-version': 'v1' }, [['200', '202'], ['203']]],
    [{ protocol: 'x' }, [['202']]],
    [{ operation: 'POST' }, [['203']]],
    [{ result: '201' }, [['201']]],
    [{ 'resource-name': 'x' }, [['202']]],
    [{ 'src-interface': '{"ipv4Addr":"192.0.2.1"}' }, [['200', '202'], ['203']]],
    [{ 'dest-interface': '{"fqdn":"aef.example","port":443}' }, [['200', '202'], ['203']]],
    [{ 'net-slice-info': '[{"nsiId":"slice"},{"nsiId":"x"}]' }, [['200', '202'], ['203']]],
    [{ 'time-range-start': '2026-11-27T03:00:00+01:00' }, [['200', '202'], ['203']]],
    [{ 'time-range-end': '2026-11-27T03:00:00+01:00' }, [['200', '202'], ['203']]],
    [{ 'aef-id': aef.id, result: '202', 'supported-features': '1' }, [['202']]],
  ];
  for (const [query, results] of found) {
    const answer = await audit(at, amf, query);
    expect([query, answer.status, resultsOf(answer)]).toEqual([query, 200, results]);
  }
  const nothing: Record<string, string>[] = [
    { 'src-interface': '{"ipv4Addr":"192.0.2.1","port":1}' },
    { 'dest-interface': '{"fqdn":"aef.example","port":1}' },
    { 'net-slice-info': '[{"nsiId":"x"}]' },
    { 'time-range-start': '2026-11-27T02:00:00.001Z' },
    { 'time-range-end': '2026-11-27T01:59:59Z' },
    { 'aef-id': aef.id, 'api-invoker-id': 'api-invoker-2' },
  ];
  for (const query of nothing) expect([query, (await audit(at, amf, query)).status]).toEqual([query, 404]);
  expect((await audit(at, amf, { 'time-range-start': 'x' })).status).toBe(400);
});

test('an AEF logs under its own id alone, and what is malformed is not kept (8.7.2.2.3.1)', async () => {
  const at = await testbed({ bodyLimitBytes: 4096 });
  const [aef, other, amf] = (await registered(at, 'AEF', 'AEF', 'AMF')) as [Known, Known, Known];
  const over = client(at, aef.certificate);
  const headers = { 'content-type': 'application/json' };
  const own = `/api-invocation-logs/v1/${aef.id}/logs`;
  const send = async (path: string, log: unknown) =>
    (await ask(over, { method: 'POST', path, headers, body: JSON.stringify(log) })).status;
  expect(await send(`/api-invocation-logs/v1/${other.id}/logs`, logOf(other.id, 'x', get))).toBe(401);
  expect(await send(own, logOf(other.id, 'x', get))).toBe(400);
  expect(await send(own, logOf(aef.id, 'x'))).toBe(400);
  expect(await send(own, logOf(aef.id, '../x', get))).toBe(400);
  expect(await send(own, logOf(aef.id, 'x', { ...get, uri: 'x'.repeat(5000) }))).toBe(413);
  let deep: unknown = 1;
  for (let levels = 0; levels < 40; levels += 1) deep = [deep];
  expect(await send(own, logOf(aef.id, 'x', { ...get, inputParameters: deep }))).toBe(400);
  expect((await audit(at, amf)).status).toBe(404);
  expect(at.errors).toEqual([]);
});

test('what a core has kept is there after a restart; the oldest go where a domain has no more room', async () => {
  const one = (aefId: string, n: number) => logOf(aefId, 'api-invoker-1', { ...get, result: String(100 + n) });
  const room = Buffer.byteLength(JSON.stringify(one('x'.repeat(32), 0))) * 2;
  const { at, restart } = await restartable({ invocationLogLimitBytes: room });
  const [aef, amf] = (await registered(at, 'AEF', 'AMF')) as [Known, Known];
  const [other] = (await registered(at, 'AEF')) as [Known];
  await post(at, other, one(other.id, 0));
  for (const n of [1, 2, 3]) expect((await post(at, aef, one(aef.id, n))).status).toBe(201);
  await restart();
  expect(resultsOf(await audit(at, amf))).toEqual([['102', '103']]);
  await post(at, aef, one(aef.id, 4));
  const large = logOf(aef.id, 'api-invoker-1', { ...get, result: '105', uri: 'x'.repeat(2 * room) });
  expect(resultsOf(await audit(at, amf))).toEqual([['103', '104']]);
  await post(at, aef, large);
  expect(resultsOf(await audit(at, amf))).toEqual([['105']]);
  expect(resultsOf(await audit(at, other))).toEqual([['100']]);
  await restart();
  expect(resultsOf(await audit(at, amf))).toEqual([['105']]);
  await at.core.close();
});

test('what goes for want of room goes from the store as well', () => {
  const { store, records } = recordedStore();
  const logs = new InvocationLogs({ ids: readableIds(), store, limitBytes: 1 });
  for (const invoker of ['api-invoker-1', 'api-invoker-2']) logs.keep('provider-1', logOf('aef-1', invoker, get));
  expect(records('invocation-logs')).toMatchObject([{ log: { apiInvokerId: 'api-invoker-2' } }]);
});

test('the logs of a domain end with it (5.11.2.3)', async () => {
  const { store, records } = recordedStore();
  const at = await testbed({ store, ids: readableIds() });
  const [aef, amf] = (await registered(at, 'AEF', 'AMF')) as [Known, Known];
  const [other] = (await registered(at, 'AEF')) as [Known];
  await post(at, aef, logOf(aef.id, 'api-invoker-1', get));
  await post(at, other, logOf(other.id, 'api-invoker-1', get));
  const path = '/api-provider-management/v1/registrations/provider-1';
  expect((await ask(client(at, amf.certificate), { method: 'DELETE', path })).status).toBe(204);
  expect(records('invocation-logs')).toMatchObject([{ log: { aefId: other.id } }]);
});
