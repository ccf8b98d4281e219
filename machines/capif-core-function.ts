/**
 * CAPIF core function, towards one API invoker about one exposing function, or one service API of it: the security
 * context. It selects the method (6.3.1), knows when a publication has outdated its selection (6.7), issues tokens (C.3),
 * gives the exposing function keys and rights (CAPIF-3), and takes all of it back (6.8, TS 29.222 5.6.2.5).
 */
import { assign, emit, setup } from 'xstate';
import type { Effect, ExchangeFailed, InvokerOffboarded, MethodsPublished, TimerExpired } from './effects.ts';
import type {
  AccessTokenRequest,
  RevokeAuthorizationResponse,
  SecurityInformationRequest,
  SecurityMethodRequest,
  SecurityMethodUpdateRequest,
} from './messages.ts';
import {
  type Amendment,
  type Named,
  type SecurityMethod,
  type Source,
  securityMethods,
  selection,
} from './vocabulary.ts';

/** What a service of the AEF offers, as it was published last. */
type Offer = Omit<MethodsPublished, 'type'>;
export type CapifCoreFunctionInput = {
  amendments: readonly Amendment[];
  /** The number of the service that a request which names a service API is about. */
  service: number;
  /** Of all services of the AEF that are published, by number. */
  offers: readonly Offer[];
};
type Context = CapifCoreFunctionInput & {
  /** What the latest request was about. */
  names: Named;
  selected?: SecurityMethod | undefined;
  credential: number;
  /** How often it has paused before telling the AEF of a revocation again. */
  pauses: number;
};
type Request = SecurityMethodRequest | SecurityMethodUpdateRequest;
type Event =
  | Request
  | AccessTokenRequest
  | SecurityInformationRequest
  | RevokeAuthorizationResponse
  /** The AEF revokes (TS 29.222 5.6.2.5), or the operator of the core. */
  | { type: 'authorization.revoked' }
  /** The operator of the core says that this AEF is gone for good. */
  | { type: 'exposingFunction.gone' }
  | MethodsPublished
  | InvokerOffboarded
  | ExchangeFailed
  | TimerExpired;

/** The methods that every service offers which the negotiation is about: an entry that names an AEF must fit them all. */
function offered({ service, offers }: CapifCoreFunctionInput, names: Named): readonly SecurityMethod[] {
  const meant = names === 'serviceApi' ? offers.filter((offer) => offer.service === service) : offers;
  return securityMethods.filter((method) => meant.length > 0 && meant.every(({ methods }) => methods.includes(method)));
}

/** The offers after a publication; a service without methods is no longer published. */
const offersAfter = ({ offers }: CapifCoreFunctionInput, { service, methods }: MethodsPublished): readonly Offer[] =>
  [...offers.filter((offer) => offer.service !== service), ...(methods.length > 0 ? [{ service, methods }] : [])].sort(
    (a, b) => a.service - b.service,
  );

