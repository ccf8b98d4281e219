/** What is published comes back whole, to the publisher and to who discovers it (TS 29.222 8.1, 8.2). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import {
  ask,
  client,
  closeAll,
  type Known,
  notificationDestination,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeRegisterApiProviderRequest } from '../wire/provider-management-api.ts';
import { writeSecurityMethodRequest } from '../wire/security-api.ts';

let at: Testbed;
let [aef, second, apf]: Known[] = [];
let by: Known;

beforeAll(async () => {
  at = await testbed();
  [aef, second, apf] = await registered(at, 'AEF', 'AEF', 'APF');
  by = await onboarded(at);
});
afterAll(async () => {
  expect(at.errors).toEqual([]);
  await closeAll();
});

const headers = { 'content-type': 'application/json' };
type Answer = { apiId: string; [member: string]: unknown };

async function publish(body: object, apiId?: string, more = {}) {
  const path = `/published-apis/v1/${apf!.id}/service-apis${apiId ? `/${apiId}` : ''}`;
  const request = {
    method: apiId ? 'PUT' : 'POST',
    path,
    headers: { ...headers, ...more },
    body: JSON.stringify(body),
  };
  const outcome = await client(at, apf!.certificate).request(request);
  if (outcome.outcome !== 'answered') throw new Error(outcome.because);
  const answered = JSON.parse(outcome.body.toString()) as Answer;
  return { status: outcome.status, location: outcome.headers.location, body: answered };
}

async function discover(query: Record<string, unknown>): Promise<Answer[]> {
  const parameters = Object.entries(query).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const path = `/service-apis/v1/allServiceAPIs?${new URLSearchParams([['api-invoker-id', by.id], ...parameters])}`;
  const { status, body } = await ask(client(at, by.certificate), { method: 'GET', path });
  expect([query, status]).toEqual([query, 200]);
  return (body as { serviceAPIDescriptions?: Answer[] }).serviceAPIDescriptions ?? [];
}

/** With members of every kind, most of which the core has no use for. */
const weather = () => ({
  apiName: 'weather',
  description: 'what the weather will be',
  serviceAPICategory: 'forecast',
  apiProvName: 'Provider',
  apiSuppFeats: '5',
  supportedFeatures: '1FF',
  netSliceInfo: [{ nsiId: 'slice1' }],
  'vendorSpecific-urn:example': { list: [1, null, { deep: true }] },
  aefProfiles: [
    {
      aefId: aef!.id,
      versions: [
        {
          apiVersion: 'v1',
          resources: [{ resourceName: 'r', commType: 'REQUEST_RESPONSE', uri: '/r', operations: ['GET'] }],
        },
        { apiVersion: 'v2', custOperations: [{ commType: 'SUBSCRIBE_NOTIFY', custOpName: 'o' }] },
      ],
      protocol: 'HTTP_2',
      dataFormat: 'JSON',
      securityMethods: ['OAUTH', 'FUTURE'],
      grantTypes: ['CLIENT_CREDENTIALS'],
      interfaceDescriptions: [
        { ipv4Addr: '127.0.0.1', port: 9, apiPrefix: '/gateway', securityMethods: ['PSK'] },
        { fqdn: 'aef.example', apiPrefix: '/other' },
      ],
      aefLocation: { dcId: 'centre1' },
      serviceKpis: { maxReqRate: 100, maxRestime: 5, avalMem: '2 GB' },
      ueIpRange: { ueIpv4AddrRanges: [{ start: '10.0.0.1', end: '10.0.0.9' }], ueIpv6AddrRanges: [{ start: 'x' }] },
    },
    { aefId: second!.id, versions: [{ apiVersion: 'v1' }], domainName: 'edge.example', protocol: 'HTTP_1_1' },
  ],
});

test('a publication is answered and discovered whole, at an absolute URI, with an id and common features', async () => {
  const { status, location, body } = await publish(weather());
  const whole = { ...weather(), apiId: body.apiId, supportedFeatures: '10F' };
  expect([status, body]).toEqual([201, whole]);
  const { host, port } = at.core;
  const { length } = body.apiId;
  expect(location).toBe(`https://${host}:${port}/published-apis/v1/${apf!.id}/service-apis/${body.apiId}`);
  expect(length).toBeGreaterThan(0);
  expect(await discover({ 'api-name': 'weather' })).toEqual([whole]);

  const changed = { ...weather(), description: 'changed', apiId: 'another' };
  expect((await publish(changed, body.apiId)).body).toEqual({ ...whole, description: 'changed' });
  expect(await discover({})).toEqual([{ ...whole, description: 'changed' }]);
  await publish(weather(), body.apiId);
});

