/** What each step of an invoker owes to those who rely on it: its application, its peers, and whoever waits for an end (6.5.2, 6.7). */

import type { Effect } from '../../machines/effects.ts';
import { outermostState, stateName } from '../../machines/state-name.ts';
import type { Clause, SecurityMethod } from '../../machines/vocabulary.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Configuration } from '../model/setting.ts';
import { always, everyStep, type Property } from './property.ts';

type Context = {
  selected?: SecurityMethod;
  refused?: SecurityMethod;
  credential: number;
  contextKnown: boolean;
  wanted: boolean;
  attempts: number;
};
type Event = { type: string; selected?: SecurityMethod; credential?: number; because?: string };
/** A step, with what it is asked about. */
type Taken = {
  event: Event;
  from: string;
  to: string;
  before: Context;
  after: Context;
  pauses: boolean;
  effects: readonly Effect[];
};

const taken = ({ event, before, after, effects }: MachineStep): Taken => ({
  event,
  from: stateName(before.value),
  to: stateName(after.value),
  before: before.context as Context,
  after: after.context as Context,
  pauses: after.paused && !before.paused,
  effects,
});
const each = (sentence: string, clause: Clause, holds: (step: Taken) => boolean): Property =>
  everyStep(sentence, clause, ({ steps }) => steps.every((step) => step.part !== 'apiInvoker' || holds(taken(step))));

const sends = ({ effects }: Taken, type: string) =>
  effects.some((effect) => effect.type === 'send' && effect.message.type === type);
const asks = ({ effects }: Taken, type: Effect['type'], to?: string) =>
  effects.some((effect) => effect.type === type && (to === undefined || ('to' in effect && effect.to === to)));
const within = (state: string, ...outer: string[]) => outer.some((one) => state === one || state.startsWith(`${one}.`));
const leaves = ({ from, to }: Taken, outer: string) => within(from, outer) && !within(to, outer);

/** It says why, and waits for a new wish. */
const ended = (state: string) => within(state, 'withoutMethod', 'refused', 'gaveUp');
const failures = [
  'tls.failed',
  'exchange.failed',
  'AccessTokenRefused',
  'AuthenticationInitiationRefused',
  'IncorrectMethodFailure',
  'NotAuthenticatedFailure',
  'invocation.failed',
];
const answersOfInvocations = ['IncorrectMethodFailure', 'NotAuthenticatedFailure', 'NotAuthorizedFailure'];
const wishes = ['serviceApi.wanted', ...answersOfInvocations];
/** An invocation that was refused goes out again, or the application is told; after an offboarding it has been told. */
const isPutBackOrEnded = (step: Taken) => asks(step, 'putBack') !== asks(step, 'report') || step.from === 'offboarded';
const isOfNow = ({ event, before }: Taken) => event.credential === before.credential;

const isOfEarlier = (step: Taken) => step.event.credential !== undefined && !isOfNow(step);
const triesAgain = (step: Taken) => step.pauses || asks(step, 'openTls') || sends(step, 'SecurityMethodUpdateRequest');

/** Where an invocation under the present credential leads that was not served. */
function leadsOn(step: Taken): boolean {
  const { event, to } = step;
  switch (event.type) {
    case 'IncorrectMethodFailure':
      return within(to, 'mismatch', 'gaveUp');
    case 'NotAuthenticatedFailure':
      return within(to, 'authenticating', 'gaveUp');
    case 'NotAuthorizedFailure':
      return within(to, 'refused');
    case 'invocation.failed':
      return within(to, 'gaveUp') || (event.because === 'handshake' ? within(to, 'mismatch') : asks(step, 'openTls'));
    default:
      return true;
  }
}

function obtains(step: Taken): boolean {
  switch (step.event.selected) {
    case 'PSK':
      return asks(step, 'deriveAefPsk');
    case 'OAUTH':
      return sends(step, 'AccessTokenRequest');
    default:
      return within(step.to, 'negotiated');
  }
}

