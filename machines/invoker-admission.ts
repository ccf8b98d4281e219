/**
 * API exposing function, towards one API invoker: it asks the core about that invoker (TS 29.222 6.2.2.2, 5.6.2.4),
 * and decides whether to serve an invocation whose method is acceptable (6.5.2).
 */
import { invokerAdmissionRole as role } from './invoker-admission-role.ts';

const forget = ['forgetCredentialNumber', 'forgetCredential'] as const;

/** The answer is for the initiations before it was asked for; the one that is held waits for the next. */
const askOnceMore = {
  target: 'fetching',
  reenter: true,
  meta: { clause: '6.7', amendment: 'fetch-credentials-again' },
} as const;
const refusesAtOnce = 'the AEF refuses at once the requests that wait for the answer of the core';

export const invokerAdmission = role.createMachine({
  id: 'invokerAdmission',
  context: ({ input }) => ({ ...input, credential: 0, asksAgain: false }),
  initial: 'unknown',
  on: {
    ServiceApiInvocation: [
      {
        guard: { type: 'isOfEarlierNegotiation', params: ({ event }) => event },
        actions: { type: 'refuseUnauthenticated', params: ({ event }) => event },
        meta: { clause: '6.5.2', assumed: 'a new negotiation ends the keys and tokens of the one before' },
      },
      {
        guard: { type: 'isUnderAnotherMethod', params: ({ event }) => event },
        actions: { type: 'indicateIncorrectMethod', params: ({ event }) => event },
        meta: { clause: '6.3.1', amendment: 'enforce-the-selection' },
      },
      {
        guard: { type: 'isAdmitted', params: ({ event }) => event },
        actions: { type: 'serve', params: ({ event }) => event },
        meta: { clause: '6.5.2' },
      },
      {
        actions: { type: 'refuseUnauthenticated', params: ({ event }) => event },
        meta: { clause: '6.5.2', assumed: 'the invoker must initiate authentication before the AEF knows its rights' },
      },
    ],
    RevokeAuthorizationRequest: {
      target: '.revoked',
      actions: [...forget, 'acknowledgeRevocation'],
      meta: { clause: 'TS 29.222 6.2.2.3' },
    },
    'credential.expired': {
      target: '.unknown',
      actions: [...forget],
      meta: { clause: '6.5.2.1', assumed: 'the text does not say when the validity starts' },
    },
    'role.restarted': {
      target: '.unknown',
      actions: [...forget],
      meta: {
        clause: 'TS 29.222 6.2.2.2',
        assumed: 'the AEF does not store what the core has told it, not even a revocation',
      },
    },
  },
  states: {
    unknown: {
      meta: { clause: 'TS 29.222 6.2.2.2' },
      on: {
        AuthenticationInitiationRequest: { target: 'fetching', meta: { clause: 'TS 29.222 6.2.2.2' } },
      },
    },
    fetching: {
      meta: { clause: 'TS 29.222 5.6.2.4' },
      entry: 'requestSecurityInformation',
      exit: 'forgetToAskAgain',
      on: {
        AuthenticationInitiationRequest: [
          {
            guard: 'fetchesAgain',
            actions: ['askAgain', 'holdInitiation'],
            meta: { clause: '6.7', amendment: 'fetch-credentials-again' },
          },
          { meta: { clause: 'TS 29.222 6.2.2.2', assumed: 'a second request waits for the same answer' } },
        ],
        SecurityInformationResponse: [
          {
            guard: 'asksAgain',
            ...askOnceMore,
            actions: [
              { type: 'rememberCredential', params: ({ event }) => event },
              { type: 'keepCredential', params: ({ event }) => event },
              'acceptInitiation',
            ],
          },
          {
            target: 'known',
            actions: [
              { type: 'rememberCredential', params: ({ event }) => event },
              { type: 'keepCredential', params: ({ event }) => event },
              'acceptInitiation',
            ],
            meta: { clause: 'TS 29.222 5.6.2.4' },
          },
        ],
        SecurityInformationNotFound: [
          { guard: 'asksAgain', ...askOnceMore, actions: [...forget, 'refuseInitiation'] },
          {
            target: 'unknown',
            actions: [...forget, 'refuseInitiation', 'forgetInvoker'],
            meta: {
              clause: 'TS 29.222 5.6.2.4',
              assumed: 'the AEF does not authenticate an invoker that the core does not know',
            },
          },
        ],
        'exchange.failed': [
          { guard: 'asksAgain', ...askOnceMore, actions: 'refuseInitiation' },
          {
            guard: 'knowsInvoker',
            target: 'known',
            actions: 'refuseInitiation',
            meta: {
              clause: 'TS 29.222 5.6.2.4',
              assumed: 'the AEF asks an unreachable core again at the next request',
              amendment: 'fetch-credentials-again',
            },
          },
          {
            target: 'unknown',
            actions: ['refuseInitiation', 'forgetInvoker'],
            meta: {
              clause: 'TS 29.222 5.6.2.4',
              assumed: 'the AEF asks an unreachable core again at the next request',
            },
          },
        ],
        RevokeAuthorizationRequest: [
          {
            guard: 'asksAgain',
            target: 'revoked',
            actions: [...forget, 'refuseInitiation', 'refuseHeldInitiation', 'acknowledgeRevocation'],
            meta: { clause: 'TS 29.222 6.2.2.3', amendment: 'fetch-credentials-again', assumed: refusesAtOnce },
          },
          {
            target: 'revoked',
            actions: [...forget, 'refuseInitiation', 'acknowledgeRevocation'],
            meta: { clause: 'TS 29.222 6.2.2.3', assumed: refusesAtOnce },
          },
        ],
        'credential.expired': {
          actions: [...forget],
          meta: { clause: '6.5.2.1', assumed: 'the old key expires while the AEF fetches a new one' },
        },
      },
    },
    known: {
      meta: { clause: 'TS 29.222 6.2.2.2' },
      on: {
        AuthenticationInitiationRequest: [
          { guard: 'fetchesAgain', target: 'fetching', meta: { clause: '6.7', amendment: 'fetch-credentials-again' } },
          {
            actions: 'acceptInitiation',
            meta: { clause: 'TS 29.222 6.2.2.2', assumed: 'the AEF does not fetch credentials again that it has' },
          },
        ],
      },
    },
    revoked: {
      meta: { clause: 'TS 29.222 6.2.2.3' },
      on: {
        ServiceApiInvocation: {
          actions: { type: 'refuseUnauthorized', params: ({ event }) => event },
          meta: { clause: 'TS 29.222 6.2.2.3' },
        },
        AuthenticationInitiationRequest: { actions: 'refuseInitiation', meta: { clause: 'TS 29.222 6.2.2.3' } },
        RevokeAuthorizationRequest: {
          actions: 'acknowledgeRevocation',
          meta: { clause: 'TS 29.222 6.2.2.3', assumed: 'the AEF acknowledges a repeated revocation in the same way' },
        },
        SecurityInformationResponse: {
          meta: { clause: 'TS 29.222 5.6.2.4', assumed: 'the AEF asked for it before the revocation' },
        },
        SecurityInformationNotFound: {
          meta: { clause: 'TS 29.222 5.6.2.4', assumed: 'the AEF asked for it before the revocation' },
        },
        'exchange.failed': {
          meta: { clause: 'TS 29.222 5.6.2.4', assumed: 'the AEF asked for it before the revocation' },
        },
        'credential.expired': { meta: { clause: '6.5.2.1', assumed: 'no credential is left to expire' } },
        'role.restarted': {
          guard: 'keepsRevocations',
          meta: { clause: 'TS 29.222 6.2.2.3', amendment: 'keep-revocations' },
        },
      },
    },
  },
});
