/**
 * API invoker towards the core: onboarding (6.1) and offboarding (6.8), once for all exposing functions.
 * The driver keeps its certificate and its onboarding credential.
 */
import { assign, emit, setup } from 'xstate';
import type { Effect, ExchangeFailed, ExchangePostponed, Report, TimerExpired, TlsFailed } from './effects.ts';
import type {
  OffboardApiInvokerResponse,
  OffboardingRefused,
  OnboardApiInvokerResponse,
  OnboardingDeferred,
  OnboardingRefused,
} from './messages.ts';
import type { Source } from './vocabulary.ts';

export type ApiInvokerEnrolmentInput = { attemptsMax: number };
type Context = ApiInvokerEnrolmentInput & { attempts: number };
type Event =
  | { type: 'onboarding.wanted' }
  /** The certificate of an earlier onboarding is still there. */
  | { type: 'enrolment.kept' }
  | { type: 'offboarding.wanted' }
  | OnboardApiInvokerResponse
  | OnboardingRefused
  | OnboardingDeferred
  | OffboardApiInvokerResponse
  | OffboardingRefused
  | TlsFailed
  | ExchangeFailed
  | ExchangePostponed
  | TimerExpired;

const role = setup({
  types: {} as {
    input: ApiInvokerEnrolmentInput;
    context: Context;
    events: Event;
    emitted: Effect;
    meta: Source;
    transitionMeta: Source;
  },
  guards: {
    mayTryAgain: ({ context }) => context.attempts < context.attemptsMax,
    isUntrusted: (_, { because }: TlsFailed) => because === 'untrusted',
  },
  actions: {
    requestOnboarding: emit({ type: 'send', to: 'capifCoreFunction', message: { type: 'OnboardApiInvokerRequest' } }),
    requestOffboarding: emit({ type: 'send', to: 'capifCoreFunction', message: { type: 'OffboardApiInvokerRequest' } }),
    tellOffboarded: emit({ type: 'tell', to: 'apiInvoker', event: { type: 'invoker.offboarded' } }),
    report: emit((_, { outcome, because }: Pick<Report, 'outcome' | 'because'>) => ({
      type: 'report',
      outcome,
      because,
    })),
    startPause: emit(({ context }) => ({ type: 'startTimer', timer: 'pause', attempt: context.attempts })),
    stopPause: emit({ type: 'stopTimer', timer: 'pause' }),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    forgetAttempts: assign({ attempts: 0 }),
  },
});

const report = (outcome: Report['outcome'], because: string) =>
  ({ type: 'report', params: { outcome, because } }) as const;

/** The request has not been acted on, or may be acted on twice: it is sent again after a pause, while attempts are left. */
const again = (clause: '6.1' | '6.8', origin: '#apiInvokerEnrolment.notOnboarded' | '#apiInvokerEnrolment.onboarded') =>
  [
    {
      guard: 'mayTryAgain',
      target: 'pausing',
      actions: 'countAttempt',
      meta: { clause, assumed: 'the request was not acted on, or does no harm when it is repeated' },
    },
    {
      target: origin,
      actions: report('gaveUp', 'the core gives no usable answer'),
      meta: { clause, assumed: 'attempts are bounded' },
    },
  ] as const;

/** The same, unless no attempt can change it. */
const connectAgain = (...where: Parameters<typeof again>) =>
  [
    {
      guard: { type: 'isUntrusted', params: ({ event }: { event: TlsFailed }) => event },
      target: where[1],
      actions: report('gaveUp', 'the certificate of the core is not accepted'),
      meta: { clause: where[0], assumed: 'another attempt would meet the same certificate' },
    },
    ...again(...where),
  ] as const;

const pausing = (clause: '6.1' | '6.8') =>
  role.createStateConfig({
    meta: { clause, assumed: 'the text names no timer' },
    entry: 'startPause',
    exit: 'stopPause',
    on: { 'timer.expired': { target: 'requesting', meta: { clause, assumed: 'the text names no timer' } } },
  });

const onboarding = role.createStateConfig({
  meta: { clause: '6.1' },
  initial: 'requesting',
  states: {
    requesting: {
      meta: { clause: '6.1' },
      entry: 'requestOnboarding',
      on: {
        OnboardApiInvokerResponse: { target: '#apiInvokerEnrolment.onboarded', meta: { clause: '6.1' } },
        OnboardingRefused: {
          target: '#apiInvokerEnrolment.notOnboarded',
          actions: report('refused', 'the core refuses to onboard the invoker'),
          meta: { clause: '6.1' },
        },
        OnboardingDeferred: {
          target: '#apiInvokerEnrolment.notOnboarded',
          actions: report(
            'refused',
            'the core defers the onboarding, and this invoker takes no notification of its result',
          ),
          meta: { clause: 'TS 29.222 5.5.2.2', assumed: 'this invoker does not wait for a notification' },
        },
        'tls.failed': connectAgain('6.1', '#apiInvokerEnrolment.notOnboarded'),
        'exchange.postponed': again('6.1', '#apiInvokerEnrolment.notOnboarded'),
        'exchange.failed': {
          target: '#apiInvokerEnrolment.notOnboarded',
          actions: report(
            'mayHaveBeenExecuted',
            'the core may have onboarded the invoker, and its answer cannot be used',
          ),
          meta: {
            clause: '6.1',
            assumed: 'a request that makes an identity is not repeated unless it is wanted again',
          },
        },
      },
    },
    pausing: pausing('6.1'),
  },
});

const offboarding = role.createStateConfig({
  meta: { clause: '6.8' },
  initial: 'requesting',
  states: {
    requesting: {
      meta: { clause: '6.8' },
      entry: 'requestOffboarding',
      on: {
        OffboardApiInvokerResponse: { target: '#apiInvokerEnrolment.offboarded', meta: { clause: '6.8' } },
        OffboardingRefused: {
          target: '#apiInvokerEnrolment.onboarded',
          actions: report('refused', 'the core refuses to offboard the invoker'),
          meta: { clause: '6.8' },
        },
        'tls.failed': connectAgain('6.8', '#apiInvokerEnrolment.onboarded'),
        'exchange.postponed': again('6.8', '#apiInvokerEnrolment.onboarded'),
        'exchange.failed': again('6.8', '#apiInvokerEnrolment.onboarded'),
      },
    },
    pausing: pausing('6.8'),
  },
});

export const apiInvokerEnrolment = role.createMachine({
  id: 'apiInvokerEnrolment',
  context: ({ input }) => ({ ...input, attempts: 0 }),
  initial: 'notOnboarded',
  states: {
    notOnboarded: {
      meta: { clause: '6.1' },
      on: {
        'onboarding.wanted': { target: 'onboarding.requesting', actions: 'forgetAttempts', meta: { clause: '6.1' } },
        'enrolment.kept': {
          target: 'onboarded',
          meta: { clause: '6.1', assumed: 'an enrolment outlives the process that began it' },
        },
      },
    },
    onboarding,
    onboarded: {
      meta: { clause: '6.1' },
      on: {
        'offboarding.wanted': { target: 'offboarding.requesting', actions: 'forgetAttempts', meta: { clause: '6.8' } },
      },
    },
    offboarding,
    offboarded: { type: 'final', meta: { clause: '6.8' }, entry: 'tellOffboarded' },
  },
});
