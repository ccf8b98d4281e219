/** An AEF whose core is not ours: it writes the texts of CAPIF-3 in another form, and signs tokens of its own (C.2). */
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import {
  ask,
  bearer,
  client,
  clientOf,
  closeAll,
  exposing,
  hello,
  initiated,
  invoking,
  lateClock,
  negotiated,
  onboarded,
  saying,
  type Testbed,
  testbed,
  tokenFor,
} from '../testing/roles.ts';
import { authority, closeAll as closeServers, serving } from '../testing/servers.ts';
import type { InformationEntry, writeSecurityInformationResponse } from '../wire/security-information-api.ts';

type SecurityInformation = Pick<InformationEntry, 'aefId' | 'selected'> &
  NonNullable<InformationEntry['authenticationInfo']> &
  NonNullable<InformationEntry['authorizationInfo']>;
let foreignTexts: ((information: SecurityInformation) => object) | undefined;
vi.mock('../wire/security-information-api.ts', async (original) => {
  const module = await original<typeof import('../wire/security-information-api.ts')>();
  return {
    ...module,
    writeSecurityInformationResponse: (resource: Parameters<typeof writeSecurityInformationResponse>[0]) => {
      if (!foreignTexts) return module.writeSecurityInformationResponse(resource);
      const [{ aefId, selected, authenticationInfo, authorizationInfo }] = resource.entries as [InformationEntry];
      const information = { aefId, selected, ...authenticationInfo!, ...authorizationInfo! };
      const own = { prefSecurityMethods: [selected], selSecurityMethod: selected, ...foreignTexts(information) };
      const other = { aefId: 'another', prefSecurityMethods: ['PKI'], authenticationInfo: 'of another' };
      const body = JSON.stringify({ securityInfo: [other, own], notificationDestination: 'https://core.example' });
      return { status: 200, headers: { 'content-type': 'application/json' }, body };
    },
  };
});

afterEach(async () => {
  foreignTexts = undefined;
  closeServers();
  await closeAll();
});

const forms: Record<string, NonNullable<typeof foreignTexts>> = {
  'hexadecimal and absent': ({ aefId, aefPsk }) => ({ aefId, authenticationInfo: aefPsk?.toString('hex') }),
  'base64 and a scope': ({ aefId, aefPsk, apiNames }) => ({
    aefId,
    authenticationInfo: aefPsk?.toString('base64'),
    authorizationInfo: `3gpp#${aefId}:${apiNames}`,
  }),
  'a certificate and words': ({ aefId, aefPsk, trustAnchorPem }) => ({
    aefId,
    authenticationInfo: aefPsk?.toString('base64url') ?? trustAnchorPem,
    authorizationInfo: 'all',
  }),
};

test.each(Object.keys(forms))('its invokers are served by every method, whether its texts are %s', async (form) => {
  const at = await testbed();
  foreignTexts = forms[form];
  const aef = await exposing(at);
  const invoker = await invoking(at);
  for (const method of ['PSK', 'PKI', 'OAUTH', 'PSK'] satisfies SecurityMethod[]) {
    await aef.changeMethods([method]);
    expect(await saying(invoker, aef)).toBe(method);
  }
  expect(at.errors).toEqual([]);
});

test('its entry may name the interface and the API, and an application may read its texts itself', async () => {
  const at = await testbed();
  let address = { host: '', port: 0 };
  let apiId: string | undefined;
  foreignTexts = ({ aefPsk }) => ({
    interfaceDetails: { ipv4Addr: address.host, port: address.port },
    apiId,
    authenticationInfo: `key ${aefPsk?.toString('hex')}`,
  });
  const aef = await exposing(at, {
    readSecurityTexts: ({ authenticationInfo = '' }) => ({ aefPsk: Buffer.from(authenticationInfo.slice(4), 'hex') }),
  });
  address = aef;
  await aef.changeMethods(['PSK']);
  apiId = at.lines.flatMap(({ facts }) => /service-apis\/(.+)$/.exec(String(facts?.request))?.[1] ?? []).at(-1);
  expect(apiId).toBeDefined();
  expect(await saying(await invoking(at), aef)).toBe('PSK');
});

