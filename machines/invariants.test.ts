/** What is true everywhere a machine can get, and of every step it can take, under every input of all-events.ts. */
import { serializeSnapshot } from '@xstate/graph';
import { expect, test } from 'vitest';
import { type AnyStateMachine, type ContextFrom, matchesState } from 'xstate';
import { apiInvoker } from './api-invoker.ts';
import type { Effect, MethodsPublished } from './effects.ts';
import type { IncorrectMethodFailure } from './messages.ts';
import type { MachineId, machines } from './roles.ts';
import { step } from './steps/step.ts';
import { type Edge, exploredOf, ids } from './testing/all-events.ts';
import { type Named, type SecurityMethod, union } from './vocabulary.ts';

type Offer = Omit<MethodsPublished, 'type'>;
type Facts<Id extends MachineId> = (
  context: ContextFrom<(typeof machines)[Id]>,
  is: (...places: string[]) => boolean,
) => Record<string, boolean>;

const fits = (offers: readonly Offer[], names: Named, method: SecurityMethod) =>
  offers.every(({ service, methods }) => methods.includes(method) || (names === 'serviceApi' && service !== 1)) &&
  offers.some(({ service }) => names === 'exposingFunction' || service === 1);

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
  capifCoreFunction: ({ selected, offers, names, credential }, is) => ({
    'it has a selection while negotiated or outdated': is('negotiated', 'outdated') === (selected !== undefined),
    'its selection is offered unless it is outdated': !is('negotiated') || fits(offers, names, selected!),
    'its selection is outdated when it is not offered': !is('outdated') || !fits(offers, names, selected!),
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
    'it has a credential of a known invoker': !is('known') || credential > 0,
    'it has no credential of an unknown or revoked one': !is('unknown', 'revoked') || credential === 0,
  }),
  apiPublishingFunction: ({ methods, revision, resourceKnown }, is) => ({
    'it has methods once it was told': is('idle') === (methods.length === 0) && is('idle') === (revision === 0),
    'it knows its resource once it is published': !is('published') || resourceKnown,
  }),
};

for (const id of ids) {
  test(`in every reachable state of ${id}, its context agrees with the state`, () => {
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
const isQuestion = (effect: Effect) => effect.type === 'openTls' && effect.to === 'capifCoreFunction';
const isPutBack = ({ type }: Effect) => type === 'putBack';
const isInvocation = (effect: Effect) => effect.type === 'send' && effect.message.type === 'ServiceApiInvocation';
const isAsking = ({ type }: Effect) => type !== 'closeTls' && type !== 'report' && type !== 'stopTimer';
const isOfEarlierCredential = ({ state, event }: Edge) =>
  (event as IncorrectMethodFailure).credential !== state.context.credential;
const distinct = <T>(values: T[]) => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];

test('an invoker changes its method only when the core says so (6.7, R11)', () => {
  for (const { edges } of exploredOf('apiInvoker')) {
    const changes = edges.filter(({ state, nextState }) => state.context.selected !== nextState.context.selected);
    expect(changes).not.toEqual([]);
    for (const { event, nextState } of changes) {
      expect(event).toMatchObject({ type: 'SecurityMethodResponse', selected: nextState.context.selected });
    }
  }
});

test('an indication of a mismatch, true or forged, only makes the invoker ask the core (6.7, S4)', () => {
  for (const { edges } of exploredOf('apiInvoker')) {
    const indications = edges.filter(({ event }) => event.type === 'IncorrectMethodFailure');
    const answered = indications.map((edge) => ({ edge, asked: effectsOf(edge).filter(isAsking) }));
    const current = answered.filter(({ edge }) => !isOfEarlierCredential(edge)).flatMap(({ asked }) => asked);
    const earlier = answered.filter(({ edge }) => isOfEarlierCredential(edge));

    expect(distinct(current)).toEqual([{ type: 'putBack' }, { type: 'openTls', to: 'capifCoreFunction' }]);
    const isHarmless = (effect: Effect) => isQuestion(effect) || isInvocation(effect) || isPutBack(effect);
    expect(earlier.filter(({ asked }) => !asked.every(isHarmless))).toEqual([]);
  }
});

test('after a mismatch nothing is sent to the exposing function before a new answer of the core (6.7, S5)', () => {
  for (const { states, edges } of exploredOf('apiInvoker')) {
    const unanswered = new Set(states.filter((at) => at.matches('mismatch')).map(serializeSnapshot));
    const silent = edges
      .filter(({ event }) => event.type !== 'SecurityMethodResponse')
      .map((edge) => ({ edge, from: serializeSnapshot(edge.state), to: serializeSnapshot(edge.nextState) }));
    for (let size = 0; size < unanswered.size; ) {
      size = unanswered.size;
      for (const { from, to } of silent) if (unanswered.has(from)) unanswered.add(to);
    }
    const after = silent.filter(({ from }) => unanswered.has(from)).flatMap(({ edge }) => effectsOf(edge));

    expect(after.some(({ type }) => type === 'openTls')).toBe(true);
    expect(after.filter(isToExposingFunction)).toEqual([]);
  }
});
