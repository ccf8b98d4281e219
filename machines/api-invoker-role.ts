/** The context, the events, the guards and the effects of an API invoker towards one exposing function. */
import { assign, emit, setup } from 'xstate';
import type {
  CredentialExpired,
  Effect,
  ExchangeFailed,
  InvokerOffboarded,
  TimerExpired,
  TlsEstablished,
  TlsFailed,
} from './effects.ts';
import type { MessageToInvoker, SecurityMethodResponse } from './messages.ts';
import type { Amendment, Clause, Named, SecurityMethod, Source } from './vocabulary.ts';

export type ApiInvokerInput = {
  /** In order of preference. */
  supported: readonly SecurityMethod[];
  amendments: readonly Amendment[];
  /** How many attempts in a row it makes without being served, under `bounded-attempts`. */
  attemptsMax: number;
};

type Context = ApiInvokerInput & {
  /** The core has a security context of this invoker, as far as the invoker knows. */
  contextKnown: boolean;
  selected?: SecurityMethod;
  credential: number;
  /** The method that the exposing function has just refused. */
  refused?: SecurityMethod | undefined;
  /** An invocation is waiting to be made. */
  wanted: boolean;
  attempts: number;
};

/**
 * An invocation under this credential got no answer. `handshake`: the peer never answered on this connection, and so
 * may never have accepted it (a TLS 1.3 server refuses a client after the client has finished its handshake).
 */
export type InvocationFailed = { type: 'invocation.failed'; credential: number; because: 'handshake' | 'cut' };

type Event =
  | { type: 'serviceApi.wanted' }
  | { type: 'aefPsk.derived' }
  | { type: 'aefPsk.failed' }
  | InvocationFailed
  | CredentialExpired
  | InvokerOffboarded
  | TlsEstablished
  | TlsFailed
  | ExchangeFailed
  | TimerExpired
  | MessageToInvoker;

type Credential = { credential: number };
const amended = (context: Context, amendment: Amendment) => context.amendments.includes(amendment);

/** As written, an entry may name the AEF alone (TS 29.222 8.5.4.2.3: SecurityInfoPerAPI is an optional feature). */
const named = (context: Context): Named =>
  amended(context, 'name-the-service-api') ? 'serviceApi' : 'exposingFunction';

/** Only called in states that follow a selection. */
function selected(context: Context): SecurityMethod {
  if (!context.selected) throw new Error('no method has been selected yet');
  return context.selected;
}

