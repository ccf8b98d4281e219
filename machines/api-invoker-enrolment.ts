/**
 * API invoker towards the core: onboarding (6.1) and offboarding (6.8), once for all exposing functions.
 * The driver keeps its certificate and its onboarding credential.
 */
import { assign, emit, setup } from 'xstate';
import type { Effect, ExchangeFailed, TimerExpired } from './effects.ts';
import type { OffboardApiInvokerResponse, OnboardApiInvokerResponse, OnboardingRefused } from './messages.ts';
import type { Source } from './vocabulary.ts';

export type ApiInvokerEnrolmentInput = { attemptsMax: number };
type Context = ApiInvokerEnrolmentInput & { attempts: number };
type Event =
  | { type: 'onboarding.wanted' }
  | { type: 'offboarding.wanted' }
  | OnboardApiInvokerResponse
  | OnboardingRefused
  | OffboardApiInvokerResponse
  | ExchangeFailed
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
  },
  actions: {
    requestOnboarding: emit({ type: 'send', to: 'capifCoreFunction', message: { type: 'OnboardApiInvokerRequest' } }),
    requestOffboarding: emit({ type: 'send', to: 'capifCoreFunction', message: { type: 'OffboardApiInvokerRequest' } }),
    tellOffboarded: emit({ type: 'tell', to: 'apiInvoker', event: { type: 'invoker.offboarded' } }),
    report: emit((_, { outcome, because }: { outcome: 'refused' | 'gaveUp'; because: string }) => ({
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

const unreachable = { outcome: 'gaveUp', because: 'the core gives no usable answer' } as const;

export const apiInvokerEnrolment = role.createMachine({
  id: 'apiInvokerEnrolment',
  context: ({ input }) => ({ ...input, attempts: 0 }),
  initial: 'notOnboarded',
  states: {
    notOnboarded: {
      meta: { clause: '6.1' },
      on: {
        'onboarding.wanted': { target: 'onboarding.requesting', actions: 'forgetAttempts', meta: { clause: '6.1' } },
      },
    },
    onboarding: {
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
              actions: {
                type: 'report',
                params: { outcome: 'refused', because: 'the onboarding credential is not accepted' },
              },
              meta: { clause: '6.1' },
            },
            'exchange.failed': [
              {
                guard: 'mayTryAgain',
                target: 'pausing',
                actions: 'countAttempt',
                meta: { clause: '6.1', assumed: 'the invoker repeats an onboarding request that got no answer' },
              },
              {
                target: '#apiInvokerEnrolment.notOnboarded',
                actions: { type: 'report', params: unreachable },
                meta: { clause: '6.1', assumed: 'attempts are bounded' },
              },
            ],
          },
        },
        pausing: {
          meta: { clause: '6.1', assumed: 'the text names no timer' },
          entry: 'startPause',
          exit: 'stopPause',
          on: {
            'timer.expired': { target: 'requesting', meta: { clause: '6.1', assumed: 'the text names no timer' } },
          },
        },
      },
    },
    onboarded: {
      meta: { clause: '6.1' },
      on: {
        'offboarding.wanted': { target: 'offboarding.requesting', actions: 'forgetAttempts', meta: { clause: '6.8' } },
      },
    },
    offboarding: {
      meta: { clause: '6.8' },
      initial: 'requesting',
      states: {
        requesting: {
          meta: { clause: '6.8' },
          entry: 'requestOffboarding',
          on: {
            OffboardApiInvokerResponse: { target: '#apiInvokerEnrolment.offboarded', meta: { clause: '6.8' } },
            'exchange.failed': [
              {
                guard: 'mayTryAgain',
                target: 'pausing',
                actions: 'countAttempt',
                meta: { clause: '6.8', assumed: 'the invoker repeats an offboarding request that got no answer' },
              },
              {
                target: '#apiInvokerEnrolment.onboarded',
                actions: { type: 'report', params: unreachable },
                meta: {
                  clause: '6.8',
                  assumed: 'attempts are bounded; the invoker cannot know whether the core has offboarded it',
                },
              },
            ],
          },
        },
        pausing: {
          meta: { clause: '6.8', assumed: 'the text names no timer' },
          entry: 'startPause',
          exit: 'stopPause',
          on: {
            'timer.expired': { target: 'requesting', meta: { clause: '6.8', assumed: 'the text names no timer' } },
          },
        },
      },
    },
    offboarded: { type: 'final', meta: { clause: '6.8' }, entry: 'tellOffboarded' },
  },
});
