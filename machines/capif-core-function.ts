/**
 * CAPIF core function, towards one API invoker about one exposing function, or one service API of it: the security
 * context. It selects the method (6.3.1), knows when a publication has outdated its selection (6.7), issues tokens (C.3),
 * gives the exposing function keys and rights (CAPIF-3), and takes all of it back (6.8, TS 29.222 5.6.2.5).
 */
import { type Request, capifCoreFunctionRole as role } from './capif-core-function-role.ts';

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
