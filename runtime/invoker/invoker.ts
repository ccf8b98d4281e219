/**
 * An API invoker as a library: `createInvoker(…).fetch(input, init)` onboards, discovers, negotiates and
 * invokes, and survives a change of the exposing function's security method by itself (TS 33.122 6.1, 6.3, 6.5.2, 6.7).
 */
import { X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { SnapshotFrom } from 'xstate';
import type { apiInvoker } from '../../machines/api-invoker.ts';
import { type Amendment, allAmendments, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import type { KeyPair } from '../credentials/key-pairs.ts';
import { type Recorder, reportingRecorder } from '../participant.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { NotificationOfInvoker } from '../wire/events/notifications.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { Associations } from './associations.ts';
import { CoreRequests } from './core-requests.ts';
import { Discovery, type DiscoveryQuery } from './discovery.ts';
import { Enrolment, type InvokerIdentity } from './enrolment.ts';
import { InvocationError } from './fetch/invocation-error.ts';
import { InvokerObserver, type Listening } from './fetch/invoker-events.ts';
import { type InvocationInit, type InvocationInput, wantedInvocation } from './fetch/wanted-invocation.ts';
import { notificationListener } from './notifications/notification-listener.ts';
import { paced } from './notifications/paced.ts';
import { eventsOfUpdates, UpdateSubscription } from './notifications/update-subscription.ts';
import type { Service } from './services.ts';

export type { TraceLine } from '../../machines/trace.ts';
export type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
export type { Clock, Pause } from '../clock.ts';
export type { CoreAddress } from '../credentials/core-contact.ts';
export type { KeyPair } from '../credentials/key-pairs.ts';
export type { Recorder } from '../participant.ts';
export type { TlsVersions } from '../transport/tls-profile.ts';
export type { ServiceApi } from '../wire/service-api-description.ts';
export type { DiscoveryQuery } from './discovery.ts';
export type { InvokerIdentity } from './enrolment.ts';
export { InvocationError, type InvocationErrorCode } from './fetch/invocation-error.ts';
export type { InvokerEvents, Listening } from './fetch/invoker-events.ts';
export type { InvocationInit, InvocationInput } from './fetch/wanted-invocation.ts';
export { type InvokerFolder, openInvokerFolder } from './invoker-folder.ts';
export type { Service } from './services.ts';

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

export type ObservedAssociation = { service: Service; snapshot(): SnapshotFrom<typeof apiInvoker> };

export type Invoker = {
  /** Resolves with the invoker's id; done by the first `fetch` otherwise. Rejects with InvocationError. */
  onboard(): Promise<string>;
  /** As `onboard`; for a later `createInvoker`. It has the private key. */
  identity(): Promise<InvokerIdentity>;
  discover(query?: DiscoveryQuery): Promise<ServiceApi[]>;
  /**
   * Invokes a service API, as `fetch` does. A URL names a published interface; a path, `/apiName/version/…`, is of the first
   * interface that fits, of the AEF `init.aefId` if that is given. Rejects with InvocationError, whose `code` says why, with
   * TypeError if the arguments are wrong, or with the reason of the signal. An `authorization` header is left out: the
   * security method says who invokes.
   */
  fetch(input: InvocationInput, init?: InvocationInit): Promise<Response>;
  /**
   * Takes notifications of the core, as a listener of an HTTPS server of the application, whose certificate the core must accept. It
   * needs the request with its body unread.
   */
  takeNotification: RequestListener;
  /**
   * What `takeNotification` does with an update, for applications that hear of it in another way: these service APIs were updated,
   * or any (SERVICE_API_UPDATE, TS 29.222 5.4.2.4), so the invoker asks the core for its methods before it invokes them again.
   */
  serviceApiUpdated(apiIds?: readonly string[]): void;
  offboard(): Promise<void>;
  /** Where the `apiInvoker` machine stands towards this AEF, or this API of it, if there is one. */
  association(aefId: string, apiName?: string): ObservedAssociation | undefined;
  /** Hears of renegotiations, changes of method, refusals and revocations, while it is served: `fetch` needs no listener. */
  on: Listening;
  off: Listening;
  close(): void;
};

export function createInvoker(options: InvokerOptions): Invoker {
  const settled = withDefaults(options);
  const observer = new InvokerObserver(settled.onError);
  const invoker = new ApiInvoker(settled, observer);
  return {
    onboard: () => invoker.onboard(),
    identity: () => invoker.identity(),
    discover: (query) => invoker.discover(query),
    fetch: (input, init) => invoker.fetch(input, init),
    takeNotification: notificationListener((notification) => invoker.hear(notification), settled.onError),
    serviceApiUpdated: (apiIds) => invoker.serviceApiUpdated(apiIds),
    offboard: () => invoker.offboard(),
    association: (aefId, apiName) => invoker.association(aefId, apiName),
    on: observer.on,
    off: observer.off,
    close: () => invoker.close(),
  };
}

function withDefaults(options: InvokerOptions) {
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
    onError = () => {},
    clock = systemClock,
    pause = defaultPause,
    credentialLifetimeMs,
  } = options;
  const { core, onboardingToken = '', identity, keys, notificationDestination } = options;
  const toAef = { tlsToCore, tlsToAef, connectionsMax, isMismatch };
  const run = { timeoutMs, record: reportingRecorder(record, onError), onError, clock, pause, credentialLifetimeMs };
  const who = { onboardingToken, identity, keys };
  const notified = {
    isNotified: notificationDestination !== undefined,
    notificationDestination: notificationDestination ?? 'https://invoker.invalid/notifications',
  };
  return { core, ...who, ...notified, supported, amendments, attemptsMax, ...toAef, ...run };
}
type Settled = ReturnType<typeof withDefaults>;

class ApiInvoker {
  readonly #options: Settled;
  readonly #requests: CoreRequests;
  readonly #enrolment: Enrolment;
  readonly #discovery: Discovery;
  readonly #associations: Associations;
  readonly #observer: InvokerObserver;
  readonly #updates: ReturnType<typeof paced>;
  readonly #subscription: UpdateSubscription;
  #apiInvokerId: string | undefined;

  constructor(options: Settled, observer: InvokerObserver) {
    const { core, tlsToCore, timeoutMs, clock } = options;
    this.#options = options;
    this.#observer = observer;
    this.#updates = paced(clock, (apiIds) => this.#associations.serviceApiUpdated(apiIds));
    this.#requests = new CoreRequests({ core, tls: tlsToCore, timeoutMs, clock });
    this.#discovery = new Discovery({ ...options, requests: this.#requests });
    this.#enrolment = new Enrolment({
      ...options,
      requests: this.#requests,
      onOffboarded: (because) => {
        this.#subscription.close();
        this.#associations.offboard(because);
      },
    });
    this.#subscription = new UpdateSubscription({
      ...options,
      subscriptionId: options.identity?.subscriptionId,
      request: (request, certificate) => this.#requests.once(request, certificate),
    });
    this.#associations = new Associations({
      ...options,
      observer,
      enrolled: () => this.#enrolled(),
      discover: (query) => this.discover(query),
    });
  }

  async onboard(): Promise<string> {
    return (await this.#enrolled()).apiInvokerId;
  }

  async identity(): Promise<InvokerIdentity> {
    const { subscriptionId: _, ...identity } = await this.#enrolled();
    const { subscriptionId } = this.#subscription;
    return { ...identity, ...(subscriptionId !== undefined && { subscriptionId }) };
  }

  async discover(query: DiscoveryQuery = {}): Promise<ServiceApi[]> {
    return this.#discovery.discover(await this.#enrolled(), query);
  }

  async fetch(input: InvocationInput, init?: InvocationInit): Promise<Response> {
    const wanted = wantedInvocation(input, init);
    wanted.signal?.throwIfAborted();
    return unlessAborted(wanted.signal, async () => {
      const association = await this.#associations.to(wanted);
      await this.#enrolled();
      return association.fetch(wanted);
    });
  }

  serviceApiUpdated(apiIds?: readonly string[]): void {
    this.#associations.serviceApiUpdated(apiIds);
  }

  hear(notification: NotificationOfInvoker): void {
    switch (notification.about) {
      case 'event':
        if (eventsOfUpdates.some((event) => event === notification.event))
          this.#updates.heard(notification.detail?.apiIds);
        return;
      case 'revocation': {
        const { apiInvokerId, aefId, apiIds, cause } = notification;
        if (apiInvokerId === this.#apiInvokerId) this.#observer.revoked({ aefId, apiIds, cause });
      }
    }
  }

  async offboard(): Promise<void> {
    await this.#enrolled();
    await this.#subscription.end();
    return this.#enrolment.offboard();
  }

  association(aefId: string, apiName?: string): ObservedAssociation | undefined {
    const found = this.#associations.find(aefId, apiName);
    return found && { service: found.service, snapshot: found.snapshot };
  }

  close(): void {
    const closed = new InvocationError('closed', 'the invoker was closed', { cause: new Error('close() was called') });
    this.#subscription.close();
    this.#updates.close();
    this.#requests.close();
    this.#discovery.close(closed);
    this.#associations.close(closed);
    this.#enrolment.close(closed);
  }

  /** An authority that cannot be read will not be read at the next attempt either. */
  async #enrolled(): Promise<InvokerIdentity> {
    try {
      new X509Certificate(this.#options.core.ca);
    } catch (cause) {
      throw new InvocationError('gaveUp', 'the `ca` of the core is not a certificate in PEM', { cause });
    }
    const identity = await this.#enrolment.enrolled();
    this.#apiInvokerId = identity.apiInvokerId;
    if (this.#options.isNotified) await this.#subscription.begin(identity);
    return identity;
  }
}

/** Onboarding and discovery may serve others: they go on when one caller has given up. */
function unlessAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    work()
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener('abort', abort));
  });
}
