/**
 * Requests of every operation of an AEF, and invocations, by whoever, altered at random and in any order: none is answered 5xx
 * but by a 503 that says so, nothing goes wrong inside, no answer, log, trace, metric or error has a secret, and the AEF goes on.
 * `CAPIF_FUZZ=2000` sends 2,000 sequences.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { altered, json, type Sent, sequences } from '../testing/alterations/altered-requests.ts';
import {
  bearer,
  clientOf,
  closeAll,
  exposing,
  hello,
  initiated,
  negotiated,
  onboarded,
  registered,
  type Testbed,
  testbed,
  tokenFor,
} from '../testing/roles.ts';
import { telling } from '../testing/secrets/told.ts';
import type { ClientCredential } from '../transport/client-contexts.ts';
import type { Connector } from '../transport/connector.ts';

const { caught, caughtForms, ...catching } = await vi.hoisted(() => import('../testing/secrets/caught.ts'));
vi.mock('../credentials/aef-psk.ts', async (original) => catching.aefPsks(await original()));
vi.mock('../credentials/key-pairs.ts', async (original) => catching.privateKeys(await original()));
vi.mock('../credentials/access-token.ts', async (original) => catching.tokens(await original()));

const runs = Number(process.env.CAPIF_FUZZ ?? 100);
const who = [
  ...(['nobody', 'by certificate', 'by key', 'by token', 'not negotiated', 'core'] as const),
  ...(['a foreign core', 'another AEF', 'APF'] as const),
];
type Caller = (typeof who)[number];

let at: Testbed;
let valid: Sent<Caller>[];
let callers: Record<Caller, Connector>;
let ofAef: Awaited<ReturnType<typeof telling>>;
/** What nobody is told, but who has sent it. */
const secrets = (): string[] => ['PRIVATE KEY', ...caughtForms()];

beforeAll(async () => {
  const authority = await createAuthority({ name: 'capif-machines', now: Date.now() });
  ofAef = await telling('aef');
  const { observers } = ofAef;
  at = await testbed({ authority });
  const onError = (error: unknown) => {
    observers.onError(error);
    at.errors.push(error);
  };
  const aef = await exposing(at, {
    ...{ methods: ['PSK', 'PKI', 'OAUTH'], ...observers, onError },
    // Each of many sequences is fresh, and none waits.
    limits: { initiationsPerSecond: 1e6, initiationsPerSecondInAll: 1e6, requestsPerSecond: 1e6 },
    serve: async ({ apiInvokerId, securityMethod, body, method }) => {
      let bytes = 0;
      for await (const chunk of body) bytes += (chunk as Buffer).length;
      return { status: 200, body: JSON.stringify({ apiInvokerId, securityMethod, method, bytes }) };
    },
  });
  const [byCertificate, byKey, byToken, notNegotiated] = await Promise.all([1, 2, 3, 4].map(() => onboarded(at)));
  const [other, apf] = await registered(at, 'AEF', 'APF');
  await negotiated(at, byCertificate!, aef, ['PKI']);
  const { key } = await negotiated(at, byKey!, aef, ['PSK']);
  const token = await tokenFor(at, byToken!, aef);
  for (const one of [byCertificate!, byKey!, byToken!]) expect((await initiated(at, one, aef)).status).toBe(200);

  const ofCore = await certificateOfCore(authority);
  const foreign = await certificateOfCore(await createAuthority({ name: 'capif-machines', now: Date.now() }));
  const over = (certificate: { key: string; cert: string }): Connector =>
    clientOf(aef, at, { by: 'certificate', ...certificate });
  const proofByKey: ClientCredential = { by: 'PSK', identity: byKey!.id, key };
  callers = {
    nobody: clientOf(aef, at, { by: 'nothing' }),
    'by certificate': over(byCertificate!.certificate),
    'by key': clientOf(aef, at, proofByKey),
    'by token': over(byToken!.certificate),
    'not negotiated': over(notNegotiated!.certificate),
    core: over(ofCore),
    'a foreign core': over(foreign),
    'another AEF': over(other!.certificate),
    APF: over(apf!.certificate),
  };
  const ids = { of: notNegotiated!.id, named: byCertificate!.id };
  valid = requests({ ...ids, aefId: aef.aefId, apiId: await apiIdOf(aef.aefId), token });
}, 120_000);
afterAll(async () => {
  await closeAll();
  ofAef.close();
});