test('where no AEFPSK can be read, or the reader of an application throws, the operator hears of it', async () => {
  const at = await testbed();
  const read = vi.fn(() => ({}));
  const aef = await exposing(at, { readSecurityTexts: read });
  const by = await onboarded(at);
  await negotiated(at, by, aef, ['PSK']);
  expect((await initiated(at, by, aef)).status).toBe(200);
  expect(String(at.errors)).toContain('no AEFPSK');
  read.mockImplementation(() => {
    throw new Error('not like this');
  });
  expect((await initiated(at, by, aef)).status).toBe(401);
  expect(String(at.errors.at(-1))).toContain('not like this');
});

test('negotiations without a number are counted, so that a connection of before keeps its key', async () => {
  const at = await testbed();
  foreignTexts = forms['hexadecimal and absent'];
  const aef = await exposing(at);
  const by = await onboarded(at);
  const connect = async () => {
    const { key } = await negotiated(at, by, aef, ['PSK']);
    await initiated(at, by, aef);
    return clientOf(aef, at, { by: 'PSK', identity: by.id, key });
  };
  const over = await connect();
  const invoke = { method: 'GET', path: hello };
  expect((await ask(over, invoke)).status).toBe(200);
  await initiated(at, by, aef);
  expect((await ask(over, invoke)).status).toBe(200);
  expect((await ask(await connect(), invoke)).status).toBe(200);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const foreignToken = (aef: { aefId: string }, kid?: string, claims: object = {}) =>
  new SignJWT({ iss: 'invoker-9', scope: `3gpp#${aef.aefId}:greetings`, ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid && { kid }) })
    .setExpirationTime('1h')
    .sign(rsa.privateKey);

async function invokingWith(at: Testbed, aef: { host: string; port: number }, token: string) {
  const headers = bearer(token);
  return (await ask(clientOf(aef, at, { by: 'nothing' }), { method: 'GET', path: hello, headers })).status;
}

test('its tokens are verified with a key that the AEF is given, and then with no other', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['OAUTH'], tokenKeys: { pem } });
  expect(await invokingWith(at, aef, await foreignToken(aef))).toBe(200);
  expect(await invokingWith(at, aef, await foreignToken(aef, undefined, { scope: '3gpp#other:greetings' }))).toBe(401);
  expect(await invokingWith(at, aef, await tokenFor(at, await onboarded(at), aef))).toBe(401);
});

test('its tokens are verified with the JWK Set of a URL, asked for when a token names an unknown key', async () => {
  const at = await testbed();
  const clock = lateClock();
  let asked = 0;
  let keys: object[] = [];
  const { port } = await serving((request, response) => {
    if (request.url === '/keys?of=core') return response.writeHead(307, { location: '/moved' }).end();
    asked += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  const tokenKeys = { jwksUrl: `https://127.0.0.1:${port}/keys?of=core`, ca: authority.ca };
  const aef = await exposing(at, { methods: ['OAUTH'], tokenKeys, clock });
  expect(await invokingWith(at, aef, await foreignToken(aef, 'k1'))).toBe(401);
  keys = [{}, { kty: 'oct', k: 'AAAA', kid: 'k1' }, { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'k1' }];
  // Any stranger can name a key: the set is asked for once in a minute.
  for (let n = 0; n < 5; n++) expect(await invokingWith(at, aef, await foreignToken(aef, `k${n}`))).toBe(401);
  expect(asked).toBe(1);
  clock.lateMs += 60_000;
  expect(await invokingWith(at, aef, await foreignToken(aef, 'k1'))).toBe(200);
  expect(await invokingWith(at, aef, await foreignToken(aef))).toBe(200);
  expect(asked).toBe(2);
});

test('a foreign AEF finds the key of our tokens where they say, without a certificate', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['OAUTH'] });
  const set = await ask(client(at), { method: 'GET', path: '/.well-known/jwks.json' });
  expect(set).toMatchObject({ status: 200, type: 'application/jwk-set+json' });
  const [header] = (await tokenFor(at, await onboarded(at), aef)).split('.');
  const { kid } = JSON.parse(Buffer.from(header!, 'base64url').toString()) as { kid: string };
  expect((set.body as { keys: { kid: string }[] }).keys.map((key) => key.kid)).toEqual([kid]);
});
