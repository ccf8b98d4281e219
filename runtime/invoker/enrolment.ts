/** The invoker at the core: the `apiInvokerEnrolment` machine, bound to onboarding and offboarding (6.1, 6.8, B.1). */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { apiInvokerEnrolment } from '../../machines/api-invoker-enrolment.ts';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { generateKeyPair, type KeyPair } from '../credentials/key-pairs.ts';
import { owned } from '../owned.ts';
import { type AnswersOf, noPerformers, type Participant, participant, type Recorder } from '../participant.ts';
import { isPostponed, waitAskedForMs } from '../transport/answer-headers.ts';
import { tlsFailed } from '../transport/client-connection.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import {
  readOnboardApiInvokerResponse,
  writeOffboardApiInvokerRequest,
  writeOnboardApiInvokerRequest,
} from '../wire/invoker-management-api.ts';
import type { CoreRequests } from './core-requests.ts';
import type { InvocationError } from './fetch/invocation-error.ts';
import { explained } from './invocation.ts';
import { factsWithReason, isRefusal } from './peer-answer.ts';

/** What an onboarding has given: whoever has it is this invoker. */
export type InvokerIdentity = {
  apiInvokerId: string;
  onboardingId: string;
  certificate: OwnCertificate;
  /** Of its subscription to updates, if it has one: a later invoker goes on with it. */
  subscriptionId?: string | undefined;
};

type EnrolmentOptions = {
  requests: CoreRequests;
  onboardingToken: string;
  notificationDestination: string;
  attemptsMax: number;
  record: Recorder;
  clock: Clock;
  pause: Pause;
  onOffboarded(because: InvocationError): void;
  /** Of an earlier onboarding. */
  identity: InvokerIdentity | undefined;
  /** The key pair to onboard with; by default a new one. */
  keys: KeyPair | undefined;
  onError(error: unknown): void;
};

/** What may be told of each request. */
export const answersToEnrolment = {
  OnboardApiInvokerRequest: [
    ...['OnboardApiInvokerResponse', 'OnboardingRefused', 'OnboardingDeferred'],
    ...['tls.failed', 'exchange.postponed', 'exchange.failed'],
  ],
  OffboardApiInvokerRequest: [
    ...['OffboardApiInvokerResponse', 'OffboardingRefused'],
    ...['tls.failed', 'exchange.postponed', 'exchange.failed'],
  ],
} as const satisfies AnswersOf<typeof apiInvokerEnrolment>;

type Machine = Participant<typeof apiInvokerEnrolment, never>;
type AnswerTo<Request extends keyof typeof answersToEnrolment> = Extract<
  Parameters<Machine['tell']>[0],
  { type: (typeof answersToEnrolment)[Request][number] }
>;

/** An invoker has no name before it is onboarded: in traces, those of a process are numbered. */
let made = 0;
function nextNumber(): number {
  made += 1;
  return made;
}

export class Enrolment {
  readonly #options: EnrolmentOptions;
  readonly #machine: Machine;
  readonly #timer: ReturnType<typeof pauseTimer>;
  readonly #keyPair: Promise<KeyPair>;
  #enrolled: InvokerIdentity | undefined;
  /** What the transport has seen of the latest exchange. */
  #last: TransportFacts | undefined;
  /** Why there is no enrolment any more. */
  #end: InvocationError | undefined;
  #waiting: { resolve(): void; reject(error: InvocationError): void }[] = [];

  constructor(options: EnrolmentOptions) {
    const { attemptsMax, record, clock, pause, onOffboarded, identity, keys, onError } = options;
    this.#options = options;
    this.#keyPair = keys ? Promise.resolve(keys) : generateKeyPair();
    this.#timer = pauseTimer(clock, pause, () => this.#machine.tell({ type: 'timer.expired', timer: 'pause' }));
    this.#machine = participant<typeof apiInvokerEnrolment>(
      `invoker-${nextNumber()}`,
      {
        ...noPerformers,
        send: ({ message }) =>
          owned(
            message.type === 'OnboardApiInvokerRequest' ? this.#requestOnboarding() : this.#requestOffboarding(),
            onError,
            () => this.#machine.tell({ type: 'exchange.failed' }),
          ),
        tell: () => {
          this.#end = explained('offboarded', 'the invoker has been offboarded', this.#last);
          onOffboarded(this.#end);
        },
        startTimer: ({ attempt }) => this.#timer.start(attempt),
        stopTimer: this.#timer.stop,
        report: ({ outcome, because }) => this.#settle(explained(outcome, because, this.#last)),
      },
      record,
      apiInvokerEnrolment,
      { attemptsMax },
    );
    if (!identity) return;
    this.#enrolled = identity;
    this.#machine.tell({ type: 'enrolment.kept' });
  }

