/** The options of a core function, and their defaults. */
import { type Amendment, allAmendments } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import type { CertificateAuthority } from '../credentials/certificates.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import type { KeyPair } from '../credentials/key-pairs.ts';
import { errorObserver, observer } from '../observers.ts';
import { type Recorder, reportingRecorder } from '../participant.ts';
import { noStore, type Store } from '../store/store.ts';
import { defaultLimits, type LimitName, type Limits } from '../transport/listening/limits.ts';
import type { HandshakeFailure } from '../transport/listening/listener.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { DestinationOptions } from './events/destinations.ts';
import type { NotificationOutcome } from './events/notifications.ts';
import { type IdSource, randomIds } from './parties/ids.ts';
import { defaultKeptLimits, type KeptLimits } from './parties/kept-limits.ts';

export type CoreLimits = Limits & KeptLimits;
export type CoreLimitName = LimitName | keyof KeptLimits;
export const defaultCoreLimits: CoreLimits = { ...defaultLimits, ...defaultKeptLimits };

export type NotificationOptions = DestinationOptions & {
  /** Beside the core's own, the authorities of receivers, in PEM; by default those that Node trusts. */
  trustAnchors?: readonly string[];
};

export type CoreFunctionOptions = {
  amendments?: readonly Amendment[];
  host?: string;
  port?: number;
  /** Names and addresses, beside `host`, that its certificate is for. */
  names?: { dns?: string[]; ip?: string[] };
  /** The `{apiRoot}` that answers name; by default the first of `names.dns`, or `host`, with the port. */
  apiRoot?: string;
  tls?: TlsVersions;
  /** By default a new one, in memory. */
  authority?: CertificateAuthority;
  /**
   * What its listener shows, from another authority: the certificate first, then those of its authorities. Whoever connects
   * trusts their root beside `ca`, and knows the core by a name that is in `names` too: to AEFs it shows its own certificate.
   */
  serverCertificate?: OwnCertificate | undefined;
  /** The key pair of its own certificate and of its tokens; by default a new one. */
  keys?: KeyPair;
  /** TS 29.222 8.9: what an API provider shows to register its functions; by default a new one. */
  registrationSecret?: string;
  /** By default ids that cannot be guessed or repeated. */
  ids?: IdSource;
  tokenLifetimeSeconds?: number;
  /**
   * How long an API invoker is onboarded at most (TS 29.222 8.4.4.2.2: expTime): then it has to be onboarded anew, with another
   * onboarding token, and what it has negotiated is revoked. By default it stays until it is offboarded.
   */
  enrolmentLifetimeSeconds?: number | undefined;
  /** What it keeps across restarts; by default nothing. It stays open. */
  store?: Store;
  /** What is kept of the invocation logs of one provider domain; the oldest go first. 16 MiB by default. */
  invocationLogLimitBytes?: number;
  bodyLimitBytes?: number;
  /** At once; 10,000 by default. Where there are more, one that has proven nothing makes room. */
  connectionsMax?: number;
  /** Of peers, of what they leave here, and in all. */
  limits?: Partial<CoreLimits>;
  timeoutMs?: number;
  record?: Recorder;
  clock?: Clock;
  /** Before a revocation or a notification that was not acknowledged is sent again; by default growing to five minutes. */
  pause?: Pause | undefined;
  /**
   * An API invoker is onboarded once `decideOnboarding` says so, and is notified of it (TS 29.222 5.5.2.2); by default at once.
   */
  deferOnboarding?: boolean;
  /** Open discovery is for everybody (TS 29.222 8.11); by default for those who have a certificate of this core. */
  openDiscovery?: boolean;
  /** Whom it notifies (TS 29.222 7.6): by default, over TLS and on public networks. */
  notifications?: NotificationOptions;
  onError?(error: unknown): void;
  /** What has become of each notification, for those who count. */
  onNotification?(outcome: NotificationOutcome): void;
  /** Hears of failed handshakes, and of connections that are too many. */
  onHandshakeFailure?(failure: HandshakeFailure): void;
  /** A limit has refused or ended something, for those who count. */
  onLimit?(limit: CoreLimitName): void;
};

export function withDefaults(options: CoreFunctionOptions) {
  const {
    amendments = allAmendments,
    host = '127.0.0.1',
    port = 0,
    names = {},
    tls = {},
    ids = randomIds,
    tokenLifetimeSeconds = 3600,
    enrolmentLifetimeSeconds,
    invocationLogLimitBytes = 16 * 1024 * 1024,
    bodyLimitBytes = 64 * 1024,
    connectionsMax,
    limits = {},
    timeoutMs = 10_000,
    record = () => {},
    clock = systemClock,
    pause = { ...defaultPause, longestMs: 300_000 },
    store = noStore,
    notifications = {},
    openDiscovery = false,
    deferOnboarding = false,
  } = options;
  const onError = errorObserver(options.onError);
  const onNotification = observer(options.onNotification ?? (() => {}), onError);
  const onHandshakeFailure = observer(options.onHandshakeFailure ?? (() => {}), onError);
  const onLimit = observer(options.onLimit ?? (() => {}), onError);
  const where = { host, port, names, tls, ids, bodyLimitBytes, connectionsMax, limits, timeoutMs };
  return {
    ...where,
    amendments,
    tokenLifetimeSeconds,
    enrolmentLifetimeSeconds,
    invocationLogLimitBytes,
    record: reportingRecorder(record, onError),
    clock,
    pause,
    onError,
    onNotification,
    onHandshakeFailure,
    onLimit,
    store,
    notifications,
    openDiscovery,
    deferOnboarding,
  };
}
export type Settled = ReturnType<typeof withDefaults>;
