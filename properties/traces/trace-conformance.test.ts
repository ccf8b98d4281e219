/** What the trace check accepts and what it refuses, by altering a real run line by line. */
import { beforeAll, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/trace.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { methodChanges } from '../../runtime/demonstration/method-changes.ts';
import { conformance } from './trace-conformance.ts';

let run: TraceLine[] = [];
beforeAll(async () => {
  await methodChanges({
    methods: ['PSK', 'PKI'],
    amendments: allAmendments,
    publication: { fate: 'prompt' },
    refusalsMax: 10,
    patienceMs: 30_000,
    record: (line) => void run.push(line),
  });
  run = JSON.parse(JSON.stringify(run));
});

/** The run with one line changed, and that line's number. */
function altered(which: (line: TraceLine) => boolean, change: (line: TraceLine) => Partial<TraceLine>) {
  const n = run.findIndex(which);
  expect(n).toBeGreaterThan(-1);
  return { trace: run.map((line, at) => (at === n ? { ...line, ...change(line) } : line)), line: n + 1 };
}

const mismatch = ({ event }: TraceLine) => event.type === 'IncorrectMethodFailure';

test('a real run is a run of the model', () => {
  expect(conformance(run)).toMatchObject({ outcome: 'conforms', lines: run.length, instances: 8, absent: [] });
});

test('a state that the model does not reach is named by its line', () => {
  const { trace, line } = altered(mismatch, () => ({ state: 'pausing' }));
  expect(conformance(trace)).toMatchObject({
    outcome: 'deviates',
    line,
    because: expect.stringContaining('not in "pausing"'),
  });
});

test('an effect that the model does not ask for is named by its line', () => {
  const { trace, line } = altered(mismatch, ({ effects }) => ({ effects: effects.slice(1) }));
  expect(conformance(trace)).toMatchObject({ outcome: 'deviates', line, because: expect.stringContaining('asks for') });
});

test('an event that is left out shows at the next line of that machine', () => {
  const n = run.findIndex(mismatch);
  const next = run.findIndex(({ role }, at) => at > n && role === 'apiInvoker');
  expect(conformance(run.toSpliced(n, 1))).toMatchObject({ outcome: 'deviates', line: next });
});

test('a message that nobody sent is named by its line', () => {
  const forged = { type: 'ServiceApiUpdateRequest', methods: ['OAUTH'], revision: 9 };
  const at = run.findLastIndex(({ role }) => role === 'publishedService');
  const trace = run.toSpliced(at + 1, 0, {
    role: 'publishedService',
    instance: 'aef-1',
    event: forged,
    state: 'published',
    effects: [
      { type: 'tell', to: 'capifCoreFunction', event: { type: 'securityMethods.published', methods: ['OAUTH'] } },
      { type: 'send', to: 'apiPublishingFunction', message: { type: 'ServiceApiUpdateResponse', revision: 9 } },
    ],
  });
  expect(conformance(trace)).toEqual({
    outcome: 'deviates',
    line: at + 2,
    because: 'publishedService aef-1 received ServiceApiUpdateRequest, which nobody had sent',
  });
});

test('an unknown machine, a second beginning and a missing beginning are refused', () => {
  const first = run[0]!;
  expect(conformance([{ ...first, role: 'apiBroker' }])).toMatchObject({ outcome: 'deviates', line: 1 });
  expect(conformance([first, first])).toMatchObject({
    outcome: 'deviates',
    line: 2,
    because: expect.stringContaining('second time'),
  });
  expect(conformance([run.find(mismatch)!])).toMatchObject({
    outcome: 'deviates',
    line: 1,
    because: expect.stringContaining('has not begun'),
  });
});

test('an unexpected event must be marked as one', () => {
  const { trace, line } = altered(mismatch, () => ({ unexpected: true }));
  expect(conformance(trace)).toMatchObject({ outcome: 'deviates', line });
});

test('of a trace of one role alone, what the others sent is not asked for', () => {
  const alone = run.filter(({ role }) => role === 'apiInvoker');
  expect(conformance(alone)).toMatchObject({
    outcome: 'conforms',
    absent: ['capifCoreFunction', 'apiExposingFunction', 'apiPublishingFunction'],
  });
});

test('facts of the transport are not looked at', () => {
  const bare = run.map(({ facts: _, ...line }) => line);
  expect(conformance(bare)).toMatchObject({ outcome: 'conforms' });
});
