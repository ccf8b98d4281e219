/** A recorded run as a sequence chart: who sent what to whom, and what was never received. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type MachineId, roleOf } from '../../machines/roles.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { type MethodChangesOptions, methodChanges } from '../../runtime/demonstration/method-changes.ts';
import type { Sequence, SequenceMessage } from './sequence.ts';
import { sequenceOfTrace } from './trace-sequence.ts';

async function recorded(options: Partial<MethodChangesOptions>): Promise<TraceLine[]> {
  const lines: TraceLine[] = [];
  await methodChanges({
    methods: ['PSK', 'PKI'],
    amendments: allAmendments,
    publication: { fate: 'prompt' },
    refusalsMax: 3,
    patienceMs: 30_000,
    pause: { firstMs: 1, longestMs: 5 },
    record: (line) => void lines.push(JSON.parse(JSON.stringify(line))),
    ...options,
  });
  return lines;
}

let run: TraceLine[] = [];
beforeAll(async () => {
  run = await recorded({});
});

/** Without the revocation at the end of the run, which may find the AEF gone. */
const messagesOf = ({ events }: Sequence): SequenceMessage[] =>
  events.filter(
    (event) => event.kind === 'message' && !event.label.startsWith('RevokeAuthorization'),
  ) as SequenceMessage[];
const [invoker, core, aef, publisher] = [
  'apiInvoker api-invoker-1',
  'capifCoreFunction',
  'apiExposingFunction aef-1',
  'apiPublishingFunction aef-1',
];

test('the roles have their names, and all was received but the notification, to which this invoker has not subscribed', () => {
  const sequence = sequenceOfTrace(run);
  expect(sequence.instances.map(({ id }) => id)).toEqual([invoker, core, aef, publisher]);
  expect(messagesOf(sequence).filter(({ fate }) => fate !== 'arrives')).toMatchObject([
    { from: core, to: invoker, label: 'ServiceApiUpdateNotification', fate: 'lost' },
  ]);
});

test('an invoker that is notified asks the core before it invokes, and nothing is lost (TS 29.222 5.4.2.4)', async () => {
  const lines = await recorded({ notified: true });
  const messages = messagesOf(sequenceOfTrace(lines));
  expect(messages.filter(({ fate }) => fate !== 'arrives')).toEqual([]);
  const n = messages.findIndex(({ label }) => label === 'ServiceApiUpdateNotification');
  expect(messages.slice(n, n + 3)).toMatchObject([
    { from: core, to: invoker },
    { from: invoker, to: core, label: 'TLS' },
    { from: invoker, to: core, label: 'SecurityMethodUpdateRequest serviceApi' },
  ]);
  const ofInvoker = messagesOf(sequenceOfTrace(lines.filter(({ role }) => role === 'apiInvoker')));
  expect(ofInvoker).toContainEqual(messages[n]);
});

test('the procedure of 6.7 is there in its order, with clauses and what the transport observed', () => {
  const messages = messagesOf(sequenceOfTrace(run));
  const n = messages.findIndex(({ label }) => label.startsWith('IncorrectMethodFailure'));
  expect(messages.slice(n - 1, n + 4)).toMatchObject([
    { from: invoker, to: aef, label: 'ServiceApiInvocation PSK 1', source: { clause: '6.7' }, facts: 'GET' },
    { from: aef, to: invoker, label: 'IncorrectMethodFailure 1', source: { clause: '6.7' }, facts: '403' },
    { from: invoker, to: core, label: 'TLS', facts: 'TLSv1.2 by certificate api-invoker-1' },
    { from: invoker, to: core, label: 'SecurityMethodUpdateRequest serviceApi' },
    { from: core, to: invoker, label: 'SecurityMethodResponse PKI 2', facts: '200' },
  ]);
});

test('a state follows the message that led to it', () => {
  const { events } = sequenceOfTrace(run);
  const n = events.findIndex((event) => event.kind === 'message' && event.label.startsWith('IncorrectMethod'));
  expect(events[n + 1]).toEqual({ kind: 'state', over: invoker, state: 'mismatch' });
});

test('a message that was never received is lost', async () => {
  const sequence = sequenceOfTrace(await recorded({ amendments: [], publication: { fate: 'lost' } }));
  expect(messagesOf(sequence).filter(({ fate }) => fate === 'lost')).toMatchObject([
    { from: publisher, to: core, label: 'ServiceApiUpdateRequest PKI 2' },
  ]);
});

describe.each(['apiInvoker', 'capifCoreFunction', 'apiExposingFunction'] as const)(
  'recorded by the %s alone',
  (role) => {
    test('nothing seems lost, and the other roles are there', () => {
      const sequence = sequenceOfTrace(run.filter((line) => roleOf[line.role as MachineId] === role));
      const whole = messagesOf(sequenceOfTrace(run)).filter(
        ({ from, to, fate }) => from.startsWith(role) || (to.startsWith(role) && fate === 'arrives'),
      );
      expect(messagesOf(sequence).every(({ fate }) => fate === 'arrives')).toBe(true);
      const types = (messages: SequenceMessage[]) =>
        messages.map(({ label }) => label.split(' ')[0]).filter((type) => type !== 'TLS');
      expect(types(messagesOf(sequence)).sort()).toEqual(types(whole).sort());
      expect(messagesOf(sequence).every(({ from, to }) => from !== to)).toBe(true);
    });
  },
);
