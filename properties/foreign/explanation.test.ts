/** Records of HTTP exchanges alone: a run of the model that explains them is found, or the first exchange that none explains. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { asWritten, type Role } from '../../machines/vocabulary.ts';
import { runOfOneInvoker } from '../testing/recorded-runs.ts';
import { candidates } from './candidates.ts';
import { partiesIn, type Recorded, readExchanges } from './exchange-record.ts';
import { explain } from './explanation.ts';

const example = readFileSync(new URL('../../examples/exchanges.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n');

/** In the first configuration that explains it, or in the last. */
function explained(lines: readonly string[], by?: Role, known: Parameters<typeof candidates>[1] = {}) {
  const read = readExchanges(lines.join('\n'));
  if (read.outcome === 'malformed') throw new Error(read.because);
  const modelled = read.exchanges.filter(({ kind }) => kind !== undefined);
  let found: ReturnType<typeof explain> | undefined;
  for (const configuration of candidates(read.exchanges, known)) {
    found = explain(modelled, configuration, by, 100_000);
    if (found.outcome === 'explained') break;
  }
  return found!;
}

const seen = (found: ReturnType<typeof explained>): [string, number][] =>
  found.outcome === 'explained'
    ? found.run.flatMap(({ action, lines }) => lines.map(({ line }): [string, number] => [action, line]))
    : [];

test('each line is explained by a transition, in their order; what was not seen is inferred', () => {
  const found = explained(example);
  expect(seen(found)).toEqual([
    ['deliver SecurityMethodResponse', 1],
    ['deliver AuthenticationInitiationResponse', 2],
    ['deliver ServiceApiInvocationResponse 1', 3],
    ['deliver IncorrectMethodFailure 1', 4],
    ['deliver SecurityMethodResponse', 5],
    ['deliver AccessTokenResponse', 6],
    ['deliver ServiceApiInvocationResponse 2', 7],
  ]);
  expect(JSON.stringify(found)).toContain('change methods to OAUTH');
});

test('an invocation under another method than the core had selected is the first without an explanation', () => {
  const found = explained([...example.slice(0, 4), example[6]!], undefined, { amendments: asWritten });
  expect(found).toMatchObject({ outcome: 'unexplained', exchange: { line: 5 } });
  // Where no negotiation was seen at all, there may have been one.
  expect(explained(example.slice(1, 3)).outcome).toBe('explained');
});

test('an AEF sees what it answers when it answers: after it has asked the core', () => {
  const exchange = (from: string, to: string, method: string, path: string, status: number) =>
    JSON.stringify({ from, to, method, path, status });
  const initiation = exchange('i1', 'a1', 'POST', '/aef-security/v1/check-authentication', 200);
  const information = exchange('a1', 'c', 'GET', '/capif-security/v1/trustedInvokers/i1', 200);
  const invocation = exchange('i1', 'a1', 'GET', '/tides/v1/hello', 403);
  const found = explained([information, initiation, invocation], 'apiExposingFunction');
  expect(seen(found).map(([action]) => action)).toEqual([
    'deliver SecurityInformationResponse',
    'deliver SecurityInformationResponse',
    expect.stringContaining('deliver ServiceApiInvocation'),
  ]);
});

/** What the invoker of a real run has seen, as exchanges. */
function exchangesOf(lines: readonly TraceLine[]): string[] {
  const requests: { [event: string]: [method: string, path: string] } = {
    SecurityMethodResponse: ['PUT', '/capif-security/v1/trustedInvokers/i1'],
    AccessTokenResponse: ['POST', '/capif-security/v1/securities/i1/token'],
    AuthenticationInitiationResponse: ['POST', '/aef-security/v1/check-authentication'],
    ServiceApiInvocationResponse: ['GET', '/greetings/v1/hello'],
    IncorrectMethodFailure: ['GET', '/greetings/v1/hello'],
  };
  return lines.flatMap(({ role, event, facts }) => {
    const [method, path] = (role === 'apiInvoker' && requests[event.type]) || [];
    if (!facts?.status || !method) return [];
    const update = facts.request?.endsWith('/update') ? { method: 'POST', path: `${path}/update` } : { method, path };
    const { from, to, status } = facts;
    const { selected } = event as { selected?: string };
    return [JSON.stringify({ from, to, ...update, status, ...(selected && { selected }) })];
  });
}

test('what the invoker of a real run over TLS has seen is explained', async () => {
  const lines = exchangesOf(await runOfOneInvoker());
  expect(explained(lines)).toMatchObject({ outcome: 'explained' });
});

test('what is no exchange is named by its line, and what concerns others is known by its names', () => {
  expect(readExchanges(`${example[0]}\n{"from":"a"}\n`)).toMatchObject({ outcome: 'malformed', line: 2 });
  expect(readExchanges('words')).toMatchObject({ outcome: 'malformed', line: 1, because: 'it is not JSON' });
  expect(readExchanges('\n')).toMatchObject({ outcome: 'malformed' });
  const read = readExchanges([...example, example[2]!.replace('"i1"', '"i2"')].join('\n')) as { exchanges: Recorded[] };
  expect(partiesIn(read.exchanges)).toEqual({ invokers: ['i1', 'i2'], aefs: ['aef1'] });
});
