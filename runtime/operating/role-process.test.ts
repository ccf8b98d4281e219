/** What those who run a role see of it: log, metrics, health and trace. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, expect, test, vi } from 'vitest';
import { readTrace } from '../recorded-trace.ts';
import { metricsOf } from './metrics.ts';
import { operatorListener } from './operator-listener.ts';
import { roleLog } from './role-log.ts';
import { observe } from './role-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-'));
afterAll(() => rmSync(folder, { recursive: true }));

const facts = { referencePoint: 'CAPIF-1e', from: 'invoker-1', to: 'CCF', request: 'PUT trustedInvokers', status: 201 };
const line = {
  role: 'capifCoreFunction',
  instance: 'invoker-1/aef-1',
  event: { type: 'SecurityMethodRequest' },
  state: 'negotiated',
  effects: [{ type: 'send', message: { type: 'SecurityMethodResponse' } }],
};

test('a step for a message is logged for people, or as JSON; another one only at debug', () => {
  const said = (format: 'text' | 'json') => {
    const output = new PassThrough();
    const log = roleLog({ role: 'core', level: 'info', format, output });
    log.step({ ...line, facts });
    log.step(line);
    return String(output.read());
  };
  expect(said('text')).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} info {2}core {2}SecurityMethodRequest .* from=invoker-1 .* request="PUT trustedInvokers" {2}status=201\n$/,
  );
  expect(JSON.parse(said('json'))).toMatchObject({
    level: 'info',
    role: 'core',
    msg: 'SecurityMethodRequest',
    ...facts,
  });
});

test('metrics count steps, messages and errors, and show withdrawn methods that are still accepted', async () => {
  const metrics = metricsOf('aef');
  metrics.step({ ...line, unexpected: true });
  metrics.error();
  metrics.withdrawnMethods(2);
  metrics.notification('delivered');
  metrics.logBytesWaiting(7);
  const { text } = await metrics.exposition();
  for (const counted of [
    'capif_steps_total{machine="capifCoreFunction",event="SecurityMethodRequest",role="aef"} 1',
    'capif_unexpected_events_total{machine="capifCoreFunction",role="aef"} 1',
    'capif_answers_total{machine="capifCoreFunction",message="SecurityMethodResponse",role="aef"} 1',
    'capif_errors_total{role="aef"} 1',
    'capif_withdrawn_methods_accepted{role="aef"} 2',
    'capif_notifications_total{outcome="delivered",role="aef"} 1',
    'capif_invocation_log_bytes_waiting{role="aef"} 7',
  ])
    expect(text).toContain(`${counted}\n`);
});

test('health says whether the role is ready, beside the metrics', async () => {
  let isReady = false;
  const listener = await operatorListener(0, { isReady: () => isReady, metrics: metricsOf('core') });
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${listener.port}${path}`, { method });
  expect((await get('/health')).status).toBe(503);
  isReady = true;
  expect(await (await get('/health')).json()).toEqual({ status: 'ready' });
  expect((await get('/metrics')).headers.get('content-type')).toMatch(/^text\/plain/);
  expect([(await get('/other')).status, (await get('/health', 'POST')).status]).toEqual([404, 405]);
  listener.close();
});

test('a withdrawn method that is still accepted is a warning that says how to end it; each step is in the trace', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const trace = join(folder, 'aef.ndjson');
  const { observers, close } = await observe('aef', { logLevel: 'warn', logFormat: 'text', trace });
  observers.onMethodsPending(['PSK']);
  observers.record(line);
  close();
  expect(String(said.mock.calls)).toMatch(
    /warn {2}aef {2}until the core knows, PSK is still accepted; "capif expose withdraw"/,
  );
  said.mockRestore();
  expect(readTrace(trace)).toMatchObject({ lines: [line], lives: [{ end: 'in order' }] });
});
