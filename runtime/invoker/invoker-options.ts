/** The options of an API invoker, and their defaults. */
import { type Amendment, allAmendments, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import type { KeyPair } from '../credentials/key-pairs.ts';
import { errorObserver } from '../observers.ts';
import { type Recorder, reportingRecorder } from '../participant.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { InvokerIdentity } from './enrolment.ts';

export type InvokerOptions = {
  /** Where the core is, and the PEM certificate of its authority: the enrolment information of 6.1. */
  core: CoreAddress;
  /** The onboarding credential, a JWT (6.1); not needed with an `identity`. */
  onboardingToken?: string;
  /** What an earlier `onboard` resolved with: the invoker is onboarded. */
  identity?: InvokerIdentity;
  /** The key pair to onboard with; by default a new one. Kept before, an onboarding whose answer is lost can be repeated. */
  keys?: KeyPair;
  /**
   * The URI at which the core reaches `takeNotification` (TS 29.222 5.4.2, 8.4.4.2.2, 8.5.4.2.2): the invoker subscribes to updates of
   * service APIs. By default it takes no notifications.
   */
  notificationDestination?: string;
  /** Security methods in order of preference; by default all three. */
  supported?: readonly SecurityMethod[];
  amendments?: readonly Amendment[];
  attemptsMax?: number;
  /** TLS versions on CAPIF-1e and CAPIF-2e; by default 1.2 on CAPIF-1e, where Annex A is defined. */
  tlsToCore?: TlsVersions;
  tlsToAef?: TlsVersions;
  /** Bounds every connection and every exchange; of a body that streams, the wait for its next part. By default 10 s. */
  timeoutMs?: number;
  /** To each service, by default 32. A streamed answer holds its connection until it is read to its end or cancelled. */
  connectionsMax?: number;
  /**
   * Recognises a mismatch indication that is not ours: no specification defines one (6.7). It is asked about answers of 400 or
   * more. The invoker then asks the core, and invokes again; a body that cannot be sent again ends in `bodyUsed`.
   */
  isMismatch?(response: Response): boolean | Promise<boolean>;
  record?: Recorder;
  /** Hears of a trace that cannot be written, and of faults inside: the invoker goes on. */
  onError?(error: unknown): void;
  clock?: Clock;
  pause?: Pause;
  /**
   * How long a credential is used at most before the core is asked for a new one. A token is not used until its end; any
   * other credential, by default, until it is refused.
   */
  credentialLifetimeMs?: number;
};

export function withDefaults(options: InvokerOptions) {
  const {
    supported = securityMethods,
    amendments = allAmendments,
    attemptsMax = 8,
    tlsToCore = { maxVersion: 'TLSv1.2' as const },
    tlsToAef = {},
    timeoutMs = 10_000,
    connectionsMax = 32,
    isMismatch,
    record = () => {},
    clock = systemClock,
    pause = defaultPause,
    credentialLifetimeMs,
  } = options;
  const onError = errorObserver(options.onError);
  const { core, onboardingToken = '', identity, keys, notificationDestination } = options;
  // Written out: in memory, an object that is made by spreading may have a description of its own.
  return {
    core,
    onboardingToken,
    identity,
    keys,
    isNotified: notificationDestination !== undefined,
    notificationDestination: notificationDestination ?? 'https://invoker.invalid/notifications',
    supported,
    amendments,
    attemptsMax,
    tlsToCore,
    tlsToAef,
    connectionsMax,
    isMismatch,
    timeoutMs,
    record: reportingRecorder(record, onError),
    onError,
    clock,
    pause,
    credentialLifetimeMs,
  };
}
export type Settled = ReturnType<typeof withDefaults>;
