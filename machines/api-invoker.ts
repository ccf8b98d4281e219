/**
 * API invoker, towards one exposing function: the party that wants to call a service API.
 * It authenticates to the core (6.3), asks which security method to use (6.3.1), obtains the credential of
 * that method and opens the connection with it (6.5.2), and asks again when told that the method is no
 * longer the right one (6.7). Onboarding, common to all its exposing functions, is `apiInvokerEnrolment`.
 */
import { negotiated } from './api-invoker-invocation.ts';
import { authenticated } from './api-invoker-negotiation.ts';
import { connectAgainOrGiveUp, reportNotAuthorized, apiInvokerRole as role } from './api-invoker-role.ts';

const noExit = {
  clause: '6.7',
  assumed: 'the text names no exit; a new invocation makes the invoker ask the core again',
} as const;
/** Where nothing is served any more, the next invocation starts from the beginning, one that was refused late too. */
const afterRefusal = {
  target: 'authenticating',
  actions: ['putBack', 'startAgain'],
  meta: noExit,
} as const;
const untilWanted = {
  'serviceApi.wanted': { target: 'authenticating', actions: 'startAgain', meta: noExit },
  IncorrectMethodFailure: afterRefusal,
  NotAuthenticatedFailure: afterRefusal,
  NotAuthorizedFailure: {
    actions: reportNotAuthorized,
    meta: {
      clause: '6.5.2',
      assumed: 'the AEF may refuse several invocations at once; the application is told of each',
    },
  },
} as const;

export const apiInvoker = role.createMachine({
  id: 'apiInvoker',
  context: ({ input }) => ({ ...input, contextKnown: false, credential: 0, wanted: false, attempts: 0 }),
  initial: 'onboarded',
  on: {
    'serviceApi.wanted': {
      actions: 'rememberWanted',
      meta: { clause: '6.7', assumed: 'invocations wait while the invoker negotiates' },
    },
    IncorrectMethodFailure: {
      actions: ['putBack', 'rememberWanted'],
      meta: {
        clause: '6.7',
        assumed: 'the AEF may refuse several invocations at once; the invoker has already acted on the first refusal',
      },
    },
    NotAuthenticatedFailure: {
      actions: ['putBack', 'rememberWanted'],
      meta: { clause: '6.5.2', assumed: 'as for a late IncorrectMethodFailure' },
    },
    NotAuthorizedFailure: {
      actions: ['putBack', 'rememberWanted'],
      meta: { clause: '6.5.2', assumed: 'a late refusal of an earlier credential says nothing new' },
    },
    ServiceApiInvocationResponse: {
      meta: { clause: '6.7', assumed: 'the AEF still answers an invocation that was made before the change' },
    },
    ServiceApiUpdateNotification: {
      meta: { clause: '6.7', assumed: 'the invoker asks the core anyway, or, as written, only when it is refused' },
    },
    'invocation.failed': { meta: { clause: '6.7', assumed: 'the invoker has already given up the connection' } },
    'credential.expired': {
      meta: { clause: '6.5.2', assumed: 'a credential may expire while the invoker replaces it' },
    },
    'invoker.offboarded': { target: '.offboarded', meta: { clause: '6.8' } },
  },
  states: {
    onboarded: {
      meta: { clause: '6.1' },
      on: {
        'serviceApi.wanted': { target: 'authenticating', actions: 'rememberWanted', meta: { clause: '6.3' } },
      },
    },
    authenticating: {
      meta: { clause: '6.3' },
      entry: 'openCoreConnection',
      on: {
        'tls.established': [
          { guard: 'contextIsKnown', target: 'authenticated.renegotiating', meta: { clause: '6.7' } },
          { target: 'authenticated.negotiating', meta: { clause: '6.3' } },
        ],
        'tls.failed': connectAgainOrGiveUp,
      },
    },
    authenticated,
    negotiated,
    mismatch: {
      meta: { clause: '6.7' },
      entry: ['rememberRefusedMethod', 'openCoreConnection'],
      on: {
        'tls.established': { target: 'authenticated.renegotiating', meta: { clause: '6.7' } },
        'tls.failed': connectAgainOrGiveUp,
      },
    },
    pausing: {
      meta: { clause: '6.7', assumed: 'the text names no timer between two attempts' },
      entry: 'startPause',
      exit: 'stopPause',
      on: {
        'timer.expired': {
          target: 'authenticating',
          meta: { clause: '6.7', assumed: 'the invoker asks the core again after a pause' },
        },
      },
    },
    withoutMethod: {
      meta: { clause: '6.3.1', assumed: 'the procedure has no exit of its own when there is no common method' },
      entry: 'forgetWanted',
      on: untilWanted,
    },
    refused: {
      meta: { clause: '6.5.2', assumed: 'the core or the AEF refuses a revoked or unknown invoker' },
      entry: 'forgetWanted',
      on: untilWanted,
    },
    gaveUp: {
      meta: { clause: '6.7', assumed: 'the text names no bound on attempts' },
      entry: 'forgetWanted',
      on: untilWanted,
    },
    offboarded: {
      type: 'final',
      meta: { clause: '6.8' },
      entry: {
        type: 'report',
        params: { outcome: 'offboarded', because: 'the invoker has been offboarded' },
      },
    },
  },
});
