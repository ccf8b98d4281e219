/** The invoker while it is authenticated on CAPIF-1e: asking for a method, and for what that method needs (6.3, 6.7). */
import { apiInvokerRole, askBeforeInvoking, giveUp, pauseOrGiveUp } from './api-invoker-role.ts';

export const authenticated = apiInvokerRole.createStateConfig({
  meta: { clause: '6.3' },
  initial: 'negotiating',
  exit: 'releaseCoreConnection',
  on: {
    SecurityMethodResponse: [
      {
        guard: { type: 'isTheMethodJustRefused', params: ({ event }) => event },
        target: '#apiInvoker.pausing',
        actions: ['forgetRefusedMethod', 'countAttempt', 'rememberContext'],
        meta: { clause: '6.7', amendment: 'ask-again-after-a-pause' },
      },
      {
        guard: { type: 'wasNeverListed', params: ({ event }) => event },
        target: '#apiInvoker.withoutMethod',
        actions: [
          'rememberContext',
          {
            type: 'report',
            params: { outcome: 'noCommonMethod', because: 'the core selected a method the invoker never listed' },
          },
        ],
        meta: { clause: '6.3.1', assumed: 'a method that the invoker never listed is not a selection' },
      },
      {
        guard: { type: 'isPsk', params: ({ event }) => event },
        target: '.derivingAefPsk',
        actions: { type: 'rememberSelection', params: ({ event }) => event },
        meta: { clause: '6.5.2.1' },
      },
      {
        guard: { type: 'isOAuth', params: ({ event }) => event },
        target: '.requestingToken',
        actions: { type: 'rememberSelection', params: ({ event }) => event },
        meta: { clause: '6.5.2.3' },
      },
      {
        target: '#apiInvoker.negotiated',
        actions: { type: 'rememberSelection', params: ({ event }) => event },
        meta: { clause: '6.5.2.2' },
      },
    ],
    NoCommonMethod: {
      target: '#apiInvoker.withoutMethod',
      actions: [
        'rememberContext',
        {
          type: 'report',
          params: { outcome: 'noCommonMethod', because: 'the invoker and the AEF have no security method in common' },
        },
      ],
      meta: { clause: '6.3.1' },
    },
    SecurityMethodRefused: {
      target: '#apiInvoker.refused',
      actions: {
        type: 'report',
        params: { outcome: 'refused', because: 'the core refuses to negotiate with this invoker' },
      },
      meta: { clause: '6.3.1' },
    },
    ServiceApiUpdateNotification: askBeforeInvoking,
    'exchange.failed': pauseOrGiveUp('6.3'),
  },
  states: {
    negotiating: { meta: { clause: '6.3.1' }, entry: 'requestSecurityMethod' },
    renegotiating: {
      meta: { clause: '6.7' },
      entry: 'requestUpdatedSecurityMethod',
      on: {
        SecurityContextNotFound: {
          target: 'negotiating',
          actions: 'forgetContext',
          meta: {
            clause: '6.3.1',
            assumed: 'the invoker asks a core that has lost the context as if for the first time',
          },
        },
      },
    },
    derivingAefPsk: {
      meta: { clause: 'A.1' },
      entry: 'deriveAefPsk',
      on: {
        'aefPsk.derived': { target: '#apiInvoker.negotiated', meta: { clause: '6.5.2.1' } },
        'aefPsk.failed': {
          target: '#apiInvoker.gaveUp',
          actions: {
            type: 'report',
            params: { outcome: 'gaveUp', because: 'AEFPSK cannot be derived from this CAPIF-1e session' },
          },
          meta: {
            clause: 'A.1',
            assumed: 'without session ID or master secret there is no key, and the core has selected no other method',
          },
        },
      },
    },
    requestingToken: {
      meta: { clause: '6.5.2.3' },
      entry: 'requestAccessToken',
      on: {
        AccessTokenResponse: { target: '#apiInvoker.negotiated.openingConnection', meta: { clause: 'C.3' } },
        AccessTokenRefused: [
          giveUp('6.7', 'the core keeps refusing an access token'),
          {
            target: 'renegotiating',
            actions: 'countAttempt',
            meta: { clause: '6.7', assumed: 'the method may have changed between the selection and the token request' },
          },
        ],
      },
    },
  },
});
