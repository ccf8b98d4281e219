/** A remembered step is the step that XState takes, asked anew: same state, same effects, same expectation. */
import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyMachineSnapshot, type AnyStateMachine, type EventObject, transition } from 'xstate';
import { apiExposingFunction } from '../api-exposing-function.ts';
import { invokerAdmission } from '../invoker-admission.ts';
import type { ServiceApiInvocation } from '../messages.ts';
import { machines } from '../roles.ts';
import { exploredOf, ids, settingsOf } from '../testing/all-events.ts';
import type { SecurityMethod } from '../vocabulary.ts';
import { rememberedMax, rememberedStep, sizeRemembered } from './remembered-steps.ts';
import { begin, expects, step } from './step.ts';

type Taken = { snapshot: AnyMachineSnapshot; effects: unknown[]; expected: boolean };

/** XState alone, without anything of ours that is kept. */
function asked(machine: AnyStateMachine, at: AnyMachineSnapshot, event: EventObject): Taken {
  const expected = expects(machine, at, event);
  if (at.status === 'done') return { snapshot: at, effects: [], expected };
  const [snapshot, actions] = transition(machine, at, event);
  return { snapshot, effects: actions.map(({ params }) => (params as { event: unknown }).event), expected };
}

const asData = ({ snapshot: { value, context, status }, effects, expected }: Taken) => ({
  ...{ value, context, status },
  ...{ effects, expected },
});

/** The machine as a value of its own: nothing is remembered of it yet. */
const anew = <M extends AnyStateMachine>(machine: M): M => machine.provide({}) as M;

describe.each(ids)('%s', (id) => {
  test('in every state and on every event, the first time and when it is remembered', () => {
    const machine: AnyStateMachine = anew(machines[id]);
    for (const { edges } of exploredOf(id)) {
      for (const { state, event } of edges) {
        const fresh = asData(asked(machine, state, event));
        for (const _time of [1, 2]) deepStrictEqual(asData(rememberedStep(machine, state, event)), fresh);
      }
    }
    expect(sizeRemembered(machine)).toBeGreaterThan(1);
  });

  test('on random events, two instances in turns', () => {
    const machine: AnyStateMachine = anew(machines[id]);
    const [first, ...others] = settingsOf(id);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 40 }), (events) => {
        const both = [first!, others.at(-1) ?? first!].map(({ input, events }) => {
          const { snapshot } = begin(machine, input as never);
          return { events, fresh: snapshot, remembered: snapshot };
        });
        for (const [which, n] of events) {
          const one = both[which ? 1 : 0]!;
          const all = one.events(one.fresh);
          if (all.length === 0) continue;
          const event = all[n % all.length]!;
          const fresh = asked(machine, one.fresh, event);
          const remembered = rememberedStep(machine, one.remembered, event);
          deepStrictEqual(asData(remembered), asData(fresh));
          Object.assign(one, { fresh: fresh.snapshot, remembered: remembered.snapshot });
        }
      }),
      { numRuns: 200 },
    );
  });
});

const invocation = (credential: number): ServiceApiInvocation => ({
  type: 'ServiceApiInvocation',
  method: 'PSK',
  credential,
});

test('an event with a part that is undefined is not the event without it', () => {
  const machine = anew(invokerAdmission);
  const { snapshot } = begin(machine, { amendments: ['enforce-the-selection', 'fetch-credentials-again'] });
  const fetching = rememberedStep(machine, snapshot, { type: 'AuthenticationInitiationRequest' }).snapshot;
  const answer = { type: 'SecurityInformationResponse', credential: 1, hasAefPsk: false } as const;

  rememberedStep(machine, fetching, answer);
  const before = sizeRemembered(machine);
  rememberedStep(machine, fetching, { ...answer, selected: undefined });
  expect(sizeRemembered(machine)).toBe(before + 1);
  rememberedStep(machine, fetching, answer);
  expect(sizeRemembered(machine)).toBe(before + 1);
});

test('an event like the latest one is not the latest one', () => {
  const machine = anew(invokerAdmission);
  const { snapshot } = begin(machine, { amendments: ['enforce-the-selection', 'fetch-credentials-again'] });
  const fetching = rememberedStep(machine, snapshot, { type: 'AuthenticationInitiationRequest' }).snapshot;
  const answer = { type: 'SecurityInformationResponse', credential: 1, hasAefPsk: false, named: undefined } as const;
  const { named: _, ...unnamed } = answer;
  const event: { -readonly [Name in keyof typeof answer]: unknown } = { ...answer };
  const contextAfter = (event: object) => {
    const { credential, selected } = rememberedStep(machine, fetching, event as typeof answer).snapshot.context;
    return { credential, selected };
  };
  for (const _time of [1, 2, 3]) expect(contextAfter(event)).toEqual({ credential: 1, selected: undefined });

  expect(contextAfter({ ...answer, selected: 'PKI' })).toEqual({ credential: 1, selected: 'PKI' });
  contextAfter(event);
  expect(contextAfter({ ...unnamed, selected: 'PKI' })).toEqual({ credential: 1, selected: 'PKI' });
  contextAfter(event);
  event.credential = 2;
  expect(contextAfter(event)).toEqual({ credential: 2, selected: undefined });
});

test('a list that is changed afterwards changes nothing that is remembered', () => {
  const machine = anew(apiExposingFunction);
  const { snapshot } = begin(machine, { amendments: [], methods: ['PSK'] });
  const methods: SecurityMethod[] = ['PKI'];
  const change = () => rememberedStep(machine, snapshot, { type: 'securityMethods.changed', methods: ['PKI'] });

  rememberedStep(machine, snapshot, { type: 'securityMethods.changed', methods });
  const before = structuredClone(asData(change()));
  methods.push('PSK');
  expect(asData(change())).toEqual(before);
  expect(() => (change().effects as unknown[]).push('one more')).toThrow(TypeError);
});

test('instances that stand alike share one snapshot', () => {
  const machine = anew(invokerAdmission);
  const known = () => {
    const begun = begin(machine, { amendments: [] }).snapshot;
    return rememberedStep(machine, begun, { type: 'AuthenticationInitiationRequest' }).snapshot;
  };
  expect(known()).toBe(known());
});

test('memory is bounded, however many credentials there are', () => {
  const machine = anew(invokerAdmission);
  let at = begin(machine, { amendments: [] }).snapshot;
  let most = 0;
  for (let credential = 1; credential < 2 * rememberedMax; credential++) {
    const fresh = step(machine, at, invocation(credential));
    const remembered = rememberedStep(machine, at, invocation(credential));
    deepStrictEqual(remembered.effects, fresh.effects);
    at = remembered.snapshot;
    most = Math.max(most, sizeRemembered(machine));
  }
  expect(most).toBeGreaterThan(rememberedMax / 2);
  expect(most).toBeLessThanOrEqual(rememberedMax + 2);
});

test('what is as long as somebody else chose is not remembered', () => {
  const machine = anew(apiExposingFunction);
  const { snapshot } = begin(machine, { amendments: [], methods: ['PSK'] });
  const methods = Array.from({ length: 1000 }, () => 'PKI' as const);
  const event = { type: 'securityMethods.changed', methods } as const;

  const taken = rememberedStep(machine, snapshot, event);
  expect(taken.effects).toEqual(step(machine, snapshot, event).effects);
  const long = taken.snapshot;
  expect(asData(rememberedStep(machine, long, invocation(1)))).toStrictEqual(
    asData(asked(machine, long, invocation(1))),
  );
  expect(sizeRemembered(machine)).toBe(1);
});
