/** The invoker once a method is negotiated: authentication, connection and invocation on CAPIF-2e (6.5.2, 6.7). */
import {
  apiInvokerRole,
  giveUp,
  type InvocationFailed,
  pauseOrGiveUp,
  reportNotAuthorized,
} from './api-invoker-role.ts';

type About = { event: { credential: number } };
const ofEvent = ({ event }: About) => event;

/** What may be heard of an invocation while others are outstanding or have been answered. */
const onInvocation = {
  IncorrectMethodFailure: [
    {
      guard: { type: 'isCurrentAndMayAskAgain', params: ofEvent },
      target: '#apiInvoker.mismatch',
      actions: ['rememberWanted', 'countAttempt'],
      meta: { clause: '6.7' },
    },
    {
      guard: { type: 'isCurrent', params: ofEvent },
      ...giveUp('6.7', 'the AEF keeps refusing the method that the core selects'),
    },
    {
      target: 'invoking',
      reenter: true,
      meta: { clause: '6.7', assumed: 'refused under an earlier credential: only the invocation is made again' },
    },
  ],
  NotAuthenticatedFailure: [
    {
      guard: { type: 'isCurrentAndMayAskAgain', params: ofEvent },
      target: '#apiInvoker.authenticating',
      actions: ['rememberWanted', 'countAttempt'],
      meta: { clause: '6.5.2', assumed: 'the core is asked for a credential that the AEF knows' },
    },
    { guard: { type: 'isCurrent', params: ofEvent }, ...giveUp('6.5.2', 'the AEF keeps refusing the credential') },
    {
      target: 'invoking',
      reenter: true,
      meta: { clause: '6.5.2', assumed: 'refused under an earlier credential: only the invocation is made again' },
    },
  ],
  NotAuthorizedFailure: [
    {
      guard: { type: 'isCurrent', params: ofEvent },
      target: '#apiInvoker.refused',
      actions: reportNotAuthorized,
      meta: { clause: '6.5.2' },
    },
    {
      target: 'invoking',
      reenter: true,
      meta: { clause: '6.5.2', assumed: 'refused under an earlier credential: only the invocation is made again' },
    },
  ],
  'invocation.failed': [
    {
      guard: {
        type: 'isCurrentHandshakeAndMayAskAgain',
        params: ({ event }: { event: InvocationFailed }) => event,
      },
      target: '#apiInvoker.mismatch',
      actions: 'countAttempt',
      meta: { clause: '6.7', assumed: 'a connection on which nothing was ever answered may have been refused' },
    },
    {
      guard: { type: 'isCurrentAndMayAskAgain', params: ofEvent },
      target: 'openingConnection',
      actions: 'countAttempt',
      meta: { clause: '6.5.2', assumed: 'a broken connection is no indication of a mismatch: it is opened again' },
    },
    { guard: { type: 'isCurrent', params: ofEvent }, ...giveUp('6.5.2', 'the connection to the AEF keeps breaking') },
  ],
} as const;

export const negotiated = apiInvokerRole.createStateConfig({
  meta: { clause: '6.3.1' },
  initial: 'initiatingAuthentication',
  exit: 'closeConnection',
  on: {
    'credential.expired': {
      target: '#apiInvoker.authenticating',
      meta: { clause: '6.5.2', assumed: 'a new key or token is had by negotiating again' },
    },
  },
  states: {
    initiatingAuthentication: {
      meta: { clause: '6.5.2' },
      entry: 'initiateAuthentication',
      on: {
        AuthenticationInitiationResponse: { target: 'openingConnection', meta: { clause: '6.5.2' } },
        AuthenticationInitiationRefused: [
          {
            guard: 'mayAskAgain',
            target: '#apiInvoker.pausing',
            actions: 'countAttempt',
            meta: { clause: '6.5.2', assumed: 'an AEF that could not learn about the invoker may do so later' },
          },
          giveUp('6.5.2', 'the AEF has no security information about this invoker'),
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
          {
            guard: { type: 'isUnreachableAndMayAskAgain', params: ({ event }) => event },
            target: '#apiInvoker.pausing',
            actions: 'countAttempt',
            meta: { clause: '6.5.2', assumed: 'an AEF that cannot be reached has said nothing about the method' },
          },
          {
            guard: 'mayAskAgain',
            target: '#apiInvoker.mismatch',
            actions: 'countAttempt',
            meta: {
              clause: '6.7',
              assumed: 'a handshake failure cannot carry the indicator; it is taken as a hint to ask the core',
            },
          },
          giveUp('6.7', 'no connection to the AEF can be opened with the method that the core selects'),
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
