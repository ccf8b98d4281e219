/**
 * An API invoker as a library: `createInvoker(…).fetch(aefId, path, init)` onboards, discovers, negotiates and
 * invokes, and survives a change of the exposing function's security method by itself (TS 33.122 6.1, 6.3, 6.5.2, 6.7).
 */
import { X509Certificate } from 'node:crypto';
import { type Amendment, allAmendments, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import type { Recorder } from '../participant.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { readDiscoverServiceApiResponse, writeDiscoverServiceApiRequest } from '../wire/discover-api.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { Association } from './association.ts';
import { CoreRequests } from './core-requests.ts';
import { Enrolment } from './enrolment.ts';
import { explained, InvocationError } from './invocation.ts';
import { toldBy } from './peer-answer.ts';
import { type InvocationInit, wantedInvocation } from './wanted-invocation.ts';

export type InvokerOptions = {
  /** Where the core is, and the PEM certificate of its authority: the enrolment information of 6.1. */
  core: CoreAddress;
  /** The onboarding credential, a JWT (6.1). */
  onboardingToken: string;
  /** Security methods in order of preference; by default all three. */
  supported?: readonly SecurityMethod[];
  amendments?: readonly Amendment[];
  attemptsMax?: number;
  /** TLS versions on CAPIF-1e and CAPIF-2e; by default 1.2 on CAPIF-1e, where Annex A is defined. */
  tlsToCore?: TlsVersions;
  tlsToAef?: TlsVersions;
  /** Bounds every connection and every exchange. */
  timeoutMs?: number;
  record?: Recorder;
  clock?: Clock;
  pause?: Pause;
  /** How long a credential is used before the core is asked for a new one; by default, until it is refused. */
  credentialLifetimeMs?: number;
};

export type Invoker = {
  /** Resolves with the invoker's id; done by the first `fetch` otherwise. Rejects with InvocationError. */
  onboard(): Promise<string>;
  discover(query?: { apiName?: string; aefId?: string }): Promise<ServiceApi[]>;
  /**
   * Invokes a service API of this AEF, in the shapes that `fetch` takes; of a URL, only path and query count. Rejects with
   * InvocationError, whose `code` says why, with TypeError if the arguments are wrong, or with the reason of the signal.
   * An `authorization` header is left out: the security method says who invokes.
   */
  fetch(aefId: string, path: string | URL, init?: InvocationInit): Promise<Response>;
  offboard(): Promise<void>;
  /** The `apiInvoker` machine towards this AEF, if there is one. */
  association(aefId: string): Association | undefined;
  close(): void;
};

const notificationDestination = 'https://invoker.invalid/notifications';

export function createInvoker(options: InvokerOptions): Invoker {
  const invoker = new ApiInvoker(withDefaults(options));
  return {
    onboard: () => invoker.onboard(),
    discover: (query) => invoker.discover(query),
    fetch: (aefId, path, init) => invoker.fetch(aefId, path, init),
    offboard: () => invoker.offboard(),
    association: (aefId) => invoker.association(aefId),
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
    record = () => {},
    clock = systemClock,
    pause = defaultPause,
    credentialLifetimeMs,
  } = options;
  const { core, onboardingToken } = options;
  const tls = { tlsToCore, tlsToAef };
  const run = { timeoutMs, record, clock, pause, credentialLifetimeMs };
  return { core, onboardingToken, supported, amendments, attemptsMax, ...tls, ...run };
}
type Settled = ReturnType<typeof withDefaults>;

class ApiInvoker {
  readonly #options: Settled;
  readonly #requests: CoreRequests;
  readonly #enrolment: Enrolment;
  readonly #associations = new Map<string, Promise<Association>>();
  readonly #settled = new Map<string, Association>();

  constructor(options: Settled) {
    const { core, tlsToCore, timeoutMs, clock } = options;
    this.#options = options;
    this.#requests = new CoreRequests({ core, tls: tlsToCore, timeoutMs, clock });
    this.#enrolment = new Enrolment({
      ...options,
      requests: this.#requests,
      notificationDestination,
      onOffboarded: () => {
        for (const association of this.#settled.values()) association.offboard();
      },
    });
  }

  async onboard(): Promise<string> {
    return (await this.#enrolled()).apiInvokerId;
  }

  async discover(query: { apiName?: string; aefId?: string } = {}): Promise<ServiceApi[]> {
    const { apiInvokerId, certificate } = await this.#enrolled();
    const request = writeDiscoverServiceApiRequest({ apiInvokerId, ...query });
    const outcome = await this.#requests.once(request, certificate);
    if (this.#requests.isClosed) throw wasClosed();
    const because = `CCF to GET allServiceAPIs: ${toldBy(outcome)}`;
    if (outcome.outcome !== 'answered') throw explained('gaveUp', 'the core cannot be reached', because);
    const read = readDiscoverServiceApiResponse(outcome);
    if (read.outcome === 'read') return read.value;
    const code = outcome.status === 401 || outcome.status === 403 ? 'refused' : 'gaveUp';
    throw explained(code, 'the core does not answer the discovery', `${because}; ${read.because}`);
  }

  async fetch(aefId: string, path: string | URL, init?: InvocationInit): Promise<Response> {
    const wanted = wantedInvocation(path, init);
    wanted.signal?.throwIfAborted();
    return unlessAborted(wanted.signal, async () => {
      const association = await this.#associationWith(aefId);
      await this.#enrolled();
      return association.fetch(wanted);
    });
  }

  async offboard(): Promise<void> {
    await this.#enrolled();
    return this.#enrolment.offboard();
  }

  association(aefId: string): Association | undefined {
    return this.#settled.get(aefId);
  }

  close(): void {
    this.#requests.close();
    for (const association of this.#settled.values()) association.close();
    this.#enrolment.close(wasClosed());
  }

  /** An authority that cannot be read will not be read at the next attempt either. */
  #enrolled(): ReturnType<Enrolment['enrolled']> {
    try {
      new X509Certificate(this.#options.core.ca);
    } catch (cause) {
      throw new InvocationError('gaveUp', 'the `ca` of the core is not a certificate in PEM', { cause });
    }
    return this.#enrolment.enrolled();
  }

  #associationWith(aefId: string): Promise<Association> {
    const known = this.#associations.get(aefId);
    if (known) return known;
    const made = this.#associate(aefId);
    this.#associations.set(aefId, made);
    made.catch(() => this.#associations.delete(aefId));
    return made;
  }

  async #associate(aefId: string): Promise<Association> {
    const { core, tlsToCore, tlsToAef, timeoutMs, ...others } = this.#options;
    const { apiInvokerId, certificate } = await this.#enrolled();
    const [found] = await this.discover({ aefId });
    const aef = found?.aefs.find((one) => one.aefId === aefId);
    if (!found || !aef) throw new InvocationError('refused', `the core has not published any AEF "${aefId}"`);
    const common = { aefId, address: { host: aef.host, port: aef.port }, certificate, timeoutMs };
    const association = new Association({
      ...others,
      apiInvokerId,
      coreSide: {
        ...common,
        core,
        apiName: found.apiName,
        apiId: found.apiId,
        notificationDestination,
        tls: tlsToCore,
      },
      aefSide: { ...common, ca: core.ca, tls: tlsToAef },
    });
    this.#settled.set(aefId, association);
    if (this.#requests.isClosed) association.close();
    return association;
  }
}

const wasClosed = () => new InvocationError('closed', 'the invoker was closed');

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
