/** Method changes with every secret caught where it is made: none is in a trace, an error or a problem. */
import { afterEach, expect, test, vi } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { allPairs, methodChanges } from '../demonstration/method-changes.ts';
import { ask, client, closeAll, exposing, initiated, invoking, onboarded, saying, testbed } from '../testing/roles.ts';
import { formsOfText } from '../testing/secrets/forms.ts';
import type * as ClientExchange from '../transport/client-exchange.ts';
import type * as Core from './core-function.ts';

const { caught, caughtForms, ...catching } = await vi.hoisted(() => import('../testing/secrets/caught.ts'));
const made = vi.hoisted(() => ({ registrationSecrets: [] as string[], problems: [] as string[] }));

vi.mock('../credentials/aef-psk.ts', async (original) => catching.aefPsks(await original()));
vi.mock('../credentials/key-pairs.ts', async (original) => catching.privateKeys(await original()));
vi.mock('../credentials/access-token.ts', async (original) => catching.tokens(await original()));
vi.mock('./core-function.ts', async (original) => {
  const actual = await original<typeof Core>();
  const createCoreFunction: typeof actual.createCoreFunction = async (options) => {
    const core = await actual.createCoreFunction(options);
    made.registrationSecrets.push(core.registrationSecret);
    return core;
  };
  return { ...actual, createCoreFunction };
});
vi.mock('../transport/client-exchange.ts', async (original) => {
  const actual = await original<typeof ClientExchange>();
  const exchange: typeof actual.exchange = async (...given) => {
    const exchanged = await actual.exchange(...given);
    const { outcome } = exchanged;
    if (outcome.outcome === 'answered' && outcome.status >= 400) made.problems.push(outcome.body.toString());
    return exchanged;
  };
  return { ...actual, exchange };
});

afterEach(closeAll);

const written = (): string[] => [...caughtForms(), ...made.registrationSecrets.flatMap(formsOfText)];

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

  const counts = Object.values({ ...caught, ...made }).map((some) => some.length);
  expect(counts.map((count) => count > 0)).toEqual(Array(6).fill(true));
  const said = JSON.stringify([lines, result, lost, made.problems]);
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
