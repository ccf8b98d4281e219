/**
 * An API invoker as a library: `createInvoker(…).fetch(aefId, path, init)` onboards, discovers, negotiates and
 * invokes, and survives a change of the exposing function's security method by itself (TS 33.122 6.1, 6.3, 6.5.2, 6.7).
 */
import { apiInvokerEnrolment } from '../../machines/api-invoker-enrolment.ts';
import type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, pauseTimer, systemClock } from '../clock.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';
import { type Connector, connector, type ExchangeOutcome } from '../transport/connector.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { readDiscoverServiceApiResponse, writeDiscoverServiceApiRequest } from '../wire/discover-api.ts';
import {
  readOnboardApiInvokerResponse,
  writeOffboardApiInvokerRequest,
  writeOnboardApiInvokerRequest,
} from '../wire/invoker-management-api.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { factsOf, type OwnCertificate } from './aef-side.ts';
import { type Association, createAssociation } from './association.ts';
import { type CoreAddress, checkCoreIdentity } from './core-side.ts';
import { InvocationError, type InvocationInit } from './waiting-invocations.ts';

export type InvokerOptions = {
  /** Where the core is, and the PEM certificate of its authority: the enrolment information of 6.1. */
  core: CoreAddress;
  /** The onboarding credential, a JWT (6.1). */
  onboardingToken: string;
  /** Security methods in order of preference; all three unless told. */
  supported?: readonly SecurityMethod[];
  amendments?: readonly Amendment[];
  attemptsMax?: number;
  /** TLS versions on CAPIF-1e and CAPIF-2e; 1.2 on CAPIF-1e unless told, where Annex A is defined. */
  tlsToCore?: TlsVersions;
  tlsToAef?: TlsVersions;
  /** Bounds every connection and every exchange. */
  timeoutMs?: number;
  record?: Record;
  clock?: Clock;
  pause?: Pause;
  /** How long the credential of a negotiation is used before the core is asked for a new one; unless told, until it is refused. */
  credentialLifetimeMs?: number;
};

type Enrolled = { apiInvokerId: string; onboardingId: string; certificate: OwnCertificate };

export type Invoker = {
  /** Resolves with the invoker's id; done by the first `fetch` otherwise. Rejects with InvocationError. */
  onboard(): Promise<string>;
  discover(query?: { apiName?: string; aefId?: string }): Promise<ServiceApi[]>;
  /**
   * Invokes a service API of this AEF. Rejects with InvocationError, whose `code` says why. An `authorization` header is
   * left out: the security method says who invokes.
   */
  fetch(aefId: string, path: string, init?: InvocationInit): Promise<Response>;
  offboard(): Promise<void>;
  /** The `apiInvoker` machine towards this AEF, if there is one. */
  association(aefId: string): Association | undefined;
  close(): void;
};

const wasClosed = () => new InvocationError('closed', 'the invoker was closed');

const notificationDestination = 'https://invoker.invalid/notifications';

