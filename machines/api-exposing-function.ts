/**
 * API exposing function: its security methods over time, and whether an invocation uses one of them (6.7).
 * It announces a change to its publishing function. Clause 6.7 leaves open what happens to the old methods until the
 * core has the update. `invokerAdmission` decides who may invoke.
 */
import { assign, emit, setup } from 'xstate';
import type { Effect } from './effects.ts';
import type { SecurityMethodsPublished, ServiceApiInvocation } from './messages.ts';
import { type Amendment, type SecurityMethod, type Source, union } from './vocabulary.ts';

export type ApiExposingFunctionInput = { amendments: readonly Amendment[]; methods: readonly SecurityMethod[] };
type Context = ApiExposingFunctionInput & {
  /** The methods that an invocation may use: `methods`, and those that are being withdrawn. */
  accepted: readonly SecurityMethod[];
  revision: number;
};
type MethodsChanged = { type: 'securityMethods.changed'; methods: readonly SecurityMethod[] };
type OldMethodsWithdrawn = { type: 'oldMethods.withdrawn' };
type Unauthenticated = { type: 'invocation.unauthenticated'; credential: number };
type Unauthorized = { type: 'invocation.unauthorized'; credential: number };
type Event =
  /** The operator of the AEF changes its methods. */
  | MethodsChanged
  /** The operator waits for the core no longer: only the methods of the last change are accepted from now on. */
  | OldMethodsWithdrawn
  | SecurityMethodsPublished
  | ServiceApiInvocation
  /** An invocation came without any credential that proves who makes it. `credential` is 0 if none was claimed. */
  | Unauthenticated
  /** An invocation came from a known invoker, for an API that its token or its rights do not name. */
  | Unauthorized;

const role = setup({
  types: {} as {
    input: ApiExposingFunctionInput;
    context: Context;
    events: Event;
    emitted: Effect;
    meta: Source;
    transitionMeta: Source;
  },
  guards: {
    isAccepted: ({ context }, { method }: ServiceApiInvocation) => context.accepted.includes(method),
    isNewest: ({ context }, { revision }: SecurityMethodsPublished) => revision === context.revision,
    acceptsBoth: ({ context }) => context.amendments.includes('accept-both-until-published'),
  },
  actions: {
    switchMethods: assign(({ context }, { methods }: MethodsChanged) => ({
      methods,
      accepted: methods,
      revision: context.revision + 1,
    })),
    switchMethodsAndAcceptBoth: assign(({ context }, { methods }: MethodsChanged) => ({
      methods,
      accepted: union(context.accepted, methods),
      revision: context.revision + 1,
    })),
    reportWithdrawn: emit(({ context: { methods, accepted } }) => ({
      type: 'reportWithdrawn',
      stillAccepted: accepted.filter((method) => !methods.includes(method)),
    })),
    withdrawOldMethods: assign(({ context }) => ({ accepted: context.methods })),
    announceMethods: emit(({ context: { methods, revision } }) => ({
      type: 'tell',
      to: 'apiPublishingFunction',
      event: { type: 'SecurityMethodsChanged', methods, revision },
    })),
    reportSettled: emit({ type: 'reportSettled' }),
    passOnInvocation: emit((_, invocation: ServiceApiInvocation) => ({
      type: 'tell',
      to: 'invokerAdmission',
      event: invocation,
    })),
    indicateIncorrectMethod: emit((_, { credential }: ServiceApiInvocation) => ({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'IncorrectMethodFailure', credential },
    })),
    refuseUnauthenticated: emit((_, { credential }: Unauthenticated) => ({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'NotAuthenticatedFailure', credential },
    })),
    refuseUnauthorized: emit((_, { credential }: Unauthorized) => ({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'NotAuthorizedFailure', credential },
    })),
  },
});

export const apiExposingFunction = role.createMachine({
  id: 'apiExposingFunction',
  context: ({ input }) => ({ ...input, accepted: input?.methods ?? [], revision: 1 }),
  initial: 'announcing',
  on: {
    'securityMethods.changed': [
      {
        guard: 'acceptsBoth',
        target: '.announcing',
        reenter: true,
        actions: [{ type: 'switchMethodsAndAcceptBoth', params: ({ event }) => event }, 'reportWithdrawn'],
        meta: { clause: '6.7', amendment: 'accept-both-until-published' },
      },
      {
        target: '.announcing',
        reenter: true,
        actions: { type: 'switchMethods', params: ({ event }) => event },
        meta: { clause: '6.7', assumed: 'the change takes effect at once, whatever the core knows' },
      },
    ],
    'oldMethods.withdrawn': {
      actions: ['withdrawOldMethods', 'reportWithdrawn'],
      meta: { clause: '6.7', assumed: 'the operator may end what the amendment keeps up while the core is away' },
    },
    ServiceApiInvocation: [
      {
        guard: { type: 'isAccepted', params: ({ event }) => event },
        actions: { type: 'passOnInvocation', params: ({ event }) => event },
        meta: { clause: '6.5.2' },
      },
      { actions: { type: 'indicateIncorrectMethod', params: ({ event }) => event }, meta: { clause: '6.7' } },
    ],
    'invocation.unauthenticated': {
      actions: { type: 'refuseUnauthenticated', params: ({ event }) => event },
      meta: { clause: '6.5.2' },
    },
    'invocation.unauthorized': {
      actions: { type: 'refuseUnauthorized', params: ({ event }) => event },
      meta: { clause: '6.5.2' },
    },
  },
  states: {
    announcing: {
      meta: { clause: '6.7' },
      entry: 'announceMethods',
      on: {
        SecurityMethodsPublished: [
          {
            guard: { type: 'isNewest', params: ({ event }) => event },
            target: 'settled',
            actions: ['withdrawOldMethods', 'reportSettled'],
            meta: { clause: '6.7' },
          },
          { meta: { clause: '6.7', assumed: 'this acknowledges an earlier change; a later one is under way' } },
        ],
      },
    },
    settled: {
      meta: { clause: '6.7' },
      on: {
        SecurityMethodsPublished: {
          meta: { clause: '6.7', assumed: 'this is a repetition, or acknowledges a change that is already replaced' },
        },
      },
    },
  },
});
