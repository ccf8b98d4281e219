/** The invoker once a method is negotiated: authentication, connection and invocation on CAPIF-2e (6.5.2, 6.7). */
import {
  apiInvokerRole,
  askBeforeInvoking,
  giveUp,
  type InvocationFailed,
  pauseOrGiveUp,
  reportNotAuthorized,
} from './api-invoker-role.ts';

type About = { event: { credential: number } };
const ofEvent = ({ event }: About) => event;

/** Refused under an earlier credential, which says nothing about the present one. */
const invokeAgain = (clause: '6.7' | '6.5.2') =>
  ({
    guard: { type: 'isOfEarlierCredential', params: ofEvent },
    target: 'invoking',
    actions: 'putBack',
    reenter: true,
    meta: { clause, assumed: 'an earlier credential was refused: the invoker only repeats the invocation' },
  }) as const;

/** What the invoker may hear of an invocation while others are outstanding or have been answered. */
const onInvocation = {
  IncorrectMethodFailure: [
    invokeAgain('6.7'),
    giveUp('6.7', 'the AEF keeps refusing the method that the core selects'),
    {
      target: '#apiInvoker.mismatch',
      actions: ['putBack', 'rememberWanted', 'countAttempt'],
      meta: { clause: '6.7' },
    },
  ],
  NotAuthenticatedFailure: [
    invokeAgain('6.5.2'),
    giveUp('6.5.2', 'the AEF keeps refusing the credential'),
    {
      target: '#apiInvoker.authenticating',
      actions: ['putBack', 'rememberWanted', 'countAttempt'],
      meta: { clause: '6.5.2', assumed: 'the invoker asks the core for a credential that the AEF knows' },
    },
  ],
  NotAuthorizedFailure: [
    invokeAgain('6.5.2'),
    { target: '#apiInvoker.refused', actions: reportNotAuthorized, meta: { clause: '6.5.2' } },
  ],
  'invocation.failed': [
    {
      guard: { type: 'isOfEarlierCredential', params: ofEvent },
      meta: { clause: '6.7', assumed: 'the invoker has already given up the connection' },
    },
    giveUp('6.5.2', 'the connection to the AEF keeps breaking'),
    {
      guard: { type: 'isHandshakeFailure', params: ({ event }: { event: InvocationFailed }) => event },
      target: '#apiInvoker.mismatch',
      actions: 'countAttempt',
      meta: { clause: '6.7', assumed: 'the peer may have refused a connection on which it never answered' },
    },
    {
      target: 'openingConnection',
      actions: 'countAttempt',
      meta: {
        clause: '6.5.2',
        assumed: 'a broken connection does not indicate a mismatch: the invoker opens it again',
      },
    },
  ],
} as const;

export const negotiated = apiInvokerRole.createStateConfig({
  meta: { clause: '6.3.1' },
  initial: 'initiatingAuthentication',
  exit: 'closeConnection',
  on: {
    'credential.expired': {
      target: '#apiInvoker.authenticating',
      meta: { clause: '6.5.2', assumed: 'the invoker gets a new key or token by negotiating again' },
    },
    ServiceApiUpdateNotification: askBeforeInvoking,
  },
  states: {
    initiatingAuthentication: {
      meta: { clause: '6.5.2' },
      entry: 'initiateAuthentication',
      on: {
        AuthenticationInitiationResponse: { target: 'openingConnection', meta: { clause: '6.5.2' } },
        AuthenticationInitiationRefused: [
          giveUp('6.5.2', 'the AEF has no security information about this invoker'),
          {
            target: '#apiInvoker.pausing',
            actions: 'countAttempt',
            meta: { clause: '6.5.2', assumed: 'the AEF may learn about the invoker later' },
          },
        ],
        'exchange.failed': pauseOrGiveUp('6.5.2'),
      },
    },
    openingConnection: {
      meta: { clause: '6.5.2' },
      entry: 'openConnection',
      on: {
        'tls.established': [
          { guard: 'invocationIsWaiting', target: 'invoking', meta: { clause: '6.5.2' } },
          { target: 'secured', meta: { clause: '6.5.2' } },
        ],
        'tls.failed': [
          giveUp('6.7', 'no connection to the AEF can be opened with the method that the core selects'),
          {
            guard: { type: 'isUnreachable', params: ({ event }) => event },
            target: '#apiInvoker.pausing',
            actions: 'countAttempt',
            meta: { clause: '6.5.2', assumed: 'an unreachable AEF has said nothing about the method' },
          },
          {
            target: '#apiInvoker.mismatch',
            actions: 'countAttempt',
            meta: {
              clause: '6.7',
              assumed: 'a handshake failure cannot carry the indicator; the invoker takes it as a hint to ask the core',
            },
          },
        ],
      },
    },
    secured: {
      meta: { clause: '6.5.2' },
      on: {
        ...onInvocation,
        'serviceApi.wanted': { target: 'invoking', meta: { clause: '6.5.2' } },
      },
    },
    invoking: {
      meta: { clause: '6.7' },
      entry: ['invokeServiceApi', 'forgetWanted'],
      on: {
        ...onInvocation,
        'serviceApi.wanted': { target: 'invoking', reenter: true, meta: { clause: '6.5.2' } },
        ServiceApiInvocationResponse: {
          guard: { type: 'isCurrent', params: ofEvent },
          target: 'secured',
          actions: ['forgetAttempts', 'forgetRefusedMethod'],
          meta: { clause: '6.7' },
        },
      },
    },
  },
});
