/** The options of an exposing function, their defaults, and what the application gives it to call: none of it may disturb a step. */
import type { PeerCertificate } from 'node:tls';
import { type Amendment, allAmendments, type SecurityMethod } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import { serviceApiInterface } from '../credentials/aef-psk.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import { invokerOf as invokerOfCertificate } from '../credentials/peer-identity.ts';
import { errorObserver, observer } from '../observers.ts';
import { type Recorder, reportingRecorder } from '../participant.ts';
import type { PublicationNetwork } from '../publishing/service-api-resource.ts';
import { noStore, type Store } from '../store/store.ts';
import { thinning } from '../thinning.ts';
import type { HandshakeFailure } from '../transport/listening/listener.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { malformedBecause, type Read, type ReceivedAnswer } from '../wire/http-message.ts';
import { identifier } from '../wire/paths.ts';
import { type Learnt, learntFrom, type Own, type SecurityTextsReader } from './admissions/security-information.ts';
import type { AefLimitName, AefLimits } from './initiation-limit.ts';
import type { ProviderIdentity } from './provider/kept-provider.ts';
import type { Service } from './service-invocations.ts';
import type { TokenKeyOption } from './token-keys.ts';

/** One service API at one interface of an AEF. */
export type ServiceOptions = {
  apiName: string;
  /** The first ones: with a store, those that were in force last go on after a restart. */
  methods: readonly SecurityMethod[];
  /** Executes an invocation that has been admitted; never called for one that was refused. */
  serve: Service;
  /** What it is called here, in the store and in publications; by default as its API. No two have the same. */
  name?: string;
  /** A label: services with different ones are of different AEFs, each with an id and a certificate of its own. */
  aef?: string;
  /** By default that of all. */
  host?: string;
  port?: number;
  /** Where invokers and the core reach it, if that is not where it listens. */
  published?: { host: string; port: number };
};

/** One service, or several. */
export type ExposingFunctionOptions = CommonOptions &
  ((ServiceOptions & { services?: undefined }) | { services: readonly ServiceOptions[] });

/** Of all services. */
export type CommonOptions = {
  core: CoreAddress;
  /** The secret with which a provider registers at the core (TS 29.222 8.9: regSec). Not needed with an `identity`. */
  registrationSecret?: string;
  /**
   * It is another instance of the AEFs that have this identity, with a store of its own. Asked for at its first start, of the
   * instance that was enrolled (`identity()`).
   */
  identity?(): Promise<ProviderIdentity>;
  amendments?: readonly Amendment[];
  host?: string;
  tls?: TlsVersions;
  tlsToCore?: TlsVersions;
  /** By default the key of the core's certificate, and those that it publishes at `/.well-known/jwks.json`. */
  tokenKeys?: TokenKeyOption;
  /** By default the forms of docs/interoperability.md. */
  readSecurityTexts?: SecurityTextsReader;
  /** The API invoker ID in a certificate that leads to the core's authority; by default in our URI, or the common name. */
  invokerOf?(certificate: PeerCertificate): string | undefined;
  /**
   * Whether it asks the core for access control policies (TS 29.222 8.6), and serves no invocation beyond them, and none
   * before it has got them; by default not.
   */
  enforcePolicies?: boolean;
  /** Whether it has the core keep which invocations it has answered, and how (TS 29.222 8.7); by default not. */
  logInvocations?: boolean;
  /** Of an invocation; without it, there is no limit. */
  bodyLimitBytes?: number;
  /** At once, at each service; 10,000 by default. Where there are more, one that has proven nothing makes room. */
  connectionsMax?: number;
  /** Of peers, and in all, at each service. */
  limits?: Partial<AefLimits>;
  timeoutMs?: number;
  network?: PublicationNetwork;
  record?: Recorder;
  clock?: Clock;
  pause?: Pause;
  /** What it keeps across restarts: its identity, methods, publication, and revocations. By default it keeps nothing. */
  store?: Store;
  /** How long the key and rights of an invoker are kept without a new authentication initiation; by default, for good. */
  credentialLifetimeMs?: number;
  /**
   * Hears which methods are withdrawn and accepted nevertheless, until the core has the change (accept-both-until-published):
   * as long as the core is away, without bound. None, when that has ended.
   */
  onMethodsPending?(stillAccepted: readonly SecurityMethod[]): void;
  /** How many bytes of invocation logs wait for the core, for those who count. */
  onLogsWaiting?(bytes: number): void;
  /**
   * An AEF that is started before its core: hears, before each pause, why the core cannot register it yet. Without it, the AEF
   * does not wait, and its creation rejects.
   */
  onWaitingForCore?(because: string): void;
  onError?(error: unknown): void;
  /** Hears of failed handshakes (a wrong key, an unknown identity, a port scan), and of connections that are too many. */
  onHandshakeFailure?(failure: HandshakeFailure): void;
  /** A limit has refused or ended something, for those who count. */
  onLimit?(limit: AefLimitName): void;
};

