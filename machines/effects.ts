/** The effects of the machines: the only way in which a machine acts on its environment. */
import type {
  MessageToCore,
  MessageToExposing,
  MessageToInvoker,
  MessageToPublishing,
  SecurityMethodsChanged,
  SecurityMethodsPublished,
  ServiceApiInvocation,
} from './messages.ts';
import type { SecurityMethod } from './vocabulary.ts';

/** A message on a reference point: it may be late or lost, and its exchange may be cut. */
export type Send =
  | { type: 'send'; to: 'apiInvoker'; message: MessageToInvoker }
  | { type: 'send'; to: 'capifCoreFunction'; message: MessageToCore }
  | { type: 'send'; to: 'apiExposingFunction'; message: MessageToExposing }
  | { type: 'send'; to: 'apiPublishingFunction'; message: MessageToPublishing };

/** An event for another machine of the same party or provider domain: it arrives before anything else happens. */
export type Tell =
  | { type: 'tell'; to: 'apiInvoker'; event: InvokerOffboarded }
  | { type: 'tell'; to: 'capifCoreFunction'; event: InvokerOffboarded | MethodsPublished }
  | { type: 'tell'; to: 'apiExposingFunction'; event: SecurityMethodsPublished }
  | { type: 'tell'; to: 'apiPublishingFunction'; event: SecurityMethodsChanged }
  | { type: 'tell'; to: 'invokerAdmission'; event: ServiceApiInvocation };

/** TLS towards the core is always mutual (6.3); towards the exposing function it follows the method (6.5.2). */
export type OpenTls =
  | { type: 'openTls'; to: 'capifCoreFunction' }
  | { type: 'openTls'; to: 'apiExposingFunction'; method: SecurityMethod; credential: number };
export type CloseTls = { type: 'closeTls'; to: 'capifCoreFunction' | 'apiExposingFunction' };

/** Annex A, from the CAPIF-1e session of this negotiation. The invoker hears `aefPsk.derived` or `aefPsk.failed`. */
export type DeriveAefPsk = { type: 'deriveAefPsk'; credential: number };
/** The rights that came with this answer replace the earlier ones; so does AEFPSK, if the answer has one. */
export type KeepCredential = { type: 'keepCredential'; credential: number; hasAefPsk: boolean };
/** The keys and rights of this invoker must not be used any more. */
export type ForgetCredential = { type: 'forgetCredential' };
/** This initiation is not for the next answer but for the one after: its question was asked before the initiation came. */
export type HoldInitiation = { type: 'holdInitiation' };
/** Nothing about this invoker needs to be remembered: the machine stands where it began. */
export type ForgetInvoker = { type: 'forgetInvoker' };

/** The refused invocation was not executed: it waits again, and goes out with the next `ServiceApiInvocation`. */
export type PutBack = { type: 'putBack' };

/** Each machine has one timer. `attempt` counts the pauses in a row, which may grow; the driver decides how long they are. */
export type StartTimer = { type: 'startTimer'; timer: 'pause'; attempt: number };
export type StopTimer = { type: 'stopTimer'; timer: 'pause' };

/**
 * Tells the application that uses the role: what it waits for will not be served, and why. `mayHaveBeenExecuted`: a request
 * that is not repeated got no usable answer.
 */
export type Report = {
  type: 'report';
  outcome: 'noCommonMethod' | 'refused' | 'gaveUp' | 'mayHaveBeenExecuted' | 'offboarded';
  because: string;
};
/** Tells the operator of the exposing function which methods are withdrawn and accepted nevertheless, until it is settled. */
export type ReportWithdrawn = { type: 'reportWithdrawn'; stillAccepted: readonly SecurityMethod[] };
/** Tells the operator of the exposing function: the core has its methods, and the old ones are withdrawn. */
export type ReportSettled = { type: 'reportSettled' };

export type Effect =
  | Send
  | Tell
  | OpenTls
  | CloseTls
  | DeriveAefPsk
  | KeepCredential
  | ForgetCredential
  | HoldInitiation
  | ForgetInvoker
  | PutBack
  | StartTimer
  | StopTimer
  | Report
  | ReportWithdrawn
  | ReportSettled;

/** Events that no peer sends. */
export type TlsEstablished = { type: 'tls.established' };
/**
 * `untrusted`: the peer was reached, and its certificate is not accepted. `handshake`: it was reached, and the handshake
 * failed otherwise. `unreachable`: it was not reached.
 */
export type TlsFailed = { type: 'tls.failed'; because: 'untrusted' | 'handshake' | 'unreachable' };
export type TlsClosed = { type: 'tls.closed' };
/** A request got no answer: the connection broke, or the time was up. The peer may have acted on it. */
export type ExchangeFailed = { type: 'exchange.failed' };
/** The peer answered that it cannot serve the request now: it has not acted on it. The driver knows how long it asks to wait. */
export type ExchangePostponed = { type: 'exchange.postponed' };
export type TimerExpired = { type: 'timer.expired'; timer: 'pause' };
export type CredentialExpired = { type: 'credential.expired' };
/** The role restarted: it knows what is durable, and all its exchanges are broken. */
export type RoleRestarted = { type: 'role.restarted' };
export type InvokerOffboarded = { type: 'invoker.offboarded' };
/** `service`: which of the services of the AEF, each one service API at one interface, numbered from 1. */
export type MethodsPublished = {
  type: 'securityMethods.published';
  service: number;
  methods: readonly SecurityMethod[];
};