test('a discovery finds what matches all parameters, with the AEFs that do (TS 29.222 8.1.2.2.3.1)', async () => {
  const both = [aef!.id, second!.id];
  const [{ apiId }] = (await discover({})) as [Answer];
  const cases: [Record<string, unknown>, (string | undefined)[]][] = [
    [{ 'api-name': 'weather', 'api-cat': 'forecast', 'req-api-prov-name': 'Provider' }, both],
    [{ 'api-name': 'Weather' }, []],
    [{ 'api-cat': 'other' }, []],
    [{ 'req-api-prov-name': 'other' }, []],
    [{ 'api-ids': `x,${apiId}` }, both],
    [{ 'api-ids': 'x' }, []],
    [{ 'api-supported-features': '4' }, both],
    [{ 'api-supported-features': '6' }, []],
    [{ 'net-slice-info': [{ nsiId: 'slice1' }] }, both],
    [{ 'net-slice-info': [{ nsiId: 'slice2' }] }, []],
    [{ 'aef-id': second!.id }, [second!.id]],
    [{ 'aef-id': 'x' }, []],
    [{ 'api-version': 'v1' }, both],
    [{ 'api-version': 'v2' }, [aef!.id]],
    [{ protocol: 'HTTP_1_1' }, [second!.id]],
    [{ protocol: 'HTTP_1_1', 'aef-id': aef!.id }, []],
    [{ 'data-format': 'JSON' }, [aef!.id]],
    [{ 'comm-type': 'SUBSCRIBE_NOTIFY' }, [aef!.id]],
    [{ 'comm-type': 'OTHER' }, []],
    [{ 'grant-types': ['CLIENT_CREDENTIALS'] }, [aef!.id]],
    [{ 'grant-types': ['CLIENT_CREDENTIALS', 'AUTHORIZATION_CODE'] }, []],
    [{ 'ue-ip-addr': { ipv4Addr: '10.0.0.5' } }, [aef!.id]],
    [{ 'ue-ip-addr': { ipv4Addr: '10.0.0.10' } }, []],
    [{ 'ue-ip-addr': { ipv6Addr: '::1' } }, []],
    [{ 'service-kpis': { maxReqRate: 100, maxRestime: 5, avalMem: '1500 MB' } }, [aef!.id]],
    [{ 'service-kpis': { maxReqRate: 101 } }, []],
    [{ 'service-kpis': { maxRestime: 4 } }, []],
    [{ 'service-kpis': { avalMem: '3 GB' } }, []],
    [{ 'service-kpis': { conBand: 1 } }, []],
    [{ 'preferred-aef-loc': { dcId: 'centre1' } }, both],
    [{ 'preferred-aef-loc': {} }, both],
  ];
  for (const [query, expected] of cases) {
    const found = (await discover(query)) as unknown as { aefProfiles: { aefId: string }[] }[];
    const aefs = found.flatMap(({ aefProfiles }) => aefProfiles.map(({ aefId }) => aefId));
    expect([query, aefs]).toEqual([query, expected]);
  }
});

test('the same publication again finds its resource; another of the same API is refused, and changes nothing', async () => {
  const profile = { aefId: aef!.id, versions: [{ apiVersion: 'v1' }], domainName: 'a.example' };
  const first = await publish({ apiName: 'again', aefProfiles: [profile] });
  const again = await publish({ aefProfiles: [profile], apiName: 'again' });
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(again.location).toBe(first.location);
  expect((await publish({ apiName: 'again', aefProfiles: [profile], description: 'x' })).status).toBe(403);
  expect(await discover({ 'api-name': 'again' })).toEqual([first.body]);
  // An APF that counts has gone on: its first answer was lost.
  const counted = { 'capif-machines-revision': '7' };
  const gone = await publish({ apiName: 'again', aefProfiles: [profile], description: 'x' }, undefined, counted);
  expect([gone.status, gone.body]).toEqual([201, { ...first.body, description: 'x' }]);
});

test('no client can have an answer name another core: the root of its URIs is the own one (TS 29.222 7.5)', async () => {
  const profile = { aefId: aef!.id, versions: [{ apiVersion: 'v1' }], domainName: 'a.example' };
  const elsewhere = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
  const { location } = await publish({ apiName: 'rooted', aefProfiles: [profile] }, undefined, elsewhere);
  expect(location).toMatch(`https://${at.core.host}:${at.core.port}/published-apis/v1/`);

  const published = await testbed({ apiRoot: 'https://core.example/capif/' });
  const { privateKeyPem: _, publicKeyPem } = await generateKeyPair();
  const functions = [{ role: 'AEF' as const, publicKeyPem }];
  const { registrationSecret } = published.core;
  const outcome = await client(published).request(writeRegisterApiProviderRequest({ registrationSecret, functions }));
  expect(outcome.outcome === 'answered' && outcome.headers.location).toMatch(
    /^https:\/\/core\.example\/capif\/api-provider-management\/v1\/registrations\/\w+$/,
  );
});

test('a publication about an AEF of another domain says which profile it is', async () => {
  const [stranger] = await registered(at, 'AEF');
  const versions = [{ apiVersion: 'v1' }];
  const aefProfiles = [aef!, stranger!].map(({ id }) => ({ aefId: id, versions, domainName: 'a.example' }));
  const { status, body } = await publish({ apiName: 'x', aefProfiles });
  expect([status, body]).toMatchObject([403, { invalidParams: [{ param: '/aefProfiles/1/aefId' }] }]);
});