export const apiInvokerRole = setup({
  types: {} as {
    input: ApiInvokerInput;
    context: Context;
    events: Event;
    emitted: Effect;
    meta: Source;
    transitionMeta: Source;
  },
  guards: {
    contextIsKnown: ({ context }) => context.contextKnown,
    asksWhenNotified: ({ context }) => amended(context, 'notify-of-updates'),
    isTheMethodJustRefused: ({ context }, response: SecurityMethodResponse) =>
      amended(context, 'ask-again-after-a-pause') && response.selected === context.refused,
    wasNeverListed: ({ context }, { selected }: SecurityMethodResponse) => !context.supported.includes(selected),
    isPsk: (_, { selected }: SecurityMethodResponse) => selected === 'PSK',
    isOAuth: (_, { selected }: SecurityMethodResponse) => selected === 'OAUTH',
    attemptsAreUsedUp: ({ context }) => amended(context, 'bounded-attempts') && context.attempts >= context.attemptsMax,
    isCurrent: ({ context }, { credential }: Credential) => credential === context.credential,
    isOfEarlierCredential: ({ context }, { credential }: Credential) => credential !== context.credential,
    isHandshakeFailure: (_, { because }: InvocationFailed) => because === 'handshake',
    isUntrusted: (_, { because }: TlsFailed) => because === 'untrusted',
    isUnreachable: (_, { because }: TlsFailed) => because === 'unreachable',
    invocationIsWaiting: ({ context }) => context.wanted,
  },
  actions: {
    requestSecurityMethod: emit(({ context }) => ({
      type: 'send',
      to: 'capifCoreFunction',
      message: { type: 'SecurityMethodRequest', supported: context.supported, names: named(context) },
    })),
    requestUpdatedSecurityMethod: emit(({ context }) => ({
      type: 'send',
      to: 'capifCoreFunction',
      message: { type: 'SecurityMethodUpdateRequest', supported: context.supported, names: named(context) },
    })),
    requestAccessToken: emit({
      type: 'send',
      to: 'capifCoreFunction',
      message: { type: 'AccessTokenRequest' },
    }),
    deriveAefPsk: emit(({ context: { credential } }) => ({ type: 'deriveAefPsk', credential })),
    initiateAuthentication: emit({
      type: 'send',
      to: 'apiExposingFunction',
      message: { type: 'AuthenticationInitiationRequest' },
    }),
    invokeServiceApi: emit(({ context }) => ({
      type: 'send',
      to: 'apiExposingFunction',
      message: { type: 'ServiceApiInvocation', method: selected(context), credential: context.credential },
    })),
    openCoreConnection: emit({ type: 'openTls', to: 'capifCoreFunction' }),
    releaseCoreConnection: emit({ type: 'closeTls', to: 'capifCoreFunction' }),
    openConnection: emit(({ context }) => ({
      type: 'openTls',
      to: 'apiExposingFunction',
      method: selected(context),
      credential: context.credential,
    })),
    closeConnection: emit({ type: 'closeTls', to: 'apiExposingFunction' }),
    startPause: emit(({ context: { attempts } }) => ({ type: 'startTimer', timer: 'pause', attempt: attempts })),
    stopPause: emit({ type: 'stopTimer', timer: 'pause' }),
    report: emit((_, { outcome, because }: Pick<Effect & { type: 'report' }, 'outcome' | 'because'>) => ({
      type: 'report',
      outcome,
      because,
    })),
    rememberSelection: assign((_, { selected, credential }: SecurityMethodResponse) => ({
      selected,
      credential,
      contextKnown: true,
    })),
    rememberContext: assign({ contextKnown: true }),
    forgetContext: assign({ contextKnown: false }),
    rememberRefusedMethod: assign(({ context }) => ({ refused: context.selected })),
    forgetRefusedMethod: assign({ refused: undefined }),
    putBack: emit({ type: 'putBack' }),
    rememberWanted: assign({ wanted: true }),
    forgetWanted: assign({ wanted: false }),
    startAgain: assign({ wanted: true, attempts: 0, refused: undefined }),
    countAttempt: assign(({ context }) => ({
      attempts: amended(context, 'bounded-attempts') ? context.attempts + 1 : 0,
    })),
    forgetAttempts: assign({ attempts: 0 }),
  },
});

/** Something has changed at the core: the invoker asks it before it invokes again. */
export const askBeforeInvoking = {
  guard: 'asksWhenNotified',
  target: '#apiInvoker.authenticating',
  meta: {
    clause: 'TS 29.222 5.4.2.4',
    amendment: 'notify-of-updates',
    assumed: 'an answer of the core that is under way may be older than the update',
  },
} as const;

/** No attempt is left: the application is told, with the reason. */
export const giveUp = (clause: Clause, because: string) =>
  ({
    guard: 'attemptsAreUsedUp',
    target: '#apiInvoker.gaveUp',
    actions: { type: 'report', params: { outcome: 'gaveUp', because } },
    meta: { clause, amendment: 'bounded-attempts' },
  }) as const;

/** The application is told; there is nothing to attempt. */
export const reportNotAuthorized = {
  type: 'report',
  params: { outcome: 'refused', because: 'the AEF says that the invoker is not authorized' },
} as const;

/** Attempts used up? Otherwise a pause before the next one. */
export const pauseOrGiveUp = (clause: Clause) =>
  [
    giveUp(clause, 'the core or the AEF gives no usable answer'),
    {
      target: '#apiInvoker.pausing',
      actions: 'countAttempt',
      meta: { clause, assumed: 'the text names no timer; an immediate repetition would only flood the peer' },
    },
  ] as const;

/** No connection to the core: the same, unless no attempt can change it. */
export const connectAgainOrGiveUp = [
  {
    guard: { type: 'isUntrusted', params: ({ event }: { event: TlsFailed }) => event },
    target: '#apiInvoker.gaveUp',
    actions: {
      type: 'report',
      params: { outcome: 'gaveUp', because: 'the certificate of the core is not accepted' },
    },
    meta: { clause: '6.3', assumed: 'another attempt would meet the same certificate' },
  },
  ...pauseOrGiveUp('6.3'),
] as const;
