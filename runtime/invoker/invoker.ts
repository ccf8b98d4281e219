/**
 * An API invoker as a library: `createInvoker(…).fetch(input, init)` onboards, discovers, negotiates and
 * invokes, and survives a change of the exposing function's security method by itself (TS 33.122 6.1, 6.3, 6.5.2, 6.7).
 */
import { X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { SnapshotFrom } from 'xstate';
import type { apiInvoker } from '../../machines/api-invoker.ts';
import type { NotificationOfInvoker } from '../wire/events/notifications.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { Associations } from './associations.ts';
import { CoreRequests } from './core-requests.ts';
import { Discovery, type DiscoveryQuery } from './discovery.ts';
import { Enrolment, type InvokerIdentity } from './enrolment.ts';
import { InvocationError } from './fetch/invocation-error.ts';
import { InvokerObserver, type Listening } from './fetch/invoker-events.ts';
import { type InvocationInit, type InvocationInput, wantedInvocation } from './fetch/wanted-invocation.ts';
import { type InvokerOptions, type Settled, withDefaults } from './invoker-options.ts';
import { notificationListener } from './notifications/notification-listener.ts';
import { paced } from './notifications/paced.ts';
import { eventsOfUpdates, UpdateSubscription } from './notifications/update-subscription.ts';
import type { Service } from './services.ts';

export type { TraceLine } from '../../machines/steps/trace.ts';
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
export type { InvokerOptions } from './invoker-options.ts';
export type { Service } from './services.ts';

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
  #isAuthorityRead = false;

  constructor(options: Settled, observer: InvokerObserver) {
    const { core, tlsToCore, timeoutMs, clock, pause, attemptsMax, record, onError } = options;
    const { identity, keys, onboardingToken, notificationDestination } = options;
    this.#options = options;
    this.#observer = observer;
    this.#updates = paced(clock, (apiIds) => this.#associations.serviceApiUpdated(apiIds));
    this.#requests = new CoreRequests({ core, tls: tlsToCore, timeoutMs, clock });
    this.#discovery = new Discovery({ attemptsMax, clock, pause, requests: this.#requests });
    this.#enrolment = new Enrolment({
      requests: this.#requests,
      onboardingToken,
      notificationDestination,
      identity,
      keys,
      attemptsMax,
      record,
      onError,
      clock,
      pause,
      onOffboarded: (because) => {
        this.#subscription.close();
        this.#associations.offboard(because);
      },
    });
    this.#subscription = new UpdateSubscription({
      notificationDestination,
      onError,
      clock,
      pause,
      subscriptionId: identity?.subscriptionId,
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
      if (this.#options.isNotified) await this.#subscription.hearOf(association.service);
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

  async #enrolled(): Promise<InvokerIdentity> {
    this.#checkAuthority();
    const identity = await this.#enrolment.enrolled();
    this.#apiInvokerId = identity.apiInvokerId;
    if (this.#options.isNotified) await this.#subscription.begin(identity);
    return identity;
  }

  /** An authority that cannot be read will not be read at the next attempt either. */
  #checkAuthority(): void {
    if (this.#isAuthorityRead) return;
    try {
      new X509Certificate(this.#options.core.ca);
      this.#isAuthorityRead = true;
    } catch (cause) {
      throw new InvocationError('gaveUp', 'the `ca` of the core is not a certificate in PEM', { cause });
    }
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
