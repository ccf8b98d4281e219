/** What an application hears of its invoker, and mismatch indications that are not ours (6.7). */
import { afterEach, expect, test } from 'vitest';
import { foreignPeers, json } from '../testing/foreign-peers.ts';
import { closeAll, exposing, invoking, saying, testbed } from '../testing/roles.ts';
import { closeAll as stopServers } from '../testing/servers.ts';
import type { Invoker } from './invoker.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

function heardOf({ on }: Pick<Invoker, 'on'>): unknown[] {
  const heard: unknown[] = [];
  on('renegotiating', (about) => heard.push(['renegotiating', about]));
  on('method-changed', (about) => heard.push(['method-changed', about]));
  on('refused', (about) => heard.push(['refused', about]));
  return heard;
}

test('an application hears of a change of method, once, and not of the first one (6.7)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const invoker = await invoking(at);
  const heard = heardOf(invoker);
  expect(await saying(invoker, aef)).toBe('PSK');
  expect(heard).toEqual([]);
  await aef.changeMethods(['PKI']);
  expect(await saying(invoker, aef)).toBe('PKI');
  const about = { aefId: aef.aefId, apiName: 'greetings' };
  expect(heard).toEqual([
    ['renegotiating', about],
    ['method-changed', { ...about, from: 'PSK', to: 'PKI' }],
  ]);
});

test('it hears that it is refused, and no more once it does not listen (6.8)', async () => {
  const { invoke, invoker } = await foreignPeers({
    answering: ({ operation }, response) => operation === 'negotiate' && json(response, 403, {}),
  });
  const heard = heardOf(invoker);
  const ended: unknown[] = [];
  const listener = (about: unknown) => ended.push(about);
  invoker.on('refused', listener);
  invoker.off('refused', listener);
  await expect(invoke()).rejects.toMatchObject({ code: 'refused' });
  expect(heard).toMatchObject([['refused', { aefId: 'aef1', apiName: 'greetings', because: expect.any(String) }]]);
  expect(ended).toEqual([]);
});

test('a listener may call the invoker, and one that throws costs nothing but a word', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const told: unknown[] = [];
  const invoker = await invoking(at, { onError: (error) => told.push(error) });
  const said: Promise<string>[] = [];
  invoker.on('method-changed', () => said.push(saying(invoker, aef)));
  invoker.on('renegotiating', () => {
    throw new Error('a fault of the application');
  });
  await saying(invoker, aef);
  await aef.changeMethods(['OAUTH']);
  expect(await saying(invoker, aef)).toBe('OAUTH');
  expect(await Promise.all(said)).toEqual(['OAUTH']);
  expect(told).toMatchObject([{ message: 'a fault of the application' }]);
});

test('what can be seen of an association is its service and where its machine stands', async () => {
  const { invoke, invoker } = await foreignPeers();
  await invoke();
  const association = invoker.association('aef1')!;
  expect(Object.keys(association)).toEqual(['service', 'snapshot']);
  expect(association.service).toMatchObject({ aefId: 'aef1', apiName: 'greetings' });
  expect(association.snapshot().value).toEqual({ negotiated: 'secured' });
});

/** An AEF that refuses the first invocation in its own words. */
const refusingIn = (status: number, body: unknown, isMismatch: (response: Response) => unknown) => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const options = { isMismatch: isMismatch as (response: Response) => boolean, onError };
  const answering = ({ operation, nth }: { operation: string; nth: number }, response: Parameters<typeof json>[0]) =>
    operation === 'invoke' && nth === 1 && json(response, status, body);
  return foreignPeers({ invoker: options, answering }).then((peers) => ({ ...peers, errors }));
};

test('a foreign mismatch indication that the application recognises makes the invoker ask the core again (6.7)', async () => {
  const recogniser = async (response: Response) =>
    response.status === 401 && (await response.json()).reason === 'wrong method';
  const { invoke, invoker, count } = await refusingIn(401, { reason: 'wrong method' }, recogniser);
  const heard = heardOf(invoker);
  expect(await (await invoke({ method: 'POST', body: 'x' })).text()).toBe('served');
  expect(count('invoke')).toBe(2);
  expect(heard).toContainEqual(['renegotiating', { aefId: 'aef1', apiName: 'greetings' }]);
});

test('without it, or where it does not recognise one or fails, the answer is that of the service', async () => {
  const unasked = await refusingIn(200, { reason: 'x' }, () => true);
  expect(await (await unasked.invoke()).json()).toEqual({ reason: 'x' });
  for (const [recogniser, faults] of [
    [() => false, 0],
    [() => Promise.reject(new Error('a fault')), 1],
  ] as const) {
    const { invoke, errors, count } = await refusingIn(401, { reason: 'x' }, recogniser);
    const response = await invoke();
    expect([response.status, await response.json()]).toEqual([401, { reason: 'x' }]);
    expect([count('invoke'), errors.length]).toEqual([1, faults]);
  }
});