/** The publication of an API that no other test has. */
const published = (apiName: string, methods = ['OAUTH']) => ({
  apiName,
  description: 'before',
  supportedFeatures: '2',
  aefProfiles: [
    { aefId: aef!.id, versions: [{ apiVersion: 'v1' }], domainName: `${apiName}.example`, securityMethods: methods },
  ],
});
const own = (rest = '') => `/published-apis/v1/${apf!.id}/service-apis${rest}`;
const call = (method: string, path: string, body?: unknown, type = 'application/merge-patch+json') =>
  ask(client(at, apf!.certificate), {
    method,
    path,
    ...(body === undefined ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body) }),
  });

test('an APF reads what it has published, whole, and nothing of another APF (TS 29.222 5.3.2.4)', async () => {
  const { body } = await publish(published('read'));
  expect((await call('GET', own(`/${body.apiId}`))).body).toEqual({ ...published('read'), apiId: body.apiId });
  expect((await call('GET', own())).body).toContainEqual(body);

  const [stranger] = await registered(at, 'APF');
  const theirs = (path: string) => ask(client(at, stranger!.certificate), { method: 'GET', path });
  expect(await theirs(own())).toMatchObject({ status: 401 });
  const empty = await theirs(`/published-apis/v1/${stranger!.id}/service-apis`);
  expect([empty.status, empty.body]).toEqual([200, []]);
  expect((await theirs(`/published-apis/v1/${stranger!.id}/service-apis/${body.apiId}`)).status).toBe(404);
});

test('a service API that is withdrawn is gone for publisher and invokers, and its contexts hear of it (TS 29.222 5.3.2.3)', async () => {
  const { body } = await publish(published('gone'));
  const path = own(`/${body.apiId}`);
  const negotiation = () =>
    writeSecurityMethodRequest({
      apiInvokerId: by.id,
      entries: [{ aefId: aef!.id, apiId: body.apiId, supported: ['OAUTH'] }],
      notificationDestination,
    });
  const negotiate = async () => (await ask(client(at, by.certificate), negotiation())).body;
  expect(await negotiate()).toMatchObject({ securityInfo: [{ selSecurityMethod: 'OAUTH' }] });

  const before = at.lines.length;
  expect(await call('DELETE', path)).toMatchObject({ status: 204, text: '' });
  const heard = at.lines.slice(before).filter(({ role }) => role === 'capifCoreFunction');
  expect(heard.map(({ event }) => event)).toContainEqual(
    expect.objectContaining({ type: 'securityMethods.published', methods: [] }),
  );
  for (const method of ['GET', 'DELETE']) expect([method, (await call(method, path)).status]).toEqual([method, 404]);
  expect((await call('PATCH', path, {})).status).toBe(404);
  expect((await publish(published('gone'), body.apiId)).status).toBe(404);
  expect((await call('GET', own())).body).not.toContainEqual(expect.objectContaining({ apiId: body.apiId }));
  expect(await discover({ 'api-name': 'gone' })).toEqual([]);
  const { securityInfo } = (await negotiate()) as { securityInfo: object[] };
  expect(securityInfo[0]).not.toHaveProperty('selSecurityMethod');

  const again = await publish(published('gone'));
  expect([again.status, again.body.apiId === body.apiId]).toEqual([201, false]);
});

test('a merge patch changes what it names, takes out what is null, and is answered whole (TS 29.222 5.3.2.5, RFC 7396)', async () => {
  const { body } = await publish({ ...published('patched'), apiSuppFeats: '1' });
  const path = own(`/${body.apiId}`);
  const [profile] = published('patched').aefProfiles;
  const aefProfiles = [{ ...profile, securityMethods: ['PSK'] }];
  const patch = { description: null, serviceAPICategory: 'x', apiSuppFeats: '3', aefProfiles, apiName: 'ignored' };
  const { description: _, ...kept } = body;
  const whole = { ...kept, serviceAPICategory: 'x', apiSuppFeats: '3', aefProfiles };
  const patched = await call('PATCH', path, patch);
  expect([patched.status, patched.body]).toEqual([200, whole]);
  expect(await discover({ 'api-name': 'patched' })).toEqual([whole]);
  expect(at.lines.at(-1)).toMatchObject({ role: 'publishedService', event: { methods: ['PSK'] } });
});

test('a patch that leaves no service API, or names an AEF of another domain, changes nothing', async () => {
  const { body } = await publish(published('unchanged'));
  const path = own(`/${body.apiId}`);
  const [stranger] = await registered(at, 'AEF');
  const [profile] = published('unchanged').aefProfiles;
  const before = at.lines.length;
  for (const wrong of [[], 'x', { aefProfiles: [{}] }, { aefProfiles: 'x' }]) {
    expect([wrong, (await call('PATCH', path, wrong)).status]).toEqual([wrong, 400]);
  }
  const elsewhere = { aefProfiles: [{ ...profile, aefId: stranger!.id }] };
  expect((await call('PATCH', path, elsewhere)).status).toBe(403);
  expect((await call('PATCH', path, { description: 'x' }, 'application/json')).status).toBe(415);
  expect(at.lines.length).toBe(before);
  expect((await call('GET', path)).body).toEqual(body);
});
