/** The context, the events, the guards and the effects of the core function as it keeps one security context. */
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
export type Request = SecurityMethodRequest | SecurityMethodUpdateRequest;
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

export const capifCoreFunctionRole = setup({
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