const role = setup({
  types: {} as {
    input: CapifCoreFunctionInput;
    context: Context;
    events: Event;
    emitted: Effect;
    meta: Source;
    transitionMeta: Source;
  },
  guards: {
    selectsPsk: ({ context }, { supported, names }: Request) => selection(supported, offered(context, names)) === 'PSK',
    selectsAny: ({ context }, { supported, names }: Request) =>
      selection(supported, offered(context, names)) !== undefined,
    mayHaveToken: ({ context }) => context.selected === 'OAUTH',
    keepsSelection: ({ context }, event: MethodsPublished) =>
      context.selected !== undefined &&
      offered({ ...context, offers: offersAfter(context, event) }, context.names).includes(context.selected),
    notifiesOfUpdates: ({ context }) => context.amendments.includes('notify-of-updates'),
    isToBeRevoked: ({ context }) => context.amendments.includes('revoke-at-offboarding'),
  },
  actions: {
    select: assign(({ context }, { supported, names }: Request) => ({
      names,
      selected: selection(supported, offered(context, names)),
      credential: context.credential + 1,
    })),
    forgetSelection: assign({ selected: undefined }),
    deriveAefPsk: emit(({ context: { credential } }) => ({ type: 'deriveAefPsk', credential })),
    giveMethod: emit(({ context: { selected, credential } }) => {
      if (!selected) throw new Error('no method has been selected');
      return { type: 'send', to: 'apiInvoker', message: { type: 'SecurityMethodResponse', selected, credential } };
    }),
    giveNoMethod: emit({ type: 'send', to: 'apiInvoker', message: { type: 'NoCommonMethod' } }),
    giveNoContext: emit({ type: 'send', to: 'apiInvoker', message: { type: 'SecurityContextNotFound' } }),
    refuseMethod: emit({ type: 'send', to: 'apiInvoker', message: { type: 'SecurityMethodRefused' } }),
    notifyOfUpdate: emit({ type: 'send', to: 'apiInvoker', message: { type: 'ServiceApiUpdateNotification' } }),
    giveToken: emit({ type: 'send', to: 'apiInvoker', message: { type: 'AccessTokenResponse' } }),
    refuseToken: emit({ type: 'send', to: 'apiInvoker', message: { type: 'AccessTokenRefused' } }),
    giveSecurityInformation: emit(({ context: { selected, credential } }) => ({
      type: 'send',
      to: 'apiExposingFunction',
      message: { type: 'SecurityInformationResponse', credential, selected, hasAefPsk: selected === 'PSK' },
    })),
    giveNoSecurityInformation: emit({
      type: 'send',
      to: 'apiExposingFunction',
      message: { type: 'SecurityInformationNotFound' },
    }),
    revokeAuthorization: emit({
      type: 'send',
      to: 'apiExposingFunction',
      message: { type: 'RevokeAuthorizationRequest' },
    }),
    rememberOffer: assign(({ context }, event: MethodsPublished) => ({ offers: offersAfter(context, event) })),
    forgetCredential: emit({ type: 'forgetCredential' }),
    startPause: emit(({ context: { pauses } }) => ({ type: 'startTimer', timer: 'pause', attempt: pauses })),
    countPause: assign(({ context }) => ({ pauses: context.pauses + 1 })),
    stopPause: emit({ type: 'stopTimer', timer: 'pause' }),
  },
});

const onRequest = [
  {
    guard: { type: 'selectsPsk', params: ({ event }: { event: Request }) => event },
    target: '#capifCoreFunction.negotiated',
    actions: [{ type: 'select', params: ({ event }: { event: Request }) => event }, 'deriveAefPsk', 'giveMethod'],
    meta: { clause: '6.3.1' },
  },
  {
    guard: { type: 'selectsAny', params: ({ event }: { event: Request }) => event },
    target: '#capifCoreFunction.negotiated',
    actions: [{ type: 'select', params: ({ event }: { event: Request }) => event }, 'giveMethod'],
    meta: { clause: '6.3.1' },
  },
  {
    target: '#capifCoreFunction.withoutMethod',
    actions: ['forgetSelection', 'giveNoMethod'],
    meta: { clause: '6.3.1' },
  },
] as const;
const abandon = {
  target: 'abandoned',
  meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'an AEF that is gone never acknowledges, and only its operator knows' },
} as const;
const silent = { clause: '6.8', assumed: 'the core refuses every request about a removed context' } as const;

