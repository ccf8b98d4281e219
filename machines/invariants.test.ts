/** What is true everywhere a machine can get, and of every step it can take, under every input of all-events.ts. */
import { expect, test } from 'vitest';
import { type AnyMachineSnapshot, type AnyStateMachine, type ContextFrom, matchesState } from 'xstate';
import { type Edge, type Explored, explore, exploredOf, ids } from './all-events.ts';
import { apiInvoker } from './api-invoker.ts';
import type { Effect } from './effects.ts';
import type { MachineId, machines } from './roles.ts';
import { step } from './step.ts';
import { union } from './vocabulary.ts';

type Facts<Id extends MachineId> = (
  context: ContextFrom<(typeof machines)[Id]>,
  is: (...places: string[]) => boolean,
) => Record<string, boolean>;

const isCount = (value: number) => Number.isInteger(value) && value >= 0;

const facts: { [Id in MachineId]: Facts<Id> } = {
  apiInvokerEnrolment: ({ attempts, attemptsMax }) => ({
    'its attempts are bounded': isCount(attempts) && attempts <= attemptsMax,
  }),
  apiInvoker: ({ supported, selected, refused, credential, contextKnown, attempts, attemptsMax, amendments }, is) => ({
    'its method is one that it supports': selected === undefined || supported.includes(selected),
    'a refused method is one that it had': refused === undefined || supported.includes(refused),
    'a method comes with a credential': isCount(credential) && (selected === undefined) === (credential === 0),
    'it authenticates to the exposing function with a method': !is('negotiated', 'mismatch') || selected !== undefined,
    'it knows of a context after a selection': !is('negotiated', 'mismatch', 'withoutMethod') || contextKnown,
    // One more: the answer that names the method just refused is followed by a pause even at the bound.
    'its attempts are bounded': attempts <= (amendments.includes('bounded-attempts') ? attemptsMax + 1 : 0),
  }),
  invokerProfile: () => ({}),
  capifCoreFunction: ({ selected, offered, credential }, is) => ({
    'it has a selection while negotiated or outdated': is('negotiated', 'outdated') === (selected !== undefined),
    'its selection is offered unless it is outdated': !is('negotiated') || offered.includes(selected!),
    'its selection is outdated when it is not offered': !is('outdated') || !offered.includes(selected!),
    'a selection has a number': isCount(credential) && (selected === undefined || credential > 0),
  }),
  publishedService: ({ methods, revision }, is) => ({
    'it has methods once they are published': isCount(revision) && is('published') === methods.length > 0,
  }),
  apiExposingFunction: ({ methods, accepted, amendments }, is) => ({
    'it accepts its methods': methods.every((method) => accepted.includes(method)),
    'it accepts no other once these are published': !is('settled') || union(accepted, []).length === methods.length,
    'it accepts no other unless amended': amendments.length > 0 || accepted.length === methods.length,
  }),
  invokerAdmission: ({ credential }, is) => ({
    'it has a credential of a known invoker': !is('known', 'outdated') || credential > 0,
    'it has no credential of an unknown or revoked one': !is('unknown', 'revoked') || credential === 0,
  }),
  apiPublishingFunction: ({ methods, revision, resourceKnown }, is) => ({
    'it has methods once it was told': is('idle') === (methods.length === 0) && is('idle') === (revision === 0),
    'it knows its resource once it is published': !is('published') || resourceKnown,
  }),
};

for (const id of ids) {
  test(`wherever ${id} gets, what it knows is what its state says`, () => {
    for (const { states } of exploredOf(id)) {
      for (const at of states) {
        const is = (...places: string[]) => places.some((place) => matchesState(place, at.value));
        const said = (facts[id] as Facts<MachineId>)(at.context, is);
        const untrue = Object.keys(said).filter((fact) => !said[fact]);
        expect({ untrue, at: untrue.length > 0 && at.toJSON() }).toEqual({ untrue: [], at: false });
      }
    }
  });
}

const effectsOf = ({ state, event }: Edge): Effect[] => step<AnyStateMachine>(apiInvoker, state, event).effects;
const isToExposingFunction = (effect: Effect) =>
  effect.type !== 'closeTls' && 'to' in effect && effect.to === 'apiExposingFunction';

test('an invoker changes its method only on the word of the core (6.7, R11)', () => {
  for (const { edges } of exploredOf('apiInvoker')) {
    for (const { state, event, nextState } of edges) {
      const before = state.context.selected;
      const after = nextState.context.selected;
      if (before !== after) expect(event).toMatchObject({ type: 'SecurityMethodResponse', selected: after });
    }
  }
});

test('an indication of a mismatch, true or forged, leads to nothing but a question to the core (6.7, S4)', () => {
  for (const { edges } of exploredOf('apiInvoker')) {
    const ofIndications = edges.filter(({ event }) => event.type === 'IncorrectMethodFailure');
    expect(ofIndications).not.toEqual([]);
    for (const edge of ofIndications) {
      const { selected, credential } = edge.state.context;
      const asked = effectsOf(edge).filter(({ type }) => !['closeTls', 'report'].includes(type));
      const method = { method: selected, credential };
      const again = { type: 'send', to: 'apiExposingFunction', message: { type: 'ServiceApiInvocation', ...method } };
      const isLate = edge.event.credential !== credential && edge.state.matches('negotiated');
      const question = { type: 'openTls', to: 'capifCoreFunction' };

      expect([[], isLate ? [again] : [question]]).toContainEqual(asked);
    }
  }
});

test('after a mismatch nothing is sent to the exposing function before a new answer of the core (6.7, S5)', () => {
  for (const setting of exploredOf('apiInvoker')) {
    const events: Explored['events'] = (at) =>
      setting.events(at).filter(({ type }) => type !== 'SecurityMethodResponse');
    const seen = new Set<string>();
    for (const fromState of setting.states.filter((at) => at.matches('mismatch'))) {
      if (seen.has(JSON.stringify(fromState))) continue;
      const { states, edges } = explore({ ...setting, events, fromState });
      for (const edge of edges) expect(effectsOf(edge).filter(isToExposingFunction)).toEqual([]);
      for (const state of states) seen.add(JSON.stringify(state));
    }
    expect(seen.size).toBeGreaterThan(0);
  }
});
