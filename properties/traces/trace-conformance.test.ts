/** The trace check accepts a real run, and refuses it if a line is altered. */
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

test('an effect that the model does not perform is named by its line', () => {
  const { trace, line } = altered(mismatch, ({ effects }) => ({ effects: effects.slice(1) }));
  expect(conformance(trace)).toMatchObject({
    outcome: 'deviates',
    line,
    because: expect.stringContaining('the model performs'),
  });
});

test('a missing event shows at the next line of that machine', () => {
  const n = run.findIndex(mismatch);
  const next = run.findIndex(({ role }, at) => at > n && role === 'apiInvoker');
  expect(conformance(run.toSpliced(n, 1))).toMatchObject({ outcome: 'deviates', line: next });
});

test('a message that no role sent is named by its line', () => {
  const forged = { type: 'ServiceApiUpdateRequest', methods: ['OAUTH'], revision: 9 };
  const at = run.findLastIndex(({ role }) => role === 'publishedService');
  const trace = run.toSpliced(at + 1, 0, {
    role: 'publishedService',
    instance: 'aef-1',
    event: forged,
    state: 'published',
    effects: [
      {
        type: 'tell',
        to: 'capifCoreFunction',
        event: { type: 'securityMethods.published', service: 1, methods: ['OAUTH'] },
      },
      { type: 'send', to: 'apiPublishingFunction', message: { type: 'ServiceApiUpdateResponse', revision: 9 } },
    ],
  });
  expect(conformance(trace)).toEqual({
    outcome: 'deviates',
    line: at + 2,
    because: 'publishedService aef-1 received ServiceApiUpdateRequest, which no role had sent',
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

test('in a trace of one role alone, received messages need not have been sent', () => {
  const alone = run.filter(({ role }) => role === 'apiInvoker');
  expect(conformance(alone)).toMatchObject({
    outcome: 'conforms',
    absent: ['capifCoreFunction', 'apiExposingFunction', 'apiPublishingFunction'],
  });
});

test('facts of the transport are not compared', () => {
  const bare = run.map(({ facts: _, ...line }) => line);
  expect(conformance(bare)).toMatchObject({ outcome: 'conforms' });
});
