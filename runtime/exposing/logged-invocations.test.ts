/** An AEF that has the core keep which invocations it has answered (TS 29.222 5.8). */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { readableIds } from '../core/parties/ids.ts';
import type { Store } from '../store/store.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { ask, clientOf, closeAll, connected, exposing, hello, onboarded, testbed } from '../testing/roles.ts';
import type { InvocationLog } from '../wire/invocations/invocation-log.ts';
import type { Service } from './service-invocations.ts';

afterEach(closeAll);

/** A core whose records can be looked at, an AEF with its options, and an invoker that it knows. */
async function logged(logInvocations: boolean, service?: Service, ownStore?: Store) {
  const { store, records } = recordedStore();
  const at = await testbed({ store, ids: readableIds() });
  const statuses = [200, 404];
  const serve = () => {
    const status = statuses.shift();
    if (status === undefined) throw new Error('the service has failed');
    return { status };
  };
  const options = { methods: ['PKI'] as const, serve: service ?? serve, enforcePolicies: true, logInvocations };
  const withStore = ownStore ? { store: ownStore } : {};
  const aef = await exposing(at, { ...options, ...withStore });
  const by = await onboarded(at);
  const { invoke } = await connected(at, by, aef, 'PKI');
  const kept = () => (records('invocation-logs') as { log: InvocationLog }[]).map(({ log }) => log);
  return { at, aef, by, invoke, kept };
}

test('each invocation of a known sender is logged as it was answered: served, failed, or refused', async () => {
  const { at, aef, by, invoke, kept } = await logged(true);
  const statuses = [(await invoke()).status, (await invoke('POST')).status, (await invoke()).status];
  expect(statuses).toEqual([200, 404, 500]);
  const stranger = clientOf(aef, at, { by: 'nothing' });
  expect((await ask(stranger, { method: 'GET', path: hello })).status).toBe(401);
  await aef.changeMethods(['OAUTH']);
  expect((await invoke()).status).toBe(403);
  await aef.close({ withinMs: 10_000 });
  expect(at.errors.splice(0).map(String)).toEqual(['Error: the service has failed']);

  const all = kept();
  expect(new Set(all.map(({ aefId, apiInvokerId }) => `${aefId} ${apiInvokerId}`))).toEqual(
    new Set([`${aef.aefId} ${by.id}`]),
  );
  const logs = all.flatMap((log) => log.logs);
  expect(logs.map(({ operation, result }) => [operation, result])).toEqual([
    ['GET', '200'],
    ['POST', '404'],
    ['GET', '500'],
    ['GET', '403'],
  ]);
  expect(logs[0]).toMatchObject({
    apiId: 'service-api-1',
    apiName: 'greetings',
    apiVersion: 'v1',
    resourceName: 'hello',
    srcInterface: { ipv4Addr: '127.0.0.1' },
    destInterface: { ipv4Addr: '127.0.0.1' },
  });
});

test('an application of node:http that goes on after its answer is logged as well', async () => {
  const listener: RequestListener = async (_, response) => {
    response.writeHead(202).end();
    await once(response, 'close');
  };
  const { aef, invoke, kept } = await logged(true, { listener });
  expect((await invoke()).status).toBe(202);
  await aef.close({ withinMs: 10_000 });
  expect(kept().flatMap(({ logs }) => logs.map(({ result }) => result))).toEqual(['202']);
});

test('what was not posted before the end of an AEF is posted by the next one with its store', async () => {
  const { store } = recordedStore();
  const { at, aef, invoke, kept } = await logged(true, undefined, store);
  expect((await invoke()).status).toBe(200);
  await aef.close();
  expect(kept()).toEqual([]);
  await exposing(at, { methods: ['PKI'], logInvocations: true, store });
  const results = () => kept().flatMap(({ logs }) => logs.map(({ result }) => result));
  await expect.poll(results, { timeout: 30_000 }).toEqual(['200']);
});

test('no answer leaves before its log is durable', async () => {
  const held: (() => void)[] = [];
  let isSlow = false;
  const committed = () => (isSlow ? new Promise<void>((resolve) => held.push(resolve)) : Promise.resolve());
  const { at, aef, invoke } = await logged(true, undefined, { ...recordedStore().store, committed });
  const stranger = clientOf(aef, at, { by: 'nothing' });
  const happened: string[] = [];
  isSlow = true;
  const answer = invoke().then(() => happened.push('answered'));
  await expect.poll(() => held.length).toBe(1);
  expect((await ask(stranger, { method: 'GET', path: hello })).status).toBe(401);
  happened.push('durable');
  isSlow = false;
  held[0]!();
  await answer;
  expect(happened).toEqual(['durable', 'answered']);
});

test('by default none is logged', async () => {
  const { at, aef, invoke, kept } = await logged(false);
  expect((await invoke()).status).toBe(200);
  await aef.close({ withinMs: 10_000 });
  expect(kept()).toEqual([]);
  expect(at.errors).toEqual([]);
});

test('the serving does not wait for a core that is away', async () => {
  const { at, aef, invoke } = await logged(true);
  expect((await invoke()).status).toBe(200);
  await at.core.close();
  expect((await invoke()).status).toBe(404);
  await aef.close({ withinMs: 10_000 });
  expect(at.errors.map(String)).toEqual([expect.stringContaining('invocation logs are not kept by the core')]);
});
