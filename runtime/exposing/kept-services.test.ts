/** Several services that go on with their store: what each had to publish, services that come and go, and a store of before there were several. */
import { afterEach, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { conformance } from '../../properties/traces/trace-conformance.ts';
import { systemClock } from '../clock.ts';
import { noStore, type Store } from '../store/store.ts';
import {
  closeAll,
  connected,
  exposing,
  hello,
  invoking,
  onboarded,
  saying,
  sayMethod,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import type { ExposedApi, ExposingFunction, ExposingFunctionOptions } from './exposing-function.ts';

/** What invokers have recorded, each for itself. */
const ofInvokers: TraceLine[][] = [];
afterEach(async () => {
  ofInvokers.length = 0;
  await closeAll();
});

const lost: ExchangeOutcome = { outcome: 'cut', because: 'lost on its way', mayHaveBeenExecuted: true };
const service = (apiName: string, ...methods: SecurityMethod[]) => ({ apiName, methods, serve: sayMethod });
const inNorth = (apiName: string, ...methods: SecurityMethod[]) => ({
  ...service(apiName, ...methods),
  name: `${apiName}-north`,
  aef: 'north',
});

type Records = Map<string, Map<string, unknown>>;
/** As on a disk: what was put is there as JSON once it was committed. */
function disk(records: Records = new Map()): { records: Records; open(): Store } {
  const open = (): Store => {
    let waiting: (() => void)[] = [];
    return {
      ...noStore,
      collection<T>(name: string) {
        const own = records.get(name) ?? new Map<string, unknown>();
        records.set(name, own);
        const put = (id: string, value: () => T | undefined) =>
          waiting.push(() => {
            const now = value();
            if (now === undefined) own.delete(id);
            else own.set(id, JSON.parse(JSON.stringify(now)));
          });
        return { kept: new Map(own) as Map<string, T>, put };
      },
      async committed() {
        for (const write of waiting.splice(0)) write();
        waiting = [];
      },
    };
  };
  return { records, open };
}

/** An exposing function, and what starts it again with its store and other services. */
async function restartable(at: Testbed, options: Partial<ExposingFunctionOptions>) {
  const kept = disk();
  // Of each life, as invokers that it knew begin anew in the next.
  const lives: TraceLine[][] = [];
  const living = () => {
    const lines: TraceLine[] = [];
    lives.push(lines);
    const record = (line: TraceLine) => {
      lines.push(line);
      at.lines.push({ ...line, role: 'none' });
    };
    return { store: kept.open(), record };
  };
  const running = { aef: await exposing(at, { ...options, ...living() } as ExposingFunctionOptions) };
  async function restart(otherwise: Partial<ExposingFunctionOptions> = {}): Promise<ExposingFunction> {
    await running.aef.close();
    running.aef = await exposing(at, { ...options, ...otherwise, ...living() } as ExposingFunctionOptions);
    return running.aef;
  }
  return { ...kept, running, restart, lives };
}

/** All that the roles have recorded is one run of the model. */
function expectRun({ lines }: Testbed, lives: TraceLine[][]): void {
  const others = lines.filter(({ role }) => role !== 'none');
  const traces = JSON.parse(JSON.stringify([others, ...lives, ...ofInvokers])) as TraceLine[][];
  expect(conformance(...traces)).toMatchObject({ outcome: 'conforms', absent: [] });
}

/** Each interface that is published, and its methods. */
async function published(at: Testbed): Promise<string[]> {
  const lines: TraceLine[] = [];
  ofInvokers.push(lines);
  const found = await (await invoking(at, { record: (line) => lines.push(line) })).discover().catch(() => []);
  return found.flatMap(({ apiName, aefs }) => aefs.map(({ port, methods }) => `${apiName} ${port} ${methods}`));
}
const has = (at: Testbed, type: string) => at.lines.some(({ event }) => event.type === type);
const at = ({ apiName, port, methods }: ExposedApi) => `${apiName} ${port} ${methods()}`;
const all = async (at: Testbed, { services, aefId }: ExposingFunction) => {
  const invoker = await invoking(at);
  const say = async ({ host, port, apiName }: ExposedApi) =>
    (await invoker.fetch(`https://${host}:${port}/${apiName}/v1`, { aefId })).text();
  return Promise.all(services.map(say));
};

test('after a restart each service is where it was, and what was not published yet is, for each (6.7)', async () => {
  const bed = await testbed();
  let isLost = false;
  const services = [service('sms', 'PKI'), { ...service('sms', 'PKI'), name: 'two' }, service('tides', 'PKI')];
  const { running, restart, lives } = await restartable(bed, {
    services,
    network: (_, send) => (isLost ? Promise.resolve(lost) : send()),
    clock: { ...systemClock, after: () => () => {} },
  });
  await running.aef.settled();
  const [sms, two, tides] = running.aef.services as [ExposedApi, ExposedApi, ExposedApi];
  await tides.changeMethods(['OAUTH']);
  isLost = true;
  for (const [one, method] of [
    [sms, 'PSK'],
    [two, 'OAUTH'],
  ] as const)
    one.changeMethods([method]).catch(() => {});
  await expect.poll(() => bed.lines.filter(({ event }) => event.type === 'publication.failed').length).toBe(2);
  expect((await published(bed)).sort()).toEqual([`sms ${sms.port} PKI`, `sms ${two.port} PKI`, at(tides)].sort());

  const pending: string[] = [];
  isLost = false;
  const aef = await restart({
    clock: systemClock,
    onMethodsPending: (still) => pending.push(still.join()),
  });
  await aef.settled();
  expect(pending).toEqual(['PKI', '']);
  expect(aef.services.map(at)).toEqual([`sms ${sms.port} PSK`, `sms ${two.port} OAUTH`, at(tides)]);
  expect(await published(bed)).toEqual(aef.services.map(at));
  expect(await all(bed, aef)).toEqual(['PSK', 'OAUTH', 'OAUTH']);
  expectRun(bed, lives);
});

test('services that are gone, new, or back are so in what is published; without services, an API is withdrawn', async () => {
  const bed = await testbed();
  const [sms, two, tides] = [service('sms', 'PKI'), { ...service('sms', 'PSK'), name: 'two' }, service('tides', 'PKI')];
  const { running, restart, lives } = await restartable(bed, { services: [sms, two, tides] });
  expect(await all(bed, running.aef)).toEqual(['PKI', 'PSK', 'PKI']);
  const [, before] = running.aef.services as [ExposedApi, ExposedApi];
  await before.changeMethods(['OAUTH']);
  const follows = async (...services: (typeof sms)[]) => {
    const aef = await restart({ services });
    await expect.poll(async () => (await published(bed)).sort()).toEqual(aef.services.map(at).sort());
    return aef;
  };
  await follows(sms, tides);
  await follows(sms);
  // What is gone is not taken up again.
  expect(lives.at(-1)!.some(({ instance }) => instance.endsWith('/two'))).toBe(false);
  // Back with its first methods, and one that is new beside it, also in an AEF that is.
  const aef = await follows(sms, two, inNorth('sms', 'PSK'), tides);
  expect(aef.services.map(({ methods }) => methods()[0])).toEqual(['PKI', 'PSK', 'PSK', 'PKI']);
  expect(new Set(aef.services.map(({ aefId }) => aefId)).size).toBe(2);
  await aef.changeMethods(['PKI']);
  expect((await published(bed)).sort()).toEqual(aef.services.map(at).sort());
  await follows(tides);
  await follows(inNorth('sms', 'OAUTH'));
  expectRun(bed, lives);
  expect(bed.errors).toEqual([]);
});

test('a withdrawal that the core did not have is repeated after the next restart', async () => {
  const bed = await testbed();
  let isLost = false;
  const network: ExposingFunctionOptions['network'] = (_, send) => (isLost ? Promise.resolve(lost) : send());
  const { running, restart } = await restartable(bed, {
    services: [service('sms', 'PKI'), service('tides', 'PKI')],
    network,
  });
  await running.aef.settled();
  isLost = true;
  await restart({ services: [service('sms', 'PKI')] });
  await expect.poll(() => has(bed, 'publication.failed')).toBe(true);
  expect(await published(bed)).toHaveLength(2);
  isLost = false;
  await restart({ services: [service('sms', 'PKI')] });
  await expect.poll(() => published(bed)).toHaveLength(1);
});

test('a name that was that of a service of another API is refused', async () => {
  const bed = await testbed();
  const { restart } = await restartable(bed, { services: [{ ...service('sms', 'PKI'), name: 'one' }] });
  await expect(restart({ services: [{ ...service('tides', 'PKI'), name: 'one' }] })).rejects.toThrow(
    'the service "one" was one of "sms": give this one another name',
  );
});

/** The records of one service, as they were before an exposing function had several. */
function formerly(records: Records): Records {
  const of = (name: string) => records.get(name) ?? new Map<string, unknown>();
  const [[id, value]] = [...of('service-apis')] as [[string, Record<string, object>]];
  const { apiName: _, aef: __, publication, ...service } = value;
  const { serviceApiId } = of('resources').get('greetings') as { serviceApiId: string };
  const provider = of('provider').get('provider') as { keys: object; enrolled: Record<string, object> };
  const { functions, tokenKeyPem } = provider.enrolled;
  return new Map([
    ['service-apis', new Map([[id, { ...service, publication: { ...publication, serviceApiId } }]])],
    ['provider', new Map([['provider', { keys: provider.keys, enrolled: { ...functions, tokenKeyPem } }]])],
    ['port', new Map([['port', of('port').get('greetings')]])],
    ['revocations', of('revocations of greetings')],
    ['invocation-counts', of('invocation-counts of greetings')],
  ]);
}

test('a store of one service, as an earlier version has written it, goes on: place, publication, revocations; and more come', async () => {
  const bed = await testbed();
  const { running, records } = await restartable(bed, { methods: ['OAUTH'] });
  const { aefId, port } = running.aef;
  const invoker = await invoking(bed);
  expect(await saying(invoker, running.aef)).toBe('OAUTH');
  const by = await onboarded(bed);
  const kept = await connected(bed, by, running.aef, 'OAUTH');
  await bed.core.revoke(by.id, aefId);
  await expect.poll(() => has(bed, 'RevokeAuthorizationResponse')).toBe(true);
  await running.aef.close();

  const former = disk(formerly(records));
  let revisions: number[] = [];
  const network: ExposingFunctionOptions['network'] = (revision, send) => {
    revisions.push(revision);
    return send();
  };
  const start = async (options: Partial<ExposingFunctionOptions>): Promise<ExposingFunction> => {
    const aef = await exposing(bed, { network, store: former.open(), ...options } as ExposingFunctionOptions);
    await aef.settled();
    return aef;
  };
  const aef = await start({ methods: ['PSK'] });
  expect([aef.aefId, aef.port, aef.methods(), revisions]).toEqual([aefId, port, ['OAUTH'], []]);
  expect(await kept.again().invoke()).toMatchObject({ status: 403, body: { cause: 'NOT_AUTHORIZED' } });
  expect(await saying(invoker, aef)).toBe('OAUTH');
  await aef.close();

  const greetings = { ...service('greetings', 'PSK') };
  const more = await start({ services: [greetings, { ...greetings, name: 'two' }, inNorth('tides', 'PKI')] });
  expect([more.aefId, more.port, revisions.splice(0)]).toEqual([aefId, port, [1, 1]]);
  expect(await published(bed)).toEqual(more.services.map(at));
  expect((await invoker.fetch(hello, { aefId })).status).toBe(200);
  expect(await kept.again().invoke()).toMatchObject({ status: 403 });
  expect([...former.records.keys()].filter((name) => former.records.get(name)!.size > 0).sort()).toEqual([
    'port',
    'provider',
    'resources',
    'revocations of greetings',
    'service-apis',
  ]);
  revisions = [];
  await more.changeMethods(['PKI']);
  expect(revisions).toHaveLength(2);
});
