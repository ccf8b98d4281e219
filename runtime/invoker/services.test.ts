/** An AEF that exposes several service APIs, or one at several interfaces: which of them an invocation is of. */
import { createServer } from 'node:https';
import { afterEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { aefProfile, foreignPeers, json } from '../testing/foreign-peers.ts';
import { provider } from '../testing/published-services.ts';
import { closeAll, invoking } from '../testing/roles.ts';
import { listening, closeAll as stopServers } from '../testing/servers.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { noService, serviceFor, servicesIn } from './services.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

const at = (port: number, apiPrefix?: string, methods: SecurityMethod[] = ['PKI'], aefId = 'aef1') => ({
  ...{ aefId, host: '192.0.2.1', port, apiVersion: 'v1', methods },
  ...(apiPrefix === undefined ? {} : { apiPrefix }),
});
const api = (apiName: string, ...aefs: ServiceApi['aefs']): ServiceApi => ({ apiName, apiId: `${apiName}-id`, aefs });
const to = (path: string, aefId?: string, origin?: string) => ({ path, aefId, origin });
const found = (target: ReturnType<typeof to>, ...apis: ServiceApi[]) => {
  const service = serviceFor(target, servicesIn(apis));
  return service && `${service.apiName} ${service.port}`;
};
const chosen = (path: string, ...apis: ServiceApi[]) => found(to(path, 'aef1'), ...apis);

test('of one API, any path is; of several, the one that the path names', () => {
  const [weather, greetings] = [api('weather', at(1), at(7, '', ['PSK'], 'aef2')), api('greetings', at(2))];
  expect(chosen('/anything', weather)).toBe('weather 1');
  expect(chosen('/weather/v1/now', weather, greetings)).toBe('weather 1');
  expect(chosen('/greetings?q=1', weather, greetings)).toBe('greetings 2');
  expect(chosen('/greetings', weather, greetings)).toBe('greetings 2');
  for (const other of ['/', '/greetingsv1', '/v1/greetings']) expect(chosen(other, weather, greetings)).toBe(undefined);
  const wrong = noService(to('/other', 'aef1'), servicesIn([weather, greetings]));
  expect(wrong).toBeInstanceOf(TypeError);
  expect(wrong.message).toContain('AEF "aef1" exposes: these begin with /weather, /greetings');
});

test('a path alone is of the first service whose API it names, at whatever AEF; a URL is of those at its origin', () => {
  const [weather, greetings] = [api('weather', at(1), at(2, '', ['PKI'], 'aef2')), api('greetings', at(2, '/west'))];
  const all = [weather, greetings];
  expect(found(to('/weather/v1'), ...all)).toBe('weather 1');
  expect(found(to('/west/greetings/v1'), ...all)).toBe('greetings 2');
  expect(found(to('/other'), weather)).toBe(undefined);
  expect(found(to('/weather/v1', undefined, 'https://192.0.2.1:2'), ...all)).toBe('weather 2');
  expect(found(to('/whatever', undefined, 'https://192.0.2.1:1'), ...all)).toBe('weather 1');
  expect(found(to('/whatever', undefined, 'https://192.0.2.1:2'), ...all)).toBe(undefined);
  for (const elsewhere of [
    to('/weather', 'aef2', 'https://192.0.2.1:1'),
    to('/weather', undefined, 'https://192.0.2.1'),
  ]) {
    expect(found(elsewhere, ...all)).toBe(undefined);
    expect(noService(elsewhere, servicesIn(all))).toMatchObject({ code: 'refused' });
  }
  expect(noService(to('/other'), servicesIn(all)).message).toContain(
    'that this invoker may invoke: these begin with /weather, /west/greetings',
  );
});

test('the name of the API comes after the prefix of the interface', () => {
  const [weather, greetings] = [api('weather', at(1, '/east'), at(2, '/west/')), api('greetings', at(3))];
  expect(chosen('/west/weather/v1', weather, greetings)).toBe('weather 2');
  expect(chosen('/weather/v1', weather, greetings)).toBe(undefined);
  expect(chosen('/west/other', weather)).toBe('weather 1');
  expect(chosen('/other', weather)).toBe('weather 1');
});

test('an interface is named where the API is at another one of the same AEF, whatever its methods', () => {
  const areOfInterface = (...aefs: ServiceApi['aefs']) =>
    servicesIn([api('weather', ...aefs)]).map(({ isOfInterface }) => isOfInterface);
  expect(areOfInterface(at(1), at(2))).toEqual([true, true]);
  expect(areOfInterface(at(1))).toEqual([false]);
  expect(areOfInterface(at(1), at(2, '', ['PSK']))).toEqual([true, true]);
  expect(areOfInterface(at(1), at(2, '', ['PSK'], 'aef2'))).toEqual([false, false]);
});

const described = (apiName: string, ...aefProfiles: unknown[]) => ({ apiName, apiId: `${apiName}-id`, aefProfiles });
const entriesOf = (asked: { operation: string; body: string }[]) =>
  asked.filter(({ operation }) => operation === 'negotiate').map(({ body }) => JSON.parse(body).securityInfo[0]);

test('each API of an AEF is negotiated by its id, and by a token of its own (TS 29.222 8.5.4.2.3)', async () => {
  const { invoke, invoker, asked } = await foreignPeers({
    method: 'OAUTH',
    discovered: (port) => [
      described('weather', aefProfile(port, 'OAUTH')),
      described('greetings', aefProfile(port, 'OAUTH')),
    ],
  });
  for (const path of ['/weather/v1/now', '/greetings/v1/hello', '/weather/v1/then']) {
    expect((await invoke({}, path)).status).toBe(200);
  }
  expect(entriesOf(asked)).toMatchObject([
    { aefId: 'aef1', apiId: 'weather-id' },
    { aefId: 'aef1', apiId: 'greetings-id' },
  ]);
  const forms = asked.filter(({ operation }) => operation === 'token').map(({ body }) => new URLSearchParams(body));
  expect(forms.map((form) => form.get('scope'))).toEqual(['3gpp#aef1:weather', '3gpp#aef1:greetings']);
  expect(invoker.association('aef1', 'greetings')?.snapshot().value).toEqual({ negotiated: 'secured' });
  expect(invoker.association('aef1', 'other')).toBe(undefined);
  await expect(invoke({}, '/other')).rejects.toThrow(
    new TypeError('the path is of no service API that the AEF "aef1" exposes: these begin with /weather, /greetings'),
  );
});

test('an interface with methods of its own is negotiated by its address, and its path leads there', async () => {
  const other = { port: 0 };
  const peers = await foreignPeers({
    discovered(port) {
      const [one] = aefProfile(port, 'PSK').interfaceDescriptions;
      const interfaces = [one, { ipv4Addr: '127.0.0.1', port: other.port, apiPrefix: '/b', securityMethods: ['PKI'] }];
      return [described('weather', { ...aefProfile(port, 'PSK'), interfaceDescriptions: interfaces })];
    },
  });
  other.port = await peers.server(await peers.identity('apiExposingFunction', 'aef1'));
  expect((await peers.invoke({}, '/b/weather/v1/now')).status).toBe(200);
  const [entry] = entriesOf(peers.asked);
  expect(entry).toEqual({
    interfaceDetails: { ipv4Addr: '127.0.0.1', port: other.port },
    apiId: 'weather-id',
    prefSecurityMethods: ['PSK', 'PKI', 'OAUTH'],
  });
  expect(peers.asked.at(-1)).toMatchObject({ path: '/b/weather/v1/now', headers: { host: `127.0.0.1:${other.port}` } });
});

test('as written, an entry names the AEF alone; an API that is published later is found', async () => {
  let isPublished = false;
  const { invoke, asked, count } = await foreignPeers({
    invoker: { amendments: [] },
    discovered: (port) => [
      described('weather', aefProfile(port, 'PKI')),
      described('tides', aefProfile(port, 'PKI')),
      ...(isPublished ? [described('greetings', aefProfile(port, 'PKI'))] : []),
    ],
  });
  await invoke({}, '/weather/v1/now');
  isPublished = true;
  await invoke({}, '/greetings/v1/hello');
  for (const entry of entriesOf(asked)) expect(entry).not.toHaveProperty('apiId');
  expect(count('discover')).toBe(2);
});

test('a wrong path costs a discovery, and no more if that fails', async () => {
  const { invoke, count } = await foreignPeers({
    discovered: (port) => [described('weather', aefProfile(port, 'PKI')), described('tides', aefProfile(port, 'PKI'))],
    answering: ({ operation, nth }, response) =>
      operation === 'discover' && nth > 1 && json(response, 500, { detail: 'out of order' }),
  });
  expect((await invoke({}, '/weather/v1/now')).status).toBe(200);
  await expect(invoke({}, '/other')).rejects.toMatchObject({ code: 'gaveUp' });
  expect((await invoke({}, '/tides/v1/now')).status).toBe(200);
  expect(count('discover')).toBe(2);
});

test('at our core, two APIs of one AEF, and two interfaces of one API, have methods of their own (R21, R22)', async () => {
  const { at, aef, publish } = await provider();
  const seen: string[] = [];
  const listen = () =>
    listening(
      createServer({ ...aef.certificate, ca: at.core.ca, requestCert: true }, ({ url, headers }, response) => {
        seen.push(`${url} ${headers.authorization?.split(' ')[0] ?? 'certificate'}`);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"supportedFeatures":"0"}');
      }),
    );
  // They are published in the order of their ports, and the first one that fits is invoked.
  const [one = 0, other = 0] = [await listen(), await listen()].sort((some, others) => some - others);
  await publish('weather', { [one]: ['PKI'] });
  await publish('tides', { [one]: ['OAUTH'], [other]: ['PKI'] });
  const invoker = await invoking(at);
  // An `authorization` of the application is left out, whatever the method: it would be taken for a token of the core.
  const headers = { Authorization: 'Basic x' };
  for (const path of ['/weather/v1', '/tides/v1'])
    expect((await invoker.fetch(path, { aefId: aef.id, headers })).status).toBe(200);
  expect(seen).toEqual([
    '/aef-security/v1/check-authentication certificate',
    '/weather/v1 certificate',
    '/tides/v1 Bearer',
  ]);
  const wrote = at.lines.filter(({ role, event }) => role === 'apiInvoker' && event.type === 'begin');
  const [id] = wrote[0]!.instance.split('/');
  expect(wrote.map(({ instance }) => instance)).toEqual([
    `${id}/${aef.id}/weather`,
    `${id}/${aef.id}/tides/127.0.0.1:${one}`,
  ]);
});