export function withDefaults(options: ExposingFunctionOptions) {
  const {
    amendments = allAmendments,
    host = '127.0.0.1',
    tls = {},
    tlsToCore = {},
    bodyLimitBytes = Number.POSITIVE_INFINITY,
    timeoutMs = 10_000,
    record = () => {},
    clock = systemClock,
    pause = defaultPause,
    store = noStore,
    invokerOf = invokerOfCertificate,
    enforcePolicies = false,
    logInvocations = false,
  } = options;
  const { onMethodsPending, onLogsWaiting, onHandshakeFailure, onLimit, onWaitingForCore } = options;
  const onError = errorObserver(options.onError);
  const told = <A extends unknown[]>(observe: (...about: A) => void = () => {}) => observer(observe, onError);
  const where = { tls, tlsToCore, bodyLimitBytes, timeoutMs };
  return {
    ...options,
    ...where,
    services: servicesIn(options, host),
    amendments,
    record: reportingRecorder(record, onError),
    clock,
    pause,
    store,
    invokerOf,
    enforcePolicies,
    logInvocations,
    onMethodsPending: told(onMethodsPending),
    onLogsWaiting: told(onLogsWaiting),
    onHandshakeFailure: told(onHandshakeFailure),
    onLimit: told(onLimit),
    onWaitingForCore: onWaitingForCore && told(onWaitingForCore),
    onError,
  };
}
export type Settled = ReturnType<typeof withDefaults>;
export type WantedService = Settled['services'][number];

/** @throws RangeError that says what would be right */
function servicesIn(options: ExposingFunctionOptions, host: string) {
  const all = (options.services ?? [options]).map(({ apiName, methods, serve, ...one }) => {
    const { name = apiName, aef = '', port = 0, published } = one;
    // In the store and in publications. No name has a tilde.
    const id = aef === '' ? name : `${name}~${aef}`;
    return { id, name, apiName, aef, methods, serve, host: one.host ?? host, port, published };
  });
  if (all.length === 0) throw new RangeError('an exposing function has at least one service');
  for (const { name, apiName, aef, methods } of all) {
    for (const text of [name, apiName, aef || 'aef'])
      if (!identifier.safeParse(text).success)
        throw new RangeError(`"${text}" is no name: 1 to 64 letters, digits, dots, underscores or hyphens`);
    if (methods.length === 0) throw new RangeError(`the service "${name}" needs at least one security method`);
  }
  const twice = all.find(({ name }, n) => all.findIndex((one) => one.name === name) < n);
  if (twice) throw new RangeError(`two services are named "${twice.name}": give each a name of its own`);
  const at = all.map(({ published, ...one }) => published ?? (one.port > 0 ? one : undefined));
  const again = at.find((one, n) => one && at.slice(0, n).some((other) => other && isSameAddress(one, other)));
  if (again)
    throw new RangeError(
      `two services are at ${again.host}:${again.port}: a TLS-PSK identity names only the invoker, so each has a port`,
    );
  return all;
}

const isSameAddress = (one: { host: string; port: number }, other: { host: string; port: number }) =>
  serviceApiInterface(one) === serviceApiInterface(other);

/** Anybody can make an invocation that proves nothing; it changes no state of the machine. */
export function withFewStrangers(record: Recorder): Recorder {
  const isKept = thinning();
  return (line) => {
    if (line.event.type !== 'invocation.unauthenticated' || isKept()) record(line);
  };
}

/** What the core says of an invoker; a reader of the application that throws, and a key that is missing, are reported. */
export function reportingReader({ readSecurityTexts, onError }: Settled, own: () => Own) {
  return (answer: ReceivedAnswer): Read<Learnt> => {
    try {
      const read = learntFrom(answer, own(), readSecurityTexts);
      if (read.outcome === 'read' && read.value.selected === 'PSK' && !read.value.aefPsk)
        onError(new Error('the core has selected TLS-PSK for an invoker, and no AEFPSK can be read in its answer'));
      return read;
    } catch (error) {
      onError(error);
      return malformedBecause('the reader of the application has failed');
    }
  };
}
