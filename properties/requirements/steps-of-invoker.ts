/** Properties of each step of the invoker: its invocations end, its attempts are counted, its credentials are good (6.5.2, 6.7). */

import { outermostState } from '../../machines/steps/step.ts';
import type { Clause, SecurityMethod } from '../../machines/vocabulary.ts';
import type { Answer } from '../checker/model.ts';
import type { Configuration } from '../model/setting.ts';
import { always, type Property } from './property.ts';
import { eachStepOf, isWithin, performs, type RoleStep, sends } from './role-step.ts';

type Context = {
  selected?: SecurityMethod;
  refused?: SecurityMethod;
  credential: number;
  contextKnown: boolean;
  wanted: boolean;
  attempts: number;
};
type Event = { type: string; selected?: SecurityMethod; credential?: number; because?: string };
type Step = RoleStep<Context, Event>;

const each = (statement: string, clause: Clause, holds: (step: Step) => Answer): Property =>
  eachStepOf<Context, Event>('apiInvoker', statement, clause, holds);

/** The invoker has stopped for a stated reason, and waits until the application wants another invocation. */
const hasStopped = (state: string) => isWithin(state, 'withoutMethod', 'refused', 'gaveUp');
const failures = [
  'tls.failed',
  'exchange.failed',
  'AccessTokenRefused',
  'AuthenticationInitiationRefused',
  'IncorrectMethodFailure',
  'NotAuthenticatedFailure',
  'invocation.failed',
];
const refusals = ['IncorrectMethodFailure', 'NotAuthenticatedFailure', 'NotAuthorizedFailure'];
/** After these the invocation is still wanted. */
const wishes = ['serviceApi.wanted', ...refusals];
/** A refused invocation goes out again, or the application is told; after an offboarding it has been told. */
const isPutBackOrEnded = (step: Step) =>
  performs(step, 'putBack') !== performs(step, 'report') || step.from === 'offboarded';
const isOfPresentCredential = ({ event, before }: Step) => event.credential === before.credential;
const isOfEarlierCredential = (step: Step) => step.event.credential !== undefined && !isOfPresentCredential(step);
const triesAgain = (step: Step) =>
  step.pauses || performs(step, 'openTls') || sends(step, 'SecurityMethodUpdateRequest');
const leaves = ({ from, to }: Step, outer: string) => isWithin(from, outer) && !isWithin(to, outer);

export const stepsOfInvoker = (configuration: Configuration): Property[] => [
  ...endsOfInvocations,
  ...countOfAttempts(configuration),
  ...answersOfPeers(configuration),
  ...useOfCredentials,
];

const endsOfInvocations: readonly Property[] = [
  each('L3 a wanted or refused invocation is sent, kept for later, or ended', '6.7', (step) => {
    const { event, before, after, to } = step;
    const waits = before.wanted || wishes.includes(event.type);
    if (refusals.includes(event.type) && !isPutBackOrEnded(step)) return false;
    if (!waits) return undefined;
    return after.wanted || sends(step, 'ServiceApiInvocation') || hasStopped(to) || to === 'offboarded';
  }),
  always('L3 when the invoker has stopped, no invocation is left waiting', '6.7', ['apiInvoker'], ({ apiInvoker }) => {
    return hasStopped(outermostState(apiInvoker.value)) ? apiInvoker.context.wanted !== true : undefined;
  }),
  each('L3 the application is told each time its invocations end, and why', '6.7', (step) => {
    const { event, from, to } = step;
    const isOffboarded = to === 'offboarded' && from !== 'offboarded';
    const hasEnded = hasStopped(to) && (!hasStopped(from) || event.type === 'NotAuthorizedFailure');
    return isOffboarded || hasEnded ? performs(step, 'report') : undefined;
  }),
  each('L3 an invocation wanted after the invoker has stopped starts from the beginning', '6.7', (step) => {
    const { from, to, after } = step;
    if (!hasStopped(from) || hasStopped(to) || to === 'offboarded') return undefined;
    return after.attempts === 0 && after.refused === undefined;
  }),
  each('L3 the invoker sends only invocations that the application wants', '6.7', (step) => {
    if (!sends(step, 'ServiceApiInvocation')) return undefined;
    return step.before.wanted || wishes.includes(step.event.type);
  }),
];

function countOfAttempts({ amendments, attemptsMax }: Configuration): Property[] {
  const isBounded = amendments.includes('bounded-attempts');
  return [
    each('L2 the invoker counts every failure after which it tries again', '6.7', (step) => {
      const { event, from, before, after, pauses } = step;
      const isFailure = failures.includes(event.type) || (event.type === 'SecurityMethodResponse' && pauses);
      if (!isBounded || !isFailure || !triesAgain(step) || hasStopped(from)) return undefined;
      return after.attempts === before.attempts + 1;
    }),
    each('L2 the invoker tries again only while it has attempts left', '6.7', (step) => {
      const { event, from, before } = step;
      if (!isBounded || hasStopped(from) || !failures.includes(event.type) || isOfEarlierCredential(step))
        return undefined;
      return !triesAgain(step) || before.attempts < attemptsMax;
    }),
    each('L2 the invoker gives up only when it has used all its attempts', '6.7', ({ event, from, to, before }) => {
      const givesUp = to === 'gaveUp' && from !== 'gaveUp' && event.type !== 'aefPsk.failed';
      return givesUp ? isBounded && before.attempts >= attemptsMax : undefined;
    }),
  ];
}

