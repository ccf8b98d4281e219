/** The trace check accepts a real run, and refuses it if a line is altered. */
import { beforeAll, describe, expect, test } from 'vitest';
import { publishedService } from '../../machines/published-service.ts';
import { type MachineId, roleOf } from '../../machines/roles.ts';
import { begin, type Standing, step } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments, type Role } from '../../machines/vocabulary.ts';
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
  const at = run.findLastIndex(({ role }) => role === 'publishedService') - 1;
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
    trace: 0,
    line: at + 2,
    because: 'publishedService aef-1 received ServiceApiUpdateRequest, which no role had sent',
  });
});

test('a notification may be of an update that withdraws no method, and is still a step of the machine (TS 29.222 5.4.2.4)', () => {
  const n = run.findIndex(({ role, state }) => role === 'apiInvoker' && state === 'authenticating');
  const { role, instance, state } = run[n]!;
  const notification = { role, instance, event: { type: 'ServiceApiUpdateNotification' }, state, effects: [] };
  expect(JSON.stringify(run.slice(0, n + 1))).not.toContain('ServiceApiUpdateNotification');
  expect(conformance(run.toSpliced(n + 1, 0, notification))).toMatchObject({ outcome: 'conforms' });
  const elsewhere = run.toSpliced(n + 1, 0, { ...notification, state: 'mismatch' });
  expect(conformance(elsewhere)).toMatchObject({ outcome: 'deviates', line: n + 2 });
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

describe('of one trace for each role', () => {
  const roles = ['apiExposingFunction', 'apiPublishingFunction', 'apiInvoker', 'capifCoreFunction'] as const;
  const recordedBy = (role: Role) => run.filter((line) => roleOf[line.role as MachineId] === role);

  test('the lines are put in an order in which everything was sent before it was received', () => {
    expect(conformance(...roles.map(recordedBy))).toMatchObject({ outcome: 'conforms', lines: run.length, absent: [] });
  });

  test('a line that received what no other trace has sent is named with its trace', () => {
    const sending = ({ role, effects }: TraceLine) =>
      role === 'capifCoreFunction' && JSON.stringify(effects).includes('"SecurityMethodResponse"');
    const last = recordedBy('capifCoreFunction').findLastIndex(sending);
    const shortened = (role: Role) =>
      role === 'capifCoreFunction' ? recordedBy(role).slice(0, last) : recordedBy(role);
    expect(conformance(...roles.map(shortened))).toMatchObject({
      outcome: 'deviates',
      because: expect.stringMatching(/ received .*, which no role had sent$/),
    });
  });
});

describe('of a role that was restarted', () => {
  const of = ({ role, instance }: TraceLine, event: { type: string }, state: unknown): TraceLine =>
    JSON.parse(JSON.stringify({ role, instance, event, state, effects: [] }));
  const core = () => run.filter(({ role }) => role === 'publishedService');
  const standing = (lines: readonly TraceLine[]): Standing => {
    const [first, ...rest] = lines;
    const { input } = first!.event as { input?: never };
    const begun = begin(publishedService, input as never).snapshot;
    const { value, context } = rest.reduce(
      (at, { event }) => step(publishedService, at, event as never).snapshot,
      begun,
    );
    return { value, context };
  };
  const resumedAfter = (n: number) => {
    const before = core().slice(0, n);
    return of(before.at(-1)!, { type: 'resumed', standing: standing(before) } as never, before.at(-1)!.state);
  };

  test('it goes on where it was, in the same trace or in another', () => {
    const lines = core();
    expect(conformance([...lines, resumedAfter(lines.length)])).toMatchObject({ outcome: 'conforms' });
    expect(conformance(lines, [resumedAfter(lines.length)])).toMatchObject({ outcome: 'conforms' });
    expect(conformance([resumedAfter(lines.length)])).toMatchObject({ outcome: 'conforms' });
  });

  test('steps that were not durable have not happened: nobody may have received what they sent', () => {
    expect(conformance(run, [resumedAfter(core().length)])).toMatchObject({ outcome: 'conforms', absent: [] });
    expect(conformance(run, [resumedAfter(1)])).toMatchObject({
      outcome: 'deviates',
      because: expect.stringContaining('which no role had sent'),
    });
  });

  test('where it has never been is no place to go on', () => {
    const [first, ...others] = core();
    expect(conformance([first!], [resumedAfter(others.length)])).toMatchObject({
      outcome: 'deviates',
      trace: 1,
      line: 1,
      because: expect.stringContaining('as it had never been'),
    });
    const nowhere = of(first!, { type: 'resumed', standing: { value: 'nowhere', context: {} } } as never, 'nowhere');
    expect(conformance([nowhere])).toMatchObject({ because: expect.stringContaining('does not have') });
  });
});

describe('what a step owes to others', () => {
  const at = (type: string, role?: string) =>
    run.findIndex((line) => line.event.type === type && (!role || line.role === role));
  const deviates = (because: string) => ({ outcome: 'deviates', because: expect.stringContaining(because) });

  test('who is told something steps next', () => {
    const n = at('SecurityMethodsChanged');
    const lines = run.slice(0, n);
    expect(conformance({ lines, lives: [{ from: 0, end: 'in order' }] })).toMatchObject(deviates('ends before'));
    // It was cut between the two.
    expect(conformance({ lines, lives: [{ from: 0, end: 'cut' }] })).toMatchObject({ outcome: 'conforms' });
    const late = run.toSpliced(n, 1).toSpliced(n + 1, 0, run[n]!);
    expect(conformance(late)).toMatchObject({ line: n + 1, ...deviates('comes before apiPublishingFunction') });
  });

  test('a message is received once, by whom it was sent to', () => {
    const n = at('SecurityInformationRequest');
    expect(conformance(run.toSpliced(n, 0, run[n]!))).toMatchObject({ line: n + 2, ...deviates('again, which had') });
    const other = { ...run[n]!, instance: 'api-invoker-2/aef-1/service-api-1' };
    const begun = { ...run[at('begin', 'capifCoreFunction')]!, instance: other.instance };
    const unknown = { ...other, state: 'withoutContext', effects: [sent('SecurityInformationNotFound')] };
    expect(conformance(run.toSpliced(n, 1, begun, unknown))).toMatchObject({
      line: n + 2,
      ...deviates('SecurityInformationRequest, which no role had sent'),
    });
  });
  test('an answer is received once, however often its machine would take it', () => {
    const n = at('IncorrectMethodFailure');
    const again = { ...run[n]!, effects: [{ type: 'putBack' }] };
    expect(conformance(run.toSpliced(n + 1, 0, again))).toMatchObject({ line: n + 2, ...deviates('again, which had') });
  });
  const sent = (type: string) => ({ type: 'send', to: 'apiExposingFunction', message: { type } });

  test('an invocation by key needs a proof by key, and the credential that was negotiated', () => {
    const n = at('ServiceApiInvocation', 'apiExposingFunction');
    const { facts, ...line } = run[n]!;
    const by = (proof: string) => run.with(n, { ...line, facts: { ...facts!, proof } });
    expect(facts?.proof).toBe('PSK api-invoker-1');
    expect(conformance(by('certificate api-invoker-1'))).toMatchObject({ line: n + 1, ...deviates('under PSK') });
    expect(conformance(by('PSK api-invoker-2'))).toMatchObject({ line: n + 1, ...deviates('a proof by PSK') });
    const event = { ...line.event, credential: 2 };
    const [told] = line.effects as [object];
    const otherwise = { ...run[n]!, event, effects: [{ ...told, event }] };
    expect(conformance(run.with(n, otherwise))).toMatchObject({ line: n + 1, ...deviates('which no role had sent') });
  });

  test('both ends of a connection see the same', () => {
    const n = at('SecurityMethodResponse');
    const facts = { ...run[n]!.facts!, suite: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' };
    expect(conformance(run.with(n, { ...run[n]!, facts }))).toMatchObject({ line: n + 1, ...deviates('at one end') });
  });
});

test('a party without a record is not a fault: what it has sent is not compared, and the answer names it', () => {
  const ofCore = run.filter(({ role }) => roleOf[role as MachineId] === 'capifCoreFunction');
  const stranger: TraceLine[] = JSON.parse(JSON.stringify(ofCore).replaceAll('api-invoker-1', 'api-invoker-2'));
  const others = stranger.filter(({ role }) => role !== 'publishedService' && role !== 'invokerProfile');
  expect(conformance(run, others.slice(0, 2))).toMatchObject({
    outcome: 'conforms',
    absent: [],
    unrecorded: ['apiInvoker api-invoker-2'],
  });
});

test('without facts of the transport, the rest is compared', () => {
  const bare = run.map(({ facts: _, ...line }) => line);
  expect(conformance(bare)).toMatchObject({ outcome: 'conforms' });
});