  /** Onboards unless that has been done. Rejects with InvocationError. */
  async enrolled(): Promise<InvokerIdentity> {
    if (this.#end) throw this.#end;
    if (!this.#enrolled) await this.#until('onboarding.wanted');
    if (!this.#enrolled) throw explained('gaveUp', 'the invoker could not be onboarded', this.#last);
    return this.#enrolled;
  }

  async offboard(): Promise<void> {
    await this.enrolled();
    await this.#until('offboarding.wanted');
  }

  close(error: InvocationError): void {
    this.#end ??= error;
    this.#timer.stop();
    this.#settle(error);
  }

  #until(type: 'onboarding.wanted' | 'offboarding.wanted'): Promise<void> {
    return new Promise((resolve, reject) => {
      const isFirst = this.#waiting.push({ resolve, reject }) === 1;
      if (isFirst) this.#machine.tell({ type });
    });
  }

  #settle(error?: InvocationError): void {
    for (const { resolve, reject } of this.#waiting.splice(0)) error ? reject(error) : resolve();
  }

  /** The connection is server-authenticated only, and is torn down afterwards (6.1, B.1). */
  async #requestOnboarding(): Promise<void> {
    const { requests, onboardingToken, notificationDestination } = this.#options;
    const { privateKeyPem, publicKeyPem } = await this.#keyPair;
    const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination });
    const authorization = `Bearer ${onboardingToken}`;
    const outcome = await requests.once({ ...request, headers: { ...request.headers, authorization } });
    if (requests.isClosed) return;
    const { event, note } = this.#onboarded(outcome, privateKeyPem);
    this.#tell(event, outcome, 'POST onboardedInvokers', note);
  }

  async #requestOffboarding(): Promise<void> {
    const { requests } = this.#options;
    if (!this.#enrolled) throw new Error('an invoker that was never onboarded is not offboarded');
    const { onboardingId, certificate } = this.#enrolled;
    const outcome = await requests.once(writeOffboardApiInvokerRequest({ onboardingId }), certificate);
    if (requests.isClosed) return;
    this.#tell(offboarded(outcome), outcome, 'DELETE onboardedInvokers');
  }

  /** `note`: why an answer cannot be used. */
  #onboarded(
    outcome: ExchangeOutcome,
    key: string,
  ): { event: AnswerTo<'OnboardApiInvokerRequest'>; note?: string | undefined } {
    if (outcome.outcome !== 'answered' || isPostponed(outcome)) return { event: unserved(outcome) };
    const { status } = outcome;
    if (isRefusal(status)) return { event: { type: 'OnboardingRefused' } };
    if (status === 202) return { event: { type: 'OnboardingDeferred' }, note: 'status 202' };
    const read = readOnboardApiInvokerResponse(outcome);
    if (read.outcome !== 'read') return { event: { type: 'exchange.failed' }, note: read.because };
    const { apiInvokerId, onboardingId, certificatePem: cert } = read.value;
    const because = unfitness(cert, key);
    if (because) return { event: { type: 'exchange.failed' }, note: because };
    this.#enrolled = { apiInvokerId, onboardingId, certificate: { key, cert } };
    return { event: { type: 'OnboardApiInvokerResponse' } };
  }

  #tell(event: AnswerTo<keyof typeof answersToEnrolment>, outcome: ExchangeOutcome, request: string, note?: string) {
    const from = this.#enrolled?.apiInvokerId ?? 'invoker';
    const facts = factsWithReason(outcome, { referencePoint: 'CAPIF-1e', from, to: 'CCF', request });
    if (note !== undefined) facts.note ??= note;
    this.#last = facts;
    this.#timer.atLeast(waitAskedForMs(outcome, this.#options.clock));
    this.#machine.tell(event, { facts });
    if (event.type === 'OnboardApiInvokerResponse' || event.type === 'OffboardApiInvokerResponse') this.#settle();
  }
}

/** Of an exchange that brought no answer to the request itself. */
function unserved(outcome: ExchangeOutcome) {
  if (outcome.outcome === 'answered') return { type: 'exchange.postponed' } as const;
  return outcome.outcome === 'cut' ? ({ type: 'exchange.failed' } as const) : tlsFailed(outcome);
}

/** An invoker that the core does not know any more is offboarded. */
function offboarded(outcome: ExchangeOutcome): AnswerTo<'OffboardApiInvokerRequest'> {
  if (outcome.outcome !== 'answered' || isPostponed(outcome)) return unserved(outcome);
  const { status } = outcome;
  if (status === 404 || (status >= 200 && status < 300)) return { type: 'OffboardApiInvokerResponse' };
  return { type: isRefusal(status) ? 'OffboardingRefused' : 'exchange.failed' };
}

/** Why TLS could not use the certificate with this key, if it could not. */
function unfitness(cert: string, key: string): string | undefined {
  try {
    const isOfKey = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    return isOfKey ? undefined : 'the certificate in the answer is not of the public key in the request';
  } catch {
    return 'the certificate in the answer cannot be read';
  }
}
