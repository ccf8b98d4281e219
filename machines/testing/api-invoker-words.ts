/** For tests: the API invoker with TLS-PSK and OAUTH, what it hears, and what it asks for. */
import type { EventFrom } from 'xstate';
import { apiInvoker } from '../api-invoker.ts';
import { begin, step } from '../steps/step.ts';
import { asWritten, type Named, type SecurityMethod } from '../vocabulary.ts';

export type Event = EventFrom<typeof apiInvoker>;

const supported: readonly SecurityMethod[] = ['OAUTH', 'PSK'];

/** The invoker after these events, and what it asked for in answer to the last. */
export const after = (...events: Event[]) =>
  events.reduce(
    (taken, event) => step(apiInvoker, taken.snapshot, event),
    begin(apiInvoker, { supported, amendments: asWritten, attemptsMax: 1 }),
  );

export const wanted = { type: 'serviceApi.wanted' } as const;
export const established = { type: 'tls.established' } as const;
export const initiated = { type: 'AuthenticationInitiationResponse' } as const;
export const selected = (method: SecurityMethod, credential: number): Event => ({
  type: 'SecurityMethodResponse',
  selected: method,
  credential,
});
export const incorrect = (credential: number): Event => ({ type: 'IncorrectMethodFailure', credential });
export const notAuthenticated = (credential: number): Event => ({ type: 'NotAuthenticatedFailure', credential });
export const notAuthorized = (credential: number): Event => ({ type: 'NotAuthorizedFailure', credential });
export const served = (credential: number): Event => ({ type: 'ServiceApiInvocationResponse', credential });

/** From CAPIF-1e to an invocation that has been sent, with this method as the answer of the core. */
export const byPsk = (credential: number) =>
  [established, selected('PSK', credential), { type: 'aefPsk.derived' }, initiated, established] as const;
export const byToken = (credential: number) =>
  [established, selected('OAUTH', credential), { type: 'AccessTokenResponse' }, established] as const;
export const invoking = [wanted, ...byPsk(1)] as const;

export const toCore = (message: { type: string; supported?: readonly SecurityMethod[]; names?: Named }) => ({
  type: 'send',
  to: 'capifCoreFunction',
  message,
});
export const asks = toCore({ type: 'SecurityMethodRequest', supported, names: 'exposingFunction' });
export const asksAgain = toCore({ type: 'SecurityMethodUpdateRequest', supported, names: 'exposingFunction' });

export const opensCore = { type: 'openTls', to: 'capifCoreFunction' };
export const releasesCore = { type: 'closeTls', to: 'capifCoreFunction' };
export const closes = { type: 'closeTls', to: 'apiExposingFunction' };
export const opens = (method: SecurityMethod, credential: number) => ({
  type: 'openTls',
  to: 'apiExposingFunction',
  method,
  credential,
});
export const putsBack = { type: 'putBack' };
export const initiates = {
  type: 'send',
  to: 'apiExposingFunction',
  message: { type: 'AuthenticationInitiationRequest' },
};
export const invokes = (method: SecurityMethod, credential: number) => ({
  type: 'send',
  to: 'apiExposingFunction',
  message: { type: 'ServiceApiInvocation', method, credential },
});
export const expired = { type: 'timer.expired', timer: 'pause' } as const;
export const failed = { type: 'exchange.failed' } as const;
export const pauses = (attempt: number) => ({ type: 'startTimer', timer: 'pause', attempt });
export const stopsPause = { type: 'stopTimer', timer: 'pause' };
export const report = (outcome: string, because: string) => ({ type: 'report', outcome, because });