function answersOfPeers({ amendments }: Configuration): Property[] {
  const asksWhenNotified = amendments.includes('notify-of-updates');
  const pausesFirst = amendments.includes('ask-again-after-a-pause');
  return [
    each('L1 the invoker acts on every failure of an invocation under its present credential', '6.7', (step) => {
      const isInUse = isWithin(step.from, 'negotiated.secured', 'negotiated.invoking');
      return isInUse && isOfPresentCredential(step) ? actsOn(step) : undefined;
    }),
    each('L1 a message about an earlier credential does not affect the present one', '6.7', (step) => {
      const { from, to, before, after } = step;
      if (!isWithin(from, 'negotiated') || !isOfEarlierCredential(step)) return undefined;
      return isWithin(to, 'negotiated') && after.attempts === before.attempts && after.refused === before.refused;
    }),
    each(
      'S4 the invoker asks about a mismatch only after an indication or a failed handshake, and always then',
      '6.7',
      (step) => {
        const { event, from, to } = step;
        if (event.type === 'tls.failed' && from === 'negotiated.openingConnection')
          return to === 'gaveUp' || (to === 'mismatch') === (event.because === 'handshake');
        const isHint = event.type === 'IncorrectMethodFailure' || event.because === 'handshake';
        if (to !== 'mismatch' || from === 'mismatch') return undefined;
        return isHint && isOfPresentCredential(step);
      },
    ),
    each('L1 an invoker that is served counts its attempts from zero again', '6.7', (step) => {
      const { event, from, to, before, after } = step;
      const isServed = event.type === 'ServiceApiInvocationResponse' && from === 'negotiated.invoking';
      if (!isServed) return undefined;
      if (!isOfPresentCredential(step)) return to === from && after.attempts === before.attempts;
      return to === 'negotiated.secured' && after.attempts === 0 && after.refused === undefined;
    }),
    each(
      'L2 an invoker that is notified of an update asks the core before it invokes again',
      'TS 29.222 5.4.2.4',
      (step) => {
        const { event, from, to, before, after } = step;
        if (event.type !== 'ServiceApiUpdateNotification') return undefined;
        const asksFirst = asksWhenNotified && isWithin(from, 'authenticated', 'negotiated');
        return to === (asksFirst ? 'authenticating' : from) && after.attempts === before.attempts;
      },
    ),
    each(
      'L2 the invoker pauses once before it uses a method just refused, and before no other method',
      '6.7',
      (step) => {
        const { event, from, to, before, after } = step;
        if (event.type !== 'SecurityMethodResponse' || !isWithin(from, 'authenticated')) return undefined;
        const isRefused = pausesFirst && event.selected === before.refused;
        return (to === 'pausing') === isRefused && (!isRefused || after.refused === undefined);
      },
    ),
  ];
}

/** Where a failed invocation under the present credential must lead. */
function actsOn(step: Step): Answer {
  const { event, to } = step;
  switch (event.type) {
    case 'IncorrectMethodFailure':
      return isWithin(to, 'mismatch', 'gaveUp');
    case 'NotAuthenticatedFailure':
      return isWithin(to, 'authenticating', 'gaveUp');
    case 'NotAuthorizedFailure':
      return isWithin(to, 'refused');
    case 'invocation.failed': {
      const goesOn = event.because === 'handshake' ? isWithin(to, 'mismatch') : performs(step, 'openTls');
      return isWithin(to, 'gaveUp') || goesOn;
    }
    default:
      return undefined;
  }
}

const useOfCredentials: readonly Property[] = [
  each('S2 the invoker creates a context if it knows of none, and updates the one it knows', '6.3.1', (step) => {
    const { event, from, after } = step;
    if (event.type === 'SecurityContextNotFound') return sends(step, 'SecurityMethodRequest') && !after.contextKnown;
    if (sends(step, 'SecurityMethodRequest')) return !after.contextKnown;
    if (sends(step, 'SecurityMethodUpdateRequest')) return after.contextKnown;
    const isSettled = ['SecurityMethodResponse', 'NoCommonMethod'].includes(event.type);
    return isSettled && isWithin(from, 'authenticated') ? after.contextKnown : undefined;
  }),
  each('S2 the invoker obtains the credential that belongs to the selected method', '6.5.2', (step) => {
    const { event, before, after } = step;
    const isSelected = event.type === 'SecurityMethodResponse' && after.credential !== before.credential;
    return isSelected ? obtainsCredential(step) : undefined;
  }),
  each('S2 the invoker does not use an expired credential', '6.5.2', ({ event, from, to }) => {
    return event.type === 'credential.expired' && isWithin(from, 'negotiated') ? to === 'authenticating' : undefined;
  }),
  each('S5 the invoker closes a connection when it has no more use for it', 'B.2', (step) => {
    if (leaves(step, 'authenticated')) return performs(step, 'closeTls', 'capifCoreFunction');
    return leaves(step, 'negotiated') ? performs(step, 'closeTls', 'apiExposingFunction') : undefined;
  }),
];

function obtainsCredential(step: Step): boolean {
  switch (step.event.selected) {
    case 'PSK':
      return performs(step, 'deriveAefPsk');
    case 'OAUTH':
      return sends(step, 'AccessTokenRequest');
    default:
      return isWithin(step.to, 'negotiated');
  }
}
