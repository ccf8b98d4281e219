/** Method changes over real TLS on loopback: every ordered pair of methods, as written and amended (6.7). */
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { conformance } from '../../properties/traces/trace-conformance.ts';
import { allPairs, type MethodChangesOptions, methodChanges } from './method-changes.ts';

async function ran(options: Partial<MethodChangesOptions>) {
  const lines: TraceLine[] = [];
  const result = await methodChanges({
    methods: allPairs,
    amendments: allAmendments,
    publication: { fate: 'prompt' },
    refusalsMax: 20,
    patienceMs: 30_000,
    pause: { firstMs: 1, longestMs: 5 },
    record: (line) => void lines.push(JSON.parse(JSON.stringify(line))),
    ...options,
  });
  return { result, lines };
}

const without = (amendment: Amendment) => allAmendments.filter((one) => one !== amendment);

for (const tls of [undefined, 'TLSv1.2', 'TLSv1.3'] as const) {
  test(`an invoker converges on each of the six changes after one refusal and one question, TLS ${tls ?? 'by default'} (6.7)`, async () => {
    const { result, lines } = await ran({ tls });

    expect(result.converged).toBe(true);
    expect(result.changes.map(({ from, to }) => [from, to])).toEqual([
      ['PSK', 'PKI'],
      ['PKI', 'PSK'],
      ['PSK', 'OAUTH'],
      ['OAUTH', 'PKI'],
      ['PKI', 'OAUTH'],
      ['OAUTH', 'PSK'],
    ]);
    for (const change of result.changes) {
      // Refused, asked, then authentication initiated or a token fetched, invoked.
      expect(change).toMatchObject({ refused: 1, renegotiations: 1, requests: 4, servedWithOldMethod: 0 });
    }
    expect(conformance(lines)).toMatchObject({ outcome: 'conforms', absent: [] });
    const versions = new Set(lines.flatMap(({ facts }) => facts?.tls ?? []));
    if (tls) expect([...versions]).toEqual([tls]);
  });
}

test('as written, the AEF refuses the invoker for ever after a lost publication (6.7, R3)', async () => {
  const { result, lines } = await ran({
    methods: ['OAUTH', 'PKI'],
    amendments: asWritten,
    publication: { fate: 'lost' },
  });

  expect(result).toMatchObject({ converged: false, changes: [{ converged: false, refused: 20 }] });
  expect(result.changes[0]!.because).toContain('refused 20 times in a row');
  expect(conformance(lines)).toMatchObject({ outcome: 'conforms' });
});

test('as written, a late publication costs refusals, and the invoker converges once it has arrived (6.7, R1)', async () => {
  const { result } = await ran({
    methods: ['OAUTH', 'PKI'],
    amendments: asWritten,
    publication: { fate: 'late', ms: 1_000 },
    refusalsMax: 10_000,
  });

  expect(result.converged).toBe(true);
  expect(result.changes[0]!.refused).toBeGreaterThan(1);
});

test('as written, a key that the AEF has cached keeps a renegotiated TLS-PSK from ever working (TS 29.222 6.2.2.2, R29)', async () => {
  const { result } = await ran({ methods: ['PSK', 'PKI', 'PSK'], amendments: asWritten });

  expect(result.changes).toMatchObject([{ converged: true }, { from: 'PKI', to: 'PSK', converged: false }]);
});

for (const fate of ['late', 'lost'] as const) {
  test(`amended, a publication that is ${fate} costs one refusal, and none before the core has the update (6.7, R1, R3)`, async () => {
    const { result, lines } = await ran({
      methods: ['PSK', 'PKI', 'OAUTH'],
      publication: fate === 'late' ? { fate, ms: 60 } : { fate },
    });

    expect(result.converged).toBe(true);
    for (const change of result.changes) expect(change).toMatchObject({ refused: 1, servedWithOldMethod: 1 });
    expect(conformance(lines)).toMatchObject({ outcome: 'conforms' });
  });
}

for (const fate of ['prompt', 'late', 'lost'] as const) {
  test(`an invoker that is notified is never refused, and its publication is ${fate} (TS 29.222 5.4.2.4)`, async () => {
    const { result, lines } = await ran({
      notified: true,
      ...(fate !== 'prompt' && { methods: ['PSK', 'PKI', 'OAUTH'] as const }),
      publication: fate === 'late' ? { fate, ms: 60 } : { fate },
    });

    expect(result.converged).toBe(true);
    for (const change of result.changes) expect(change).toMatchObject({ refused: 0, renegotiations: 1 });
    // Asked, then authentication initiated or a token fetched, invoked.
    if (fate === 'prompt') for (const { requests } of result.changes) expect(requests).toBe(3);
    expect(conformance(lines)).toMatchObject({ outcome: 'conforms', absent: [] });
  });
}

test('without the amendment, an invoker that is notified does not ask, and each change costs one refusal (6.7)', async () => {
  const { result } = await ran({
    methods: ['PSK', 'PKI'],
    notified: true,
    amendments: without('notify-of-updates'),
  });
  expect(result.changes).toMatchObject([{ converged: true, refused: 1, requests: 4 }]);
});

test('without fetching credentials again, the same cached key stops an otherwise amended run (R29)', async () => {
  const { result } = await ran({ methods: ['PSK', 'PKI', 'PSK'], amendments: without('fetch-credentials-again') });

  expect(result.converged).toBe(false);
  expect(result.changes.at(-1)!.because).toMatch(/no connection to the AEF can be opened/);
});

test('a run can be repeated while another is under way: nothing is shared (6.7)', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => ran({ methods: ['PKI', 'OAUTH'] })));
  expect(runs.map(({ result }) => result.converged)).toEqual([true, true, true]);
});