type Authority = Awaited<ReturnType<typeof createAuthority>>;
async function certificateOfCore(authority: Authority) {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'ccf' },
    publicKey: publicKeyPem,
    names: { ip: ['127.0.0.1'] },
    usages: ['server', 'client'],
    now: Date.now(),
  });
  return { key: privateKeyPem, cert };
}

async function apiIdOf(aefId: string): Promise<string> {
  const by = await onboarded(at);
  const { host, port } = at.core;
  const over = clientOf({ host, port }, at, { by: 'certificate', ...by.certificate });
  const outcome = await over.request({
    method: 'GET',
    path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${by.id}&aef-id=${aefId}`,
  });
  if (outcome.outcome !== 'answered') throw new Error('the core does not answer');
  return JSON.parse(outcome.body.toString()).serviceAPIDescriptions[0].apiId;
}

function requests({ of, named, aefId, apiId, token }: Record<'of' | 'named' | 'aefId' | 'apiId' | 'token', string>) {
  const initiation = (by: Caller, apiInvokerId: string): Sent<Caller> => ({
    ...{ by, method: 'POST', path: '/aef-security/v1/check-authentication', type: json },
    body: { apiInvokerId, supportedFeatures: '0' },
  });
  const revocation: Sent<Caller> = {
    ...{ by: 'core', method: 'POST', path: '/aef-security/v1/revoke-authorization', type: json },
    body: {
      revokeInfo: { apiInvokerId: of, aefId, apiIds: [apiId], cause: 'OVERLIMIT_USAGE' },
      supportedFeatures: '0',
    },
  };
  const invocation = (by: Caller, method: string, more: Partial<Sent<Caller>> = {}): Sent<Caller> => ({
    ...{ by, method, path: hello },
    ...more,
  });
  const withToken = { headers: bearer(token) };
  return [
    initiation('nobody', named),
    initiation('by certificate', named),
    initiation('not negotiated', of),
    revocation,
    invocation('by certificate', 'GET'),
    invocation('by certificate', 'POST', { type: json, body: { x: ['y'] } }),
    invocation('by key', 'GET', { path: `${hello}/deeper?x=1` }),
    invocation('by key', 'PUT', { raw: 'x'.repeat(50_000) }),
    invocation('by token', 'GET', withToken),
    invocation('by token', 'PATCH', { ...withToken, type: json, body: {} }),
    invocation('nobody', 'GET', withToken),
    invocation('nobody', 'DELETE'),
  ];
}

async function send(step: Parameters<typeof altered<Caller>>[1]) {
  const { by, text, request } = altered(valid, step);
  const outcome = await callers[by].request(request);
  const headers = JSON.stringify(request.headers);
  const told = `${by}: ${request.method} ${request.path.slice(0, 200)} ${headers.slice(0, 500)} ${text.slice(0, 500)}`;
  if (outcome.outcome !== 'answered') throw new Error(`${outcome.outcome}, ${outcome.because}: ${told}`);
  const answer = outcome.body.toString();
  const isStated =
    outcome.status === 503 && JSON.parse(answer).cause === 'UNAVAILABLE' && outcome.headers['retry-after'];
  expect(isStated || outcome.status < 500, `${outcome.status} ${told}\n${answer}`).toBeTruthy();
  const heard = JSON.stringify(outcome.headers) + answer;
  expect(secrets().filter((secret) => heard.includes(secret) && !text.includes(secret))).toEqual([]);
}

test(`${runs} sequences of altered requests are answered, nothing goes wrong inside, and no secret is told`, async () => {
  await fc.assert(
    fc.asyncProperty(sequences(who), async (steps) => {
      for (const one of steps) await send(one);
      expect(at.errors.splice(0)).toEqual([]);
      const told = await ofAef.told();
      expect(secrets().filter((secret) => told.includes(secret))).toEqual([]);
    }),
    // To read a sequence takes less time than to shrink it.
    { numRuns: runs, endOnFailure: true },
  );
  expect(Object.values(caught).map((some) => some.length > 0)).toEqual([true, true, true, true]);
  const served = await callers['by certificate'].request({ method: 'GET', path: hello });
  expect(served).toMatchObject({ outcome: 'answered' });
}, 3_600_000);
