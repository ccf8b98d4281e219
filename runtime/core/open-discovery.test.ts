/** Open discovery and routing information at the core (TS 29.222 8.11, 8.10): who may ask, and what they learn. */
import { afterEach, expect, test } from 'vitest';
import { restartable } from '../testing/restartable-core.ts';
import { ask, client, closeAll, type Known, onboarded, registered, type Testbed, testbed } from '../testing/roles.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

const range = { ueIpv4AddrRanges: [{ start: '10.0.0.1', end: '10.0.0.9' }] };
const profile = ({ id }: Known, apiVersion: string, more: object = {}) => ({
  aefId: id,
  versions: [{ apiVersion }],
  protocol: 'HTTP_1_1',
  securityMethods: ['PKI'],
  interfaceDescriptions: [{ ipv4Addr: '192.0.2.1', port: 443, securityMethods: ['PKI'] }],
  ...more,
});

/** `weather` of two AEFs, and `tides` of the first alone. */
async function published(at: Testbed) {
  const [one, two, apf] = (await registered(at, 'AEF', 'AEF', 'APF')) as [Known, Known, Known];
  const apis = [
    {
      apiName: 'weather',
      serviceAPICategory: 'sky',
      shareableInfo: { isShareable: true },
      aefProfiles: [
        profile(one, 'v1', { domainNames: 'x' }),
        profile(two, 'v2', { protocol: 'HTTP_2', ueIpRange: range }),
      ],
    },
    { apiName: 'tides', aefProfiles: [profile(one, 'v1')] },
  ];
  for (const api of apis) {
    const headers = { 'content-type': 'application/json' };
    const path = `/published-apis/v1/${apf.id}/service-apis`;
    const answer = await ask(client(at, apf.certificate), { method: 'POST', path, headers, body: JSON.stringify(api) });
    expect(answer.status).toBe(201);
  }
  return { one, two };
}

type Found = { discApis: { apiName: string; aefProfiles: { aefId: string }[] }[]; suppFeat?: string };
async function discover(at: Testbed, query: Record<string, string> = {}, by?: Known) {
  const path = `/open-api-disc/v1/service-apis?${new URLSearchParams(query)}`;
  const { status, body } = await ask(client(at, by?.certificate), { method: 'GET', path });
  const { discApis = [], suppFeat } = body as Partial<Found>;
  const names = discApis.map(({ apiName, aefProfiles }) => [apiName, ...aefProfiles.map(({ aefId }) => aefId)]);
  return { status, discApis, names, suppFeat, body };
}

test('who has no certificate discovers openly where the operator lets everybody, and learns nothing to invoke with', async () => {
  const at = await testbed({ ids: readableIds(), openDiscovery: true });
  await published(at);
  const { status, discApis, suppFeat } = await discover(at, { 'supported-features': 'F' });
  expect([status, suppFeat]).toEqual([200, '0']);
  expect(discApis).toEqual([
    {
      apiName: 'weather',
      apiId: 'service-api-1',
      serviceAPICategory: 'sky',
      aefProfiles: [
        { aefId: 'aef-1', versions: [{ apiVersion: 'v1' }], protocol: 'HTTP_1_1' },
        { aefId: 'aef-2', versions: [{ apiVersion: 'v2' }], protocol: 'HTTP_2' },
      ],
    },
    {
      apiName: 'tides',
      apiId: 'service-api-2',
      aefProfiles: [{ aefId: 'aef-1', versions: [{ apiVersion: 'v1' }], protocol: 'HTTP_1_1' }],
    },
  ]);
});

test('of what is published, that is found which matches one of the values of each parameter', async () => {
  const at = await testbed({ ids: readableIds(), openDiscovery: true });
  await published(at);
  const weather = ['weather', 'aef-1', 'aef-2'];
  const tides = ['tides', 'aef-1'];
  for (const [query, names] of [
    [{ 'api-names': 'weather,tides' }, [weather, tides]],
    [{ 'api-names': 'tides,snow' }, [tides]],
    [{ 'api-cats': 'sea,sky' }, [weather]],
    [{ 'api-ids': 'service-api-2,x' }, [tides]],
    [{ protocols: 'HTTP_1_1' }, [['weather', 'aef-1'], tides]],
    [{ protocols: 'HTTP_1_1,HTTP_2' }, [weather, tides]],
    [{ 'api-versions': '{"weather":["v2"]}' }, [['weather', 'aef-2'], tides]],
    [{ 'api-prov-names': 'nobody' }, []],
    [{ 'comm-type': 'SUBSCRIBE_NOTIFY' }, []],
  ] as const)
    expect([query, (await discover(at, query)).names]).toEqual([query, names]);
  for (const query of [{ 'api-versions': 'v1' }, { 'res-ops': 'x' }, { 'supported-features': 'x' }])
    expect([query, (await discover(at, query)).status]).toEqual([query, 400]);
});

test('by default open discovery is for those whom the core knows, and goes on after a restart', async () => {
  const { at, restart } = await restartable();
  const { one } = await published(at);
  await restart();
  expect(await discover(at)).toMatchObject({ status: 401, body: { cause: 'NOT_AUTHENTICATED' } });
  for (const by of [await onboarded(at), one])
    expect((await discover(at, {}, by)).names.map(([name]) => name)).toEqual(['weather', 'tides']);
  await at.core.close();
});

test('by default an API invoker that was offboarded discovers nothing any more, also openly', async () => {
  const at = await testbed();
  await published(at);
  const by = await onboarded(at);
  expect((await discover(at, {}, by)).status).toBe(200);
  await ask(client(at, by.certificate), writeOffboardApiInvokerRequest({ onboardingId: by.id }));
  expect(await discover(at, {}, by)).toMatchObject({ status: 401, body: { cause: 'NOT_AUTHENTICATED' } });
});

test('an AEF is told of the other AEFs of a service API of its domain, and of the UEs that they serve', async () => {
  const at = await testbed({ ids: readableIds() });
  const { one, two } = await published(at);
  const [stranger, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const invoker = await onboarded(at);
  const route = (by: Known | undefined, apiId: string, aefId?: string) => {
    const query = aefId === undefined ? '' : `?aef-id=${aefId}`;
    return ask(client(at, by?.certificate), {
      method: 'GET',
      path: `/capif-routing-info/v1/service-apis/${apiId}${query}`,
    });
  };
  const ofTwo = { ipv4AddrRanges: range.ueIpv4AddrRanges, aefProfile: { aefId: two.id, ueIpRange: range } };
  expect(await route(one, 'service-api-1', one.id)).toMatchObject({ status: 200, body: { routingRules: [ofTwo] } });
  const ofOne = { aefProfile: { aefId: one.id } };
  expect(await route(two, 'service-api-1', two.id)).toMatchObject({ status: 200, body: { routingRules: [ofOne] } });
  expect(await route(one, 'service-api-2', one.id)).toMatchObject({ status: 200, body: { routingRules: [ofOne] } });

  expect((await route(one, 'service-api-3', one.id)).status).toBe(404);
  expect((await route(stranger, 'service-api-1', stranger.id)).status).toBe(404);
  expect((await route(one, 'service-api-1', two.id)).status).toBe(403);
  expect((await route(one, 'service-api-1')).status).toBe(400);
  for (const by of [undefined, apf, invoker]) expect((await route(by, 'service-api-1', one.id)).status).toBe(401);
  expect(at.errors).toEqual([]);
});