export function createInvoker(options: InvokerOptions): Invoker {
  const { core, onboardingToken, supported = ['PSK', 'PKI', 'OAUTH'], amendments = allAmendments } = options;
  const { attemptsMax = 8, timeoutMs = 10_000, record = () => {}, clock = systemClock, pause = defaultPause } = options;
  const { tlsToCore = { maxVersion: 'TLSv1.2' }, tlsToAef = {} } = options;
  const associations = new Map<string, Promise<Association>>();
  const settled = new Map<string, Association>();
  const toCore = new Set<Connector>();
  let enrolled: Enrolled | undefined;
  let waitingForEnrolment: { resolve(): void; reject(error: InvocationError): void }[] = [];
  let closed = false;

  const connect = (certificate?: OwnCertificate) =>
    connector({
      ...core,
      credential: certificate ? { by: 'certificate', ...certificate } : { by: 'nothing' },
      checkServerIdentity: checkCoreIdentity,
      tls: tlsToCore,
      timeoutMs,
      clock,
    });
  const facts = (outcome: ExchangeOutcome, request: string) =>
    factsOf(outcome, { referencePoint: 'CAPIF-1e', from: enrolled?.apiInvokerId ?? 'invoker', to: 'CCF', request });

  async function once(request: Parameters<Connector['request']>[0], certificate?: OwnCertificate) {
    const over = connect(certificate);
    toCore.add(over);
    const outcome = await over.request(request);
    over.close();
    toCore.delete(over);
    return outcome;
  }

  const keyPair = generateKeyPair();
  /** The connection is server-authenticated only, and is torn down afterwards (6.1, B.1). */
  async function requestOnboarding(): Promise<void> {
    const { privateKeyPem, publicKeyPem } = await keyPair;
    const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination });
    const authorization = `Bearer ${onboardingToken}`;
    const outcome = await once({ ...request, headers: { ...request.headers, authorization } });
    if (closed) return;
    const about = { facts: facts(outcome, 'POST onboardedInvokers') };
    if (outcome.outcome !== 'answered') return enrolment.tell({ type: 'exchange.failed' }, about);
    if (outcome.status === 401 || outcome.status === 403) return enrolment.tell({ type: 'OnboardingRefused' }, about);
    const read = readOnboardApiInvokerResponse(outcome);
    if (read.outcome !== 'read') return enrolment.tell({ type: 'exchange.failed' }, about);
    const { apiInvokerId, onboardingId, certificatePem } = read.value;
    enrolled = { apiInvokerId, onboardingId, certificate: { key: privateKeyPem, cert: certificatePem } };
    enrolment.tell({ type: 'OnboardApiInvokerResponse' }, about);
    settleEnrolment();
  }

  async function requestOffboarding({ onboardingId, certificate }: Enrolled): Promise<void> {
    const outcome = await once(writeOffboardApiInvokerRequest({ onboardingId }), certificate);
    if (closed) return;
    const about = { facts: facts(outcome, 'DELETE onboardedInvokers') };
    const done = outcome.outcome === 'answered' && (outcome.status === 204 || outcome.status === 404);
    enrolment.tell({ type: done ? 'OffboardApiInvokerResponse' : 'exchange.failed' }, about);
    if (done) settleEnrolment();
  }

  function settleEnrolment(error?: InvocationError): void {
    const told = waitingForEnrolment;
    waitingForEnrolment = [];
    for (const { resolve, reject } of told) error ? reject(error) : resolve();
  }

  const timer = pauseTimer(clock, pause, () => enrolment.tell({ type: 'timer.expired', timer: 'pause' }));
  const enrolment: Participant<typeof apiInvokerEnrolment, never> = participant<typeof apiInvokerEnrolment>(
    'invoker',
    {
      ...noPerformers,
      send: ({ message }) => {
        if (message.type === 'OnboardApiInvokerRequest') void requestOnboarding();
        else if (enrolled) void requestOffboarding(enrolled);
      },
      tell: () => {
        for (const association of settled.values()) association.offboard();
      },
      startTimer: ({ attempt }) => timer.start(attempt),
      stopTimer: timer.stop,
      report: ({ outcome, because }) => settleEnrolment(new InvocationError(outcome, because)),
    },
    record,
    apiInvokerEnrolment,
    { attemptsMax },
  );

  function until(event: 'onboarding.wanted' | 'offboarding.wanted'): Promise<void> {
    if (closed) return Promise.reject(wasClosed());
    return new Promise((resolve, reject) => {
      const first = waitingForEnrolment.push({ resolve, reject }) === 1;
      if (first) enrolment.tell({ type: event });
    });
  }

  async function enrolledInvoker(): Promise<Enrolled> {
    if (enrolment.snapshot().status === 'done') {
      throw new InvocationError('offboarded', 'the invoker has been offboarded');
    }
    if (closed) throw wasClosed();
    if (!enrolled) await until('onboarding.wanted');
    if (!enrolled) throw new InvocationError('gaveUp', 'the invoker could not be onboarded');
    return enrolled;
  }

  async function discover(query: { apiName?: string; aefId?: string } = {}): Promise<ServiceApi[]> {
    const { apiInvokerId, certificate } = await enrolledInvoker();
    const outcome = await once(writeDiscoverServiceApiRequest({ apiInvokerId, ...query }), certificate);
    if (closed) throw wasClosed();
    const because = outcome.outcome === 'answered' ? `status ${outcome.status}` : outcome.because;
    if (outcome.outcome !== 'answered') throw new InvocationError('gaveUp', `the core cannot be reached: ${because}`);
    const read = readDiscoverServiceApiResponse(outcome);
    if (read.outcome === 'read') return read.value;
    const code = outcome.status === 401 || outcome.status === 403 ? 'refused' : 'gaveUp';
    throw new InvocationError(code, `the core does not answer the discovery: ${because}`);
  }

  async function associate(aefId: string): Promise<Association> {
    const { apiInvokerId, certificate } = await enrolledInvoker();
    const [found] = await discover({ aefId });
    const aef = found?.aefs.find((one) => one.aefId === aefId);
    if (!found || !aef) throw new InvocationError('refused', `the core has not published any AEF "${aefId}"`);
    const address = { host: aef.host, port: aef.port };
    const association = createAssociation({
      apiInvokerId,
      supported,
      amendments,
      attemptsMax,
      record,
      clock,
      pause,
      credentialLifetimeMs: options.credentialLifetimeMs,
      coreSide: {
        core,
        aefId,
        apiName: found.apiName,
        address,
        certificate,
        notificationDestination,
        tls: tlsToCore,
        timeoutMs,
      },
      aefSide: { aefId, address, ca: core.ca, certificate, tls: tlsToAef, timeoutMs },
    });
    settled.set(aefId, association);
    if (closed) association.close();
    return association;
  }

  function associationWith(aefId: string): Promise<Association> {
    const known = associations.get(aefId);
    if (known) return known;
    const made = associate(aefId);
    associations.set(aefId, made);
    made.catch(() => associations.delete(aefId));
    return made;
  }

  return {
    onboard: async () => (await enrolledInvoker()).apiInvokerId,
    discover,
    async fetch(aefId, path, init) {
      const association = await associationWith(aefId);
      await enrolledInvoker();
      return association.fetch(path, init);
    },
    async offboard() {
      await enrolledInvoker();
      await until('offboarding.wanted');
    },
    association: (aefId) => settled.get(aefId),
    close() {
      closed = true;
      timer.stop();
      for (const over of toCore) over.close();
      for (const association of settled.values()) association.close();
      settleEnrolment(wasClosed());
    },
  };
}
