/** Several instances behind one AEF id: each has a store, a listener, machines and a publication of its own. */
import { afterEach, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { conformance } from '../../properties/traces/trace-conformance.ts';
import type { Invoker } from '../invoker/invoker.ts';
import { recordedStore } from '../testing/kept-records.ts';
import {
  closeAll,
  closeLater,
  exposing,
  invoking,
  negotiated,
  onboarded,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import {
  createExposingFunction,
  type ExposingFunction,
  type ExposingFunctionOptions,
  type ProviderIdentity,
} from './exposing-function.ts';

afterEach(closeAll);

const serve = () => ({ status: 200, body: 'second' });
type Options = Partial<ExposingFunctionOptions> & { identity(): Promise<ProviderIdentity> };

/** Without a registration secret. */
async function instance(at: Testbed, options: Options): Promise<ExposingFunction> {
  const service = { apiName: 'greetings', methods: ['PSK'] as const, serve };
  const made = { ...at.common, core: at.core, ...service, ...options } as ExposingFunctionOptions;
  const aef = await createExposingFunction(made);
  closeLater(aef.close);
  await aef.settled();
  return aef;
}

const sayingAt = async (invoker: Invoker, { aefId, host, port }: ExposingFunction) => {
  try {
    return await (await invoker.fetch(`https://${host}:${port}/greetings/v1/hello`, { aefId })).text();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

async function twoInstances() {
  const at = await testbed();
  const first = await exposing(at, { serve: () => ({ status: 200, body: 'first' }) });
  const lines: TraceLine[] = [];
  const { store } = recordedStore();
  const options = { identity: async () => first.identity(), store, record: (line: TraceLine) => lines.push(line) };
  const second = await instance(at, options);
  const invoker = await invoking(at);
  const both = async () => [await sayingAt(invoker, first), await sayingAt(invoker, second)];
  return { at, first, second, invoker, both, lines, store };
}

test('two instances are one AEF with a service API each, and an invoker survives a change of either', async () => {
  const { at, first, second, invoker, both, lines } = await twoInstances();
  expect([second.aefId, second.port === first.port]).toEqual([first.aefId, false]);
  expect(await both()).toEqual(['first', 'second']);
  const found = await invoker.discover();
  expect(found.map(({ apiName, aefs }) => [apiName, aefs.map(({ port }) => port)])).toEqual([
    ['greetings', [first.port]],
    ['greetings', [second.port]],
  ]);
  for (const aef of [second, first, second]) {
    await aef.changeMethods(aef.methods().includes('OAUTH') ? ['PKI'] : ['OAUTH']);
    expect(await both()).toEqual(['first', 'second']);
  }
  expect([first.methods(), second.methods()]).toEqual([['OAUTH'], ['PKI']]);
  const traces = JSON.parse(JSON.stringify([at.lines, lines])) as TraceLine[][];
  expect(conformance(...traces)).toMatchObject({ outcome: 'conforms', absent: [] });
  expect(at.errors).toEqual([]);
});

test('an invoker that is revoked is served by neither instance, and the core is told by both', async () => {
  const { at, first, second, invoker, both } = await twoInstances();
  await both();
  const other = await invoking(at);
  await at.core.revoke(await invoker.onboard(), first.aefId);
  const acknowledged = () => at.lines.filter(({ event }) => event.type === 'RevokeAuthorizationResponse').length;
  await expect.poll(acknowledged).toBe(2);
  expect(await both()).toEqual(['refused', 'refused']);
  expect([await sayingAt(other, first), await sayingAt(other, second)]).toEqual(['first', 'second']);
});

test('a revocation that concerns all instances counts once the last has acknowledged it', async () => {
  const { at, first, second, lines, store } = await twoInstances();
  const by = await onboarded(at);
  await negotiated(at, by, first);
  await second.close();
  await at.core.revoke(by.id, first.aefId);
  const ofContext = (type: string) =>
    at.lines.filter(({ role, event }) => role === 'capifCoreFunction' && event.type === type).length;
  await expect.poll(() => ofContext('exchange.failed')).toBeGreaterThanOrEqual(3);
  expect(at.lines.filter(({ event }) => event.type === 'RevokeAuthorizationRequest').length).toBeGreaterThanOrEqual(3);
  expect(ofContext('RevokeAuthorizationResponse')).toBe(0);
  const before = lines.length;
  // Its store says who it is.
  const identity = () => Promise.reject(new Error('nobody is asked'));
  const again = await instance(at, { identity, store, record: (line) => lines.push(line) });
  expect([again.aefId, again.port]).toEqual([second.aefId, second.port]);
  await expect.poll(() => ofContext('RevokeAuthorizationResponse')).toBe(1);
  expect(lines.slice(before).some(({ event }) => event.type === 'RevokeAuthorizationRequest')).toBe(true);
  const { instance: named } = lines.slice(before).find(({ role }) => role === 'apiExposingFunction')!;
  expect(named).toBe(`${second.aefId}/greetings/127.0.0.1:${second.port}`);
});

test('an instance has the AEFs that it was given, and no others', async () => {
  const { at, first } = await twoInstances();
  const service = { apiName: 'greetings', methods: ['PKI'] as const, serve, aef: 'north' };
  await expect(instance(at, { identity: async () => first.identity(), ...service })).rejects.toThrow(
    'this instance has no "aef north": it has what it was given, aef, apf',
  );
  await expect(createExposingFunction({ core: at.core, ...service })).rejects.toThrow('a registration secret');
});
