/** The context, the events, the guards and the effects of an exposing function as it admits one API invoker. */
import { assign, emit, setup } from 'xstate';
import type { CredentialExpired, Effect, ExchangeFailed, RoleRestarted } from './effects.ts';
import type {
  AuthenticationInitiationRequest,
  RevokeAuthorizationRequest,
  SecurityInformationNotFound,
  SecurityInformationResponse,
  ServiceApiInvocation,
} from './messages.ts';
import type { Amendment, SecurityMethod, Source } from './vocabulary.ts';

export type InvokerAdmissionInput = { amendments: readonly Amendment[] };
type Context = InvokerAdmissionInput & {
  /** The number of the negotiation that the cached key and rights belong to; 0 while there are none. */
  credential: number;
  /** The method that the core selected in it, if the core said so, and the AEF enforces it. */
  selected?: SecurityMethod | undefined;
  /** Another initiation came while the core was asked: the answer may be older than its negotiation. */
  asksAgain: boolean;
};
type Event =
  | AuthenticationInitiationRequest
  | SecurityInformationResponse
  | SecurityInformationNotFound
  | RevokeAuthorizationRequest
  | ServiceApiInvocation
  | CredentialExpired
  | ExchangeFailed
  | RoleRestarted;

/** What is never fetched again may be the selection of an earlier negotiation: it is not enforced. */
const enforcesSelection = ({ amendments }: InvokerAdmissionInput) =>
  amendments.includes('enforce-the-selection') && amendments.includes('fetch-credentials-again');

export const invokerAdmissionRole = setup({
  types: {} as {
    input: InvokerAdmissionInput;
    context: Context;
    events: Event;
    emitted: Effect;
    meta: Source;
    transitionMeta: Source;
  },
  guards: {
    fetchesAgain: ({ context }) => context.amendments.includes('fetch-credentials-again'),
    keepsRevocations: ({ context }) => context.amendments.includes('keep-revocations'),
    asksAgain: ({ context }) => context.asksAgain,
    knowsInvoker: ({ context }) => context.credential > 0,
    /** A certificate belongs to no negotiation. */
    isOfEarlierNegotiation: ({ context }, { method, credential }: ServiceApiInvocation) =>
      method !== 'PKI' && credential < context.credential,
    /** A token of a later negotiation shows that the core has selected OAUTH since (C.3). */
    isUnderAnotherMethod: ({ context: { selected, ...known } }, { method, credential }: ServiceApiInvocation) =>
      selected !== undefined && method !== selected && (method !== 'OAUTH' || credential === known.credential),
    /** A token brings its own proof and rights (C.2); for key and certificate the rights come from the core. */
    isAdmitted: ({ context }, { method }: ServiceApiInvocation) => method === 'OAUTH' || context.credential > 0,
  },
  actions: {
    requestSecurityInformation: emit({
      type: 'send',
      to: 'capifCoreFunction',
      message: { type: 'SecurityInformationRequest' },
    }),
    acceptInitiation: emit({ type: 'send', to: 'apiInvoker', message: { type: 'AuthenticationInitiationResponse' } }),
    refuseInitiation: emit({ type: 'send', to: 'apiInvoker', message: { type: 'AuthenticationInitiationRefused' } }),
    refuseHeldInitiation: emit({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'AuthenticationInitiationRefused' },
    }),
    serve: emit((_, { credential }: ServiceApiInvocation) => ({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'ServiceApiInvocationResponse', credential },
    })),
    indicateIncorrectMethod: emit((_, { credential }: ServiceApiInvocation) => ({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'IncorrectMethodFailure', credential },
    })),
    refuseUnauthenticated: emit((_, { credential }: ServiceApiInvocation) => ({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'NotAuthenticatedFailure', credential },
    })),
    refuseUnauthorized: emit((_, { credential }: ServiceApiInvocation) => ({
      type: 'send',
      to: 'apiInvoker',
      message: { type: 'NotAuthorizedFailure', credential },
    })),
    acknowledgeRevocation: emit({
      type: 'send',
      to: 'capifCoreFunction',
      message: { type: 'RevokeAuthorizationResponse' },
    }),
    keepCredential: emit((_, { credential, hasAefPsk }: SecurityInformationResponse) => ({
      type: 'keepCredential',
      credential,
      hasAefPsk,
    })),
    rememberCredential: assign(({ context }, { credential, selected }: SecurityInformationResponse) => ({
      credential,
      selected: enforcesSelection(context) ? selected : undefined,
    })),
    forgetCredentialNumber: assign({ credential: 0, selected: undefined }),
    holdInitiation: emit({ type: 'holdInitiation' }),
    askAgain: assign({ asksAgain: true }),
    forgetToAskAgain: assign({ asksAgain: false }),
    forgetCredential: emit({ type: 'forgetCredential' }),
    forgetInvoker: emit({ type: 'forgetInvoker' }),
  },
});