export const capifCoreFunction = role.createMachine({
  id: 'capifCoreFunction',
  context: ({ input }) => ({ ...input, names: 'exposingFunction', credential: 0, pauses: 0 }),
  initial: 'withoutContext',
  on: {
    SecurityMethodRequest: onRequest,
    AccessTokenRequest: { actions: 'refuseToken', meta: { clause: 'C.3' } },
    SecurityInformationRequest: { actions: 'giveNoSecurityInformation', meta: { clause: 'TS 29.222 5.6.2.4' } },
    'securityMethods.published': {
      actions: { type: 'rememberOffer', params: ({ event }) => event },
      meta: { clause: 'TS 29.222 5.3.2.5' },
    },
    'authorization.revoked': { target: '.revoked', meta: { clause: 'TS 29.222 5.6.2.5' } },
    'exposingFunction.gone': {
      meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'nothing that the core repeats is under way to the AEF' },
    },
    'invoker.offboarded': [
      { guard: 'isToBeRevoked', target: '.revoked', meta: { clause: '6.8', amendment: 'revoke-at-offboarding' } },
      { target: '.offboarded', meta: { clause: '6.8' } },
    ],
  },
  states: {
    withoutContext: {
      meta: { clause: '6.3.1' },
      on: {
        SecurityMethodUpdateRequest: {
          actions: 'giveNoContext',
          meta: { clause: '6.3.1', assumed: 'an update needs a context' },
        },
      },
    },
    negotiated: {
      meta: { clause: '6.3.1' },
      on: {
        SecurityMethodUpdateRequest: onRequest,
        AccessTokenRequest: [
          {
            guard: 'mayHaveToken',
            actions: 'giveToken',
            meta: { clause: 'C.3' },
          },
          {
            actions: 'refuseToken',
            meta: { clause: 'C.3', assumed: 'the core gives no token for a method that was not selected' },
          },
        ],
        SecurityInformationRequest: { actions: 'giveSecurityInformation', meta: { clause: 'TS 29.222 5.6.2.4' } },
        'securityMethods.published': [
          {
            guard: { type: 'keepsSelection', params: ({ event }) => event },
            actions: { type: 'rememberOffer', params: ({ event }) => event },
            meta: { clause: 'TS 29.222 5.3.2.5' },
          },
          {
            guard: 'notifiesOfUpdates',
            target: 'outdated',
            actions: [{ type: 'rememberOffer', params: ({ event }) => event }, 'notifyOfUpdate'],
            meta: { clause: 'TS 29.222 5.3.2.5', amendment: 'notify-of-updates' },
          },
          {
            target: 'outdated',
            actions: { type: 'rememberOffer', params: ({ event }) => event },
            meta: {
              clause: '6.7',
              assumed: 'the core selects again only when the invoker asks',
              replacedBy: 'notify-of-updates',
            },
          },
        ],
      },
    },
    outdated: {
      meta: { clause: '6.7', assumed: 'a publication does not change a context by itself' },
      on: {
        SecurityMethodUpdateRequest: onRequest,
        SecurityInformationRequest: { actions: 'giveSecurityInformation', meta: { clause: 'TS 29.222 5.6.2.4' } },
        'securityMethods.published': [
          {
            guard: { type: 'keepsSelection', params: ({ event }) => event },
            target: 'negotiated',
            actions: { type: 'rememberOffer', params: ({ event }) => event },
            meta: { clause: '6.7', assumed: 'a selected method that is offered again is no longer outdated' },
          },
          { actions: { type: 'rememberOffer', params: ({ event }) => event }, meta: { clause: 'TS 29.222 5.3.2.5' } },
        ],
      },
    },
    withoutMethod: {
      meta: { clause: '6.3.1' },
      on: { SecurityMethodUpdateRequest: onRequest },
    },
    revoked: {
      meta: { clause: 'TS 29.222 5.6.2.5' },
      entry: ['forgetSelection', 'forgetCredential'],
      initial: 'informing',
      on: {
        SecurityMethodRequest: {
          actions: 'refuseMethod',
          meta: { clause: '6.3.1', assumed: 'a request does not bring a revoked context back' },
        },
        SecurityMethodUpdateRequest: {
          actions: 'refuseMethod',
          meta: { clause: '6.3.1', assumed: 'as for a first request' },
        },
        'authorization.revoked': {
          meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'a second revocation changes nothing' },
        },
        'invoker.offboarded': { meta: silent },
      },
      states: {
        informing: {
          meta: { clause: 'TS 29.222 5.6.2.5' },
          entry: 'revokeAuthorization',
          on: {
            RevokeAuthorizationResponse: { target: 'informed', meta: { clause: 'TS 29.222 5.6.2.5' } },
            'exchange.failed': {
              target: 'pausing',
              meta: {
                clause: 'TS 29.222 5.6.2.5',
                assumed: 'the core repeats the request until the AEF acknowledges it',
              },
            },
            'exposingFunction.gone': abandon,
          },
        },
        pausing: {
          meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'the text names no timer' },
          entry: ['startPause', 'countPause'],
          exit: 'stopPause',
          on: {
            'timer.expired': {
              target: 'informing',
              meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'the text names no timer' },
            },
            'exposingFunction.gone': abandon,
          },
        },
        abandoned: {
          meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'nobody is left to tell' },
          on: {
            RevokeAuthorizationResponse: {
              target: 'informed',
              meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'the AEF was not gone after all' },
            },
            'exchange.failed': { meta: { clause: 'TS 29.222 5.6.2.5', assumed: 'nobody is left to tell' } },
          },
        },
        informed: { meta: { clause: 'TS 29.222 5.6.2.5' } },
      },
    },
    offboarded: {
      meta: { clause: '6.8' },
      entry: ['forgetSelection', 'forgetCredential'],
      on: {
        SecurityMethodRequest: { actions: 'refuseMethod', meta: silent },
        SecurityMethodUpdateRequest: { actions: 'refuseMethod', meta: silent },
        'authorization.revoked': { meta: silent },
        'invoker.offboarded': { meta: silent },
      },
    },
  },
});
