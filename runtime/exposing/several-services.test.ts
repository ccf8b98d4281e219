/** Several services of one exposing function: APIs, interfaces and AEFs, each with methods, keys and rights of its own (R21, R22). */
import { afterEach, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { conformance } from '../../properties/traces/trace-conformance.ts';
import { isSameAddress } from '../core/services/published-services.ts';
import type { Invoker } from '../invoker/invoker.ts';
import { closeAll, closeLater, exposing, invoking, sayMethod, type Testbed, testbed } from '../testing/roles.ts';
import { createExposingFunction, type ExposedApi, type PublicationNetwork } from './exposing-function.ts';

afterEach(closeAll);

const service = (apiName: string, ...methods: SecurityMethod[]) => ({ apiName, methods, serve: sayMethod });
const say = async (invoker: Invoker, { aefId, host, port, apiName }: ExposedApi) => {
  const answer = await invoker.fetch(`https://${host}:${port}/${apiName}/v1/hello`, { aefId });
  return answer.status === 200 ? answer.text() : answer.status;
};

/** Counts the publications that leave. */
function counting() {
  const sent: number[] = [];
  const network: PublicationNetwork = (revision, send) => {
    sent.push(revision);
    return send();
  };
  const since = () => sent.splice(0).length;
  return { network, since };
}

/** What each role has recorded is one run of the model. */
function expectRun(at: Testbed, ...others: TraceLine[][]): void {
  const traces = JSON.parse(JSON.stringify([at.lines, ...others])) as TraceLine[][];
  expect(conformance(...traces)).toMatchObject({ outcome: 'conforms', absent: [] });
  expect(at.errors).toEqual([]);
}

test('two APIs have their own methods, and change them together in a publication each, or one by one', async () => {
  const at = await testbed();
  const { network, since } = counting();
  const aef = await exposing(at, { network, services: [service('sms', 'PKI'), service('tides', 'OAUTH', 'PSK')] });
  await aef.settled();
  const [sms, tides] = aef.services as [ExposedApi, ExposedApi];
  expect([since(), sms.aefId, sms.port === tides.port]).toEqual([2, tides.aefId, false]);
  const invoker = await invoking(at);
  const both = async () => [await say(invoker, sms), await say(invoker, tides)];
  expect(await both()).toEqual(['PKI', 'PSK']);

  await tides.changeMethods(['OAUTH']);
  expect([since(), await both(), sms.methods(), tides.methods()]).toEqual([1, ['PKI', 'OAUTH'], ['PKI'], ['OAUTH']]);
  await aef.changeMethods(['PSK']);
  expect([since(), await both(), at.core.methodsOf(aef.aefId)]).toEqual([2, ['PSK', 'PSK'], ['PSK']]);
  expectRun(at);
  const exposed = at.lines.filter(({ role }) => role === 'apiExposingFunction').map(({ instance }) => instance);
  expect(new Set(exposed)).toEqual(new Set([`${aef.aefId}/sms`, `${aef.aefId}/tides`]));
});

test('one API at two interfaces of one AEF and at another AEF is one publication, changed together or one by one', async () => {
  const at = await testbed();
  const { network, since } = counting();
  const aef = await exposing(at, {
    network,
    services: [
      service('sms', 'PSK'),
      { ...service('sms', 'PKI'), name: 'north', aef: 'north' },
      { ...service('sms', 'PSK'), name: 'second' },
    ],
  });
  await aef.settled();
  const [first, north, second] = aef.services as [ExposedApi, ExposedApi, ExposedApi];
  expect([first.aefId === second.aefId, first.aefId === north.aefId, since()]).toEqual([true, false, 1]);
  const invoker = await invoking(at);
  const all = async () => Promise.all([first, north, second].map((one) => say(invoker, one)));
  expect(await all()).toEqual(['PSK', 'PKI', 'PSK']);
  // Keys of two interfaces are not the same, under one identity.
  const keys = at.lines.filter(({ effects }) => JSON.stringify(effects).includes('"keepCredential"'));
  expect(new Set(keys.map(({ instance }) => instance)).size).toBe(3);

  await second.changeMethods(['OAUTH']);
  expect([since(), await all()]).toEqual([1, ['PSK', 'PKI', 'OAUTH']]);
  await first.changeMethods(['OAUTH']);
  await second.changeMethods(['PKI']);
  expect(await all()).toEqual(['OAUTH', 'PKI', 'PKI']);
  await second.changeMethods(['OAUTH']);
  // The number of this negotiation is higher than that at the other interface, and each has a token of its own.
  expect(await all()).toEqual(['OAUTH', 'PKI', 'OAUTH']);
  expect(since()).toBe(3);
  await aef.changeMethods(['PSK', 'PKI']);
  expect([since(), await all()]).toEqual([1, ['PSK', 'PKI', 'PSK']]);
  expectRun(at);

  const discovered = await invoker.discover();
  expect(discovered).toHaveLength(1);
  expect(discovered[0]!.aefs.map(({ aefId, port, methods }) => [aefId, port, methods])).toEqual([
    [first.aefId, first.port, ['PSK', 'PKI']],
    [second.aefId, second.port, ['PSK', 'PKI']],
    [north.aefId, north.port, ['PSK', 'PKI']],
  ]);
});

test('what one request carried is acknowledged to every service that has asked for it, whatever became of its own', async () => {
  const at = await testbed();
  let isHeld = false;
  const network: PublicationNetwork = (_, send) => (isHeld ? new Promise(() => {}) : send());
  const services = [service('sms', 'PKI'), { ...service('sms', 'PKI'), name: 'two' }];
  const aef = await exposing(at, { network, services });
  await aef.settled();
  const [first, second] = aef.services as [ExposedApi, ExposedApi];
  isHeld = true;
  const changed = first.changeMethods(['OAUTH']);
  await expect.poll(() => at.lines.findLast(({ role }) => role === 'apiPublishingFunction')?.state).toBe('publishing');
  isHeld = false;
  await Promise.all([changed, second.changeMethods(['PSK'])]);
  expect(first.snapshot().value).toBe('settled');
});

test('a revocation ends the rights at the services that it names, wherever it arrives, and no others', async () => {
  const at = await testbed();
  const services = [service('sms', 'PSK'), service('tides', 'PSK'), { ...service('sms', 'PKI'), name: 'two' }];
  const aef = await exposing(at, { services });
  const [sms, tides, two] = aef.services as [ExposedApi, ExposedApi, ExposedApi];
  const ofOther: TraceLine[] = [];
  const invoker = await invoking(at);
  const other = await invoking(at, { record: (line) => ofOther.push(line) });
  const all = (by: Invoker) =>
    Promise.all([sms, tides, two].map((one) => say(by, one).catch((error: { code: string }) => error.code)));
  for (const by of [invoker, other]) expect(await all(by)).toEqual(['PSK', 'PSK', 'PKI']);
  const found = await invoker.discover();
  const { apiId } = found.find(({ apiName }) => apiName === 'sms')!;
  const informed = () => at.lines.filter(({ event }) => event.type === 'RevokeAuthorizationResponse').length;
  await at.core.revoke(await invoker.onboard(), aef.aefId, [apiId!]);
  // A context for each interface, and each is told at both.
  await expect.poll(informed).toBe(2);
  expect(await all(invoker)).toEqual(['refused', 'PSK', 'refused']);
  expect(await all(other)).toEqual(['PSK', 'PSK', 'PKI']);
  const of = (event: string) =>
    new Set(at.lines.filter((line) => line.event.type === event).map(({ instance }) => instance.split('/')[2]));
  expect(of('RevokeAuthorizationRequest')).toEqual(new Set(['sms', 'two']));
  expectRun(at, ofOther);
});

test('services that cannot be are refused with what would be right, and nothing listens', async () => {
  const at = await testbed();
  const { core, common } = at;
  const create = (...services: Parameters<typeof service>[] | object[]) =>
    createExposingFunction({
      ...common,
      core,
      registrationSecret: core.registrationSecret,
      services: services as [ReturnType<typeof service>],
    });
  const sms = service('sms', 'PKI');
  for (const [services, because] of [
    [[], 'at least one service'],
    [[sms, sms], 'two services are named "sms": give each a name of its own'],
    [[{ ...sms, name: 'not a name' }], '"not a name" is no name'],
    [[{ ...sms, methods: [] }], 'the service "sms" needs at least one security method'],
    [
      [
        { ...sms, port: 9 },
        { ...service('tides', 'PKI'), port: 9 },
      ],
      'two services are at 127.0.0.1:9',
    ],
  ] as const)
    await expect(create(...services)).rejects.toThrow(because);
  const taken = await exposing(at, { methods: ['PKI'] });
  const free = await exposing(at, { methods: ['PKI'] });
  await free.close();
  const clash = [
    { ...sms, port: free.port },
    { ...service('tides', 'PKI'), port: taken.port },
  ];
  await expect(create(...clash)).rejects.toThrow('EADDRINUSE');
  // The first one listened already, and does not any more.
  const again = await create({ ...sms, port: free.port });
  closeLater(again.close);
  expect(isSameAddress(again, free)).toBe(true);
});

test('a change is rejected once the exposing function is closed, and so is whoever waits for one', async () => {
  const at = await testbed();
  let isAway = false;
  const network: PublicationNetwork = (_, send) => (isAway ? new Promise(() => {}) : send());
  const aef = await exposing(at, { network, services: [service('sms', 'PKI'), service('tides', 'PKI')] });
  await aef.settled();
  isAway = true;
  const [sms] = aef.services as [ExposedApi];
  const pending = [sms.changeMethods(['PSK']), sms.settled(), aef.settled()].map((one) => one.catch(String));
  await aef.close();
  const because = 'Error: the exposing function is closed';
  expect(await Promise.all(pending)).toEqual([because, because, because]);
  await expect(aef.changeMethods(['OAUTH'])).rejects.toThrow('is closed');
  await expect(sms.withdrawOldMethods()).rejects.toThrow('is closed');
});
