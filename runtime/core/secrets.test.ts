/** Method changes with every secret caught where it is made: none is in a trace, an error or a problem. */
import { afterEach, expect, test, vi } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import type * as AccessToken from '../credentials/access-token.ts';
import type * as AefPsk from '../credentials/aef-psk.ts';
import type * as KeyPairs from '../credentials/key-pairs.ts';
import { allPairs, methodChanges } from '../demonstration/method-changes.ts';
import { ask, client, closeAll, exposing, initiated, invoking, onboarded, saying, testbed } from '../testing/roles.ts';
import type * as ClientExchange from '../transport/client-exchange.ts';
import type * as Core from './core-function.ts';

const caught = vi.hoisted(() => ({
  keys: [] as Buffer[],
  privateKeys: [] as string[],
  accessTokens: [] as string[],
  onboardingTokens: [] as string[],
  registrationSecrets: [] as string[],
  problems: [] as string[],
}));

vi.mock('../credentials/aef-psk.ts', async (original) => {
  const actual = await original<typeof AefPsk>();
  const deriveAefPsk: typeof actual.deriveAefPsk = (socket, about) => {
    const derived = actual.deriveAefPsk(socket, about);
    caught.keys.push(derived.key);
    return derived;
  };
  return { ...actual, deriveAefPsk };
});
vi.mock('../credentials/key-pairs.ts', async (original) => {
  const actual = await original<typeof KeyPairs>();
  const generateKeyPair = async () => {
    const pair = await actual.generateKeyPair();
    caught.privateKeys.push(pair.privateKeyPem);
    return pair;
  };
  return { ...actual, generateKeyPair };
});
vi.mock('../credentials/access-token.ts', async (original) => {
  const actual = await original<typeof AccessToken>();
  const accessTokenIssuer: typeof actual.accessTokenIssuer = (key) => {
    const issuer = actual.accessTokenIssuer(key);
    const keep = async (tokens: string[], token: Promise<string>) => {
      tokens.push(await token);
      return token;
    };
    return {
      ...issuer,
      issueAccessToken: (request) => keep(caught.accessTokens, issuer.issueAccessToken(request)),
      issueOnboardingToken: (request) => keep(caught.onboardingTokens, issuer.issueOnboardingToken(request)),
    };
  };
  return { ...actual, accessTokenIssuer };
});
vi.mock('./core-function.ts', async (original) => {
  const actual = await original<typeof Core>();
  const createCoreFunction: typeof actual.createCoreFunction = async (options) => {
    const core = await actual.createCoreFunction(options);
    caught.registrationSecrets.push(core.registrationSecret);
    return core;
  };
  return { ...actual, createCoreFunction };
});
vi.mock('../transport/client-exchange.ts', async (original) => {
  const actual = await original<typeof ClientExchange>();
  const exchange: typeof actual.exchange = async (...given) => {
    const exchanged = await actual.exchange(...given);
    const { outcome } = exchanged;
    if (outcome.outcome === 'answered' && outcome.status >= 400) caught.problems.push(outcome.body.toString());
    return exchanged;
  };
  return { ...actual, exchange };
});

afterEach(closeAll);

/** All of it as it could be written down; of a token or a private key, any piece of some length. */
function written(): string[] {
  const pieces = (text: string) => text.replace(/-----[A-Z ]+-----|\s/g, '').match(/.{32}/g) ?? [];
  const { keys, privateKeys, accessTokens, onboardingTokens, registrationSecrets } = caught;
  return [
    ...keys.flatMap((key) => (['hex', 'base64', 'base64url', 'latin1'] as const).map((form) => key.toString(form))),
    ...keys.map((key) => String([...key])),
    // The beginning of every PKCS #8 of P-256 is the same, and says nothing.
    ...privateKeys.flatMap((pem) => pieces(pem).slice(1)),
    ...accessTokens.flatMap((token) => pieces(token).slice(2)),
    ...onboardingTokens.flatMap((token) => pieces(token).slice(2)),
    ...registrationSecrets,
  ];
}

function expectNothingOf(secrets: string[], text: string): void {
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).not.toMatch(/BEGIN|"type":"Buffer"|Bearer +\S{8}|eyJ/);
}

test('nothing secret of a run is in its trace, its outcome or any problem on the way (A.1, C.1, 6.1)', async () => {
  const lines: TraceLine[] = [];
  const common = { refusalsMax: 5, patienceMs: 20_000, record: (line: TraceLine) => void lines.push(line) };
  const amended = { methods: allPairs, amendments: allAmendments, publication: { fate: 'prompt' } as const };
  const result = await methodChanges({ ...common, ...amended });
  expect(result.converged).toBe(true);
  const lost = await methodChanges({
    ...common,
    methods: ['PSK', 'OAUTH'],
    amendments: [],
    publication: { fate: 'lost' },
  });
  expect(lost).toMatchObject({ converged: false, changes: [{ because: expect.any(String) }] });

  const counts = Object.values(caught).map((some) => some.length);
  expect(counts.map((count) => count > 0)).toEqual(Array(6).fill(true));
  const said = JSON.stringify([lines, result, lost, caught.problems]);
  expect(lines.length).toBeGreaterThan(100);
  expectNothingOf(written(), said);
});

test('no secret that is sent to the wrong place comes back, and only the AEF gets a key (A.1, 6.6)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PSK');
  const by = await onboarded(at);
  const token = await at.core.onboardingToken('test');
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}x` };
  const secret = { regSec: at.core.registrationSecret, apiProvFuncs: [{ regInfo: { apiProvPubKey: token } }] };
  const sent = [
    { method: 'POST', path: '/api-provider-management/v1/registrations', headers, body: JSON.stringify(secret) },
    { method: 'POST', path: '/api-invoker-management/v1/onboardedInvokers', headers, body: by.certificate.key },
    { method: 'PUT', path: `/capif-security/v1/trustedInvokers/${by.id}`, headers, body: by.certificate.key },
    { method: 'GET', path: `/capif-security/v1/trustedInvokers/${by.id}`, headers },
    { method: 'GET', path: `/${token}`, headers },
  ];
  const answers = [];
  for (const request of sent) answers.push(await ask(client(at, by.certificate), request));
  expect(answers.every(({ status }) => status >= 400 && status < 500)).toBe(true);
  answers.push(await initiated(at, { id: at.core.registrationSecret }, aef));
  expectNothingOf(written(), JSON.stringify([answers, at.errors]));
});