export function stepsOfInvoker({ amendments, attemptsMax }: Configuration): Property[] {
  const isBounded = amendments.includes('bounded-attempts');
  const pausesFirst = amendments.includes('ask-again-after-a-pause');
  return [
    each('L3 an invocation that is wanted or refused is made, or its end is told', '6.7', (step) => {
      const { event, before, after, to } = step;
      const waits = before.wanted || wishes.includes(event.type);
      if (answersOfInvocations.includes(event.type) && !isPutBackOrEnded(step)) return false;
      return !waits || after.wanted || sends(step, 'ServiceApiInvocation') || ended(to) || to === 'offboarded';
    }),
    always('L3 where the invoker has come to an end, no wish is left', '6.7', ['apiInvoker'], ({ apiInvoker }) => {
      return !ended(outermostState(apiInvoker.value)) || apiInvoker.context.wanted !== true;
    }),
    each('L3 the application is told each time that its invocations come to an end, and why', '6.7', (step) => {
      const { event, from, to } = step;
      const ends =
        (to === 'offboarded' && from !== 'offboarded') ||
        (ended(to) && (!ended(from) || event.type === 'NotAuthorizedFailure'));
      return !ends || asks(step, 'report');
    }),
    each('L3 a wish after an end begins anew', '6.7', ({ from, to, after }) => {
      return !ended(from) || ended(to) || to === 'offboarded' || (after.attempts === 0 && after.refused === undefined);
    }),
    each('L3 only what was wanted is invoked', '6.7', (step) => {
      return !sends(step, 'ServiceApiInvocation') || step.before.wanted || wishes.includes(step.event.type);
    }),
    each('L2 whatever makes the invoker try again is counted', '6.7', (step) => {
      const { event, from, before, after, pauses } = step;
      const isFailure = failures.includes(event.type) || (event.type === 'SecurityMethodResponse' && pauses);
      return !isBounded || !isFailure || !triesAgain(step) || ended(from) || after.attempts === before.attempts + 1;
    }),
    each('L2 the invoker tries again only as often as it may', '6.7', (step) => {
      const { event, from, before } = step;
      if (!isBounded || ended(from) || !failures.includes(event.type) || isOfEarlier(step)) return true;
      return !triesAgain(step) || before.attempts < attemptsMax;
    }),
    each('L2 the invoker gives up when it has tried as often as it may', '6.7', ({ event, from, to, before }) => {
      const givesUp = to === 'gaveUp' && from !== 'gaveUp' && event.type !== 'aefPsk.failed';
      return !givesUp || (isBounded && before.attempts >= attemptsMax);
    }),
    each('L1 what an invocation under the present credential is told is acted on', '6.7', (step) => {
      return !within(step.from, 'negotiated.secured', 'negotiated.invoking') || !isOfNow(step) || leadsOn(step);
    }),
    each('L1 what is told of an earlier credential costs the present one nothing', '6.7', (step) => {
      const { from, to, before, after } = step;
      if (!within(from, 'negotiated') || !isOfEarlier(step)) return true;
      return within(to, 'negotiated') && after.attempts === before.attempts && after.refused === before.refused;
    }),
    each(
      'S4 the core is asked about a mismatch after an indication or a failed handshake, and only then',
      '6.7',
      (step) => {
        const { event, from, to } = step;
        if (event.type === 'tls.failed' && from === 'negotiated.openingConnection')
          return to === 'gaveUp' || (to === 'mismatch') === (event.because === 'handshake');
        const told = event.type === 'IncorrectMethodFailure' || event.because === 'handshake';
        return to !== 'mismatch' || from === 'mismatch' || (told && isOfNow(step));
      },
    ),
    each('L1 an invoker that is served has nothing left to count', '6.7', ({ event, from, to, before, after }) => {
      const isServed = event.type === 'ServiceApiInvocationResponse' && from === 'negotiated.invoking';
      if (!isServed) return true;
      if (event.credential !== before.credential) return to === from && after.attempts === before.attempts;
      return to === 'negotiated.secured' && after.attempts === 0 && after.refused === undefined;
    }),
    each('L2 an invoker that is given the method just refused pauses, once, and no other does', '6.7', (step) => {
      const { event, from, to, before, after } = step;
      if (event.type !== 'SecurityMethodResponse' || !within(from, 'authenticated')) return true;
      const isRefused = pausesFirst && event.selected === before.refused;
      return (to === 'pausing') === isRefused && (!isRefused || after.refused === undefined);
    }),
    each(
      'S2 the invoker creates a context where it knows of none, and updates the one it knows of',
      '6.3.1',
      (step) => {
        const { event, from, after } = step;
        if (sends(step, 'SecurityMethodRequest') && after.contextKnown) return false;
        if (sends(step, 'SecurityMethodUpdateRequest') && !after.contextKnown) return false;
        if (event.type === 'SecurityContextNotFound') return sends(step, 'SecurityMethodRequest');
        const isSettled = ['SecurityMethodResponse', 'NoCommonMethod'].includes(event.type);
        return !isSettled || !within(from, 'authenticated') || after.contextKnown;
      },
    ),
    each('S2 a method is used with the credential that belongs to it', '6.5.2', (step) => {
      const { event, before, after } = step;
      const isSelected = event.type === 'SecurityMethodResponse' && after.credential !== before.credential;
      return !isSelected || obtains(step);
    }),
    each('S2 a credential that has expired is not used', '6.5.2', ({ event, from, to }) => {
      return event.type !== 'credential.expired' || !within(from, 'negotiated') || to === 'authenticating';
    }),
    each('S5 a connection ends with what it was opened for', 'B.2', (step) => {
      if (leaves(step, 'authenticated') && !asks(step, 'closeTls', 'capifCoreFunction')) return false;
      return !leaves(step, 'negotiated') || asks(step, 'closeTls', 'apiExposingFunction');
    }),
  ];
}
