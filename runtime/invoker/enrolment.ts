/** The invoker at the core: the `apiInvokerEnrolment` machine, bound to onboarding and offboarding (6.1, 6.8, B.1). */
import { apiInvokerEnrolment } from '../../machines/api-invoker-enrolment.ts';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { type AnswersOf, noPerformers, type Participant, participant, type Recorder } from '../participant.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import {
  readOnboardApiInvokerResponse,
  writeOffboardApiInvokerRequest,
  writeOnboardApiInvokerRequest,
} from '../wire/invoker-management-api.ts';
import type { CoreRequests } from './core-requests.ts';
import { explained, InvocationError } from './invocation.ts';
import { factsWithReason, troubleIn } from './peer-answer.ts';

type Enrolled = { apiInvokerId: string; onboardingId: string; certificate: OwnCertificate };

type EnrolmentOptions = {
  requests: CoreRequests;
  onboardingToken: string;
  notificationDestination: string;
  attemptsMax: number;
  record: Recorder;
  clock: Clock;
  pause: Pause;
  onOffboarded(): void;
};

/** What may be told of each request. */
export const answersToEnrolment = {
  OnboardApiInvokerRequest: ['OnboardApiInvokerResponse', 'OnboardingRefused', 'exchange.failed'],
  OffboardApiInvokerRequest: ['OffboardApiInvokerResponse', 'exchange.failed'],
} as const satisfies AnswersOf<typeof apiInvokerEnrolment>;

export class Enrolment {
  readonly #options: EnrolmentOptions;
  readonly #machine: Participant<typeof apiInvokerEnrolment, never>;
  readonly #timer: ReturnType<typeof pauseTimer>;
  readonly #keyPair = generateKeyPair();
  #enrolled: Enrolled | undefined;
  /** What the transport has seen of the latest exchange that failed. */
  #trouble: string | undefined;
  /** Why there is no enrolment any more. */
  #end: InvocationError | undefined;
  #waiting: { resolve(): void; reject(error: InvocationError): void }[] = [];

  constructor(options: EnrolmentOptions) {
    const { attemptsMax, record, clock, pause, onOffboarded } = options;
    this.#options = options;
    this.#timer = pauseTimer(clock, pause, () => this.#machine.tell({ type: 'timer.expired', timer: 'pause' }));
    this.#machine = participant<typeof apiInvokerEnrolment>(
      'invoker',
      {
        ...noPerformers,
        send: ({ message }) =>
          void (message.type === 'OnboardApiInvokerRequest' ? this.#requestOnboarding() : this.#requestOffboarding()),
        tell: () => {
          this.#end = new InvocationError('offboarded', 'the invoker has been offboarded');
          onOffboarded();
        },
        startTimer: ({ attempt }) => this.#timer.start(attempt),
        stopTimer: this.#timer.stop,
        report: ({ outcome, because }) => this.#settle(explained(outcome, because, this.#trouble)),
      },
      record,
      apiInvokerEnrolment,
      { attemptsMax },
    );
  }

  /** Onboards unless that has been done. Rejects with InvocationError. */
  async enrolled(): Promise<Enrolled> {
    if (this.#end) throw this.#end;
    if (!this.#enrolled) await this.#until('onboarding.wanted');
    if (!this.#enrolled) throw explained('gaveUp', 'the invoker could not be onboarded', this.#trouble);
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
    const about = this.#about(outcome, 'POST onboardedInvokers');
    if (outcome.outcome !== 'answered') return this.#machine.tell({ type: 'exchange.failed' }, about);
    if (outcome.status === 401 || outcome.status === 403) {
      return this.#machine.tell({ type: 'OnboardingRefused' }, about);
    }
    const read = readOnboardApiInvokerResponse(outcome);
    if (read.outcome !== 'read') return this.#machine.tell({ type: 'exchange.failed' }, about);
    const { apiInvokerId, onboardingId, certificatePem } = read.value;
    this.#enrolled = { apiInvokerId, onboardingId, certificate: { key: privateKeyPem, cert: certificatePem } };
    this.#machine.tell({ type: 'OnboardApiInvokerResponse' }, about);
    this.#settle();
  }

  async #requestOffboarding(): Promise<void> {
    const { requests } = this.#options;
    if (!this.#enrolled) throw new Error('an invoker that was never onboarded is not offboarded');
    const { onboardingId, certificate } = this.#enrolled;
    const outcome = await requests.once(writeOffboardApiInvokerRequest({ onboardingId }), certificate);
    if (requests.isClosed) return;
    const about = this.#about(outcome, 'DELETE onboardedInvokers');
    const isDone = outcome.outcome === 'answered' && (outcome.status === 204 || outcome.status === 404);
    this.#machine.tell({ type: isDone ? 'OffboardApiInvokerResponse' : 'exchange.failed' }, about);
    if (isDone) this.#settle();
  }

  #about(outcome: ExchangeOutcome, request: string) {
    const from = this.#enrolled?.apiInvokerId ?? 'invoker';
    const facts = factsWithReason(outcome, { referencePoint: 'CAPIF-1e', from, to: 'CCF', request });
    this.#trouble = troubleIn(facts);
    return { facts };
  }
}
