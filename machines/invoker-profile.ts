/**
 * CAPIF core function, its profile of one API invoker: onboarded (6.1), authenticated on CAPIF-1e (6.3), offboarded (6.8).
 */
import { emit, setup } from 'xstate';
import type { Effect, TlsClosed, TlsEstablished } from './effects.ts';
import type { OffboardApiInvokerRequest, OnboardApiInvokerRequest } from './messages.ts';
import type { Source } from './vocabulary.ts';

type Event =
  | OnboardApiInvokerRequest
  | OffboardApiInvokerRequest
  /** The request came without an onboarding credential that could be verified. */
  | { type: 'onboarding.unauthenticated' }
  /** The time until which it was onboarded is over (expTime). */
  | { type: 'onboarding.expired' }
  /** The first mutual TLS connection of this invoker, and the end of the last one. */
  | TlsEstablished
  | TlsClosed;

const role = setup({
  types: {} as { context: {}; events: Event; emitted: Effect; meta: Source; transitionMeta: Source },
  actions: {
    acceptOnboarding: emit({ type: 'send', to: 'apiInvoker', message: { type: 'OnboardApiInvokerResponse' } }),
    refuseOnboarding: emit({ type: 'send', to: 'apiInvoker', message: { type: 'OnboardingRefused' } }),
    acceptOffboarding: emit({ type: 'send', to: 'apiInvoker', message: { type: 'OffboardApiInvokerResponse' } }),
    tellOffboarded: emit({ type: 'tell', to: 'capifCoreFunction', event: { type: 'invoker.offboarded' } }),
  },
});

const onExpiry = {
  target: 'offboarded',
  actions: 'tellOffboarded',
  meta: {
    clause: 'TS 29.222 8.4.4.2.2',
    assumed: 'an onboarding that has expired ends as by an offboarding (6.8), and nobody is answered',
  },
} as const;

export const invokerProfile = role.createMachine({
  id: 'invokerProfile',
  context: {},
  initial: 'unknown',
  states: {
    unknown: {
      meta: { clause: '6.1' },
      on: {
        OnboardApiInvokerRequest: { target: 'onboarded', actions: 'acceptOnboarding', meta: { clause: '6.1' } },
        'onboarding.unauthenticated': { actions: 'refuseOnboarding', meta: { clause: '6.1' } },
      },
    },
    onboarded: {
      meta: { clause: '6.1' },
      on: {
        'tls.established': { target: 'authenticated', meta: { clause: '6.3' } },
        OnboardApiInvokerRequest: {
          actions: 'acceptOnboarding',
          meta: {
            clause: '6.1',
            assumed: 'the core answers a repeated request, whose first answer was lost, in the same way',
          },
        },
        'onboarding.expired': onExpiry,
      },
    },
    authenticated: {
      meta: { clause: '6.3' },
      on: {
        'tls.closed': { target: 'onboarded', meta: { clause: 'B.2' } },
        OffboardApiInvokerRequest: {
          target: 'offboarded',
          actions: ['tellOffboarded', 'acceptOffboarding'],
          meta: { clause: '6.8' },
        },
        'onboarding.expired': onExpiry,
      },
    },
    offboarded: {
      meta: { clause: '6.8' },
      on: {
        OffboardApiInvokerRequest: {
          actions: 'acceptOffboarding',
          meta: {
            clause: '6.8',
            assumed: 'the core answers a repeated request, whose first answer was lost, in the same way',
          },
        },
        'tls.established': {
          meta: { clause: '6.8', assumed: 'its certificate still opens TLS; the core grants no request' },
        },
        'tls.closed': { meta: { clause: 'B.2' } },
      },
    },
  },
});
