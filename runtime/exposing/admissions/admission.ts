/** What a service of the exposing function has learnt about one invoker: an `invokerAdmission` machine, the key and the rights. */
import { invokerAdmission } from '../../../machines/invoker-admission.ts';
import type { Message, ServiceApiInvocation } from '../../../machines/messages.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Amendment, SecurityMethod } from '../../../machines/vocabulary.ts';
import { type Clock, lifetimeTimer } from '../../clock.ts';
import { owned } from '../../owned.ts';
import {
  type AnswersOf,
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  type Resting,
  resumed,
} from '../../participant.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import type { Read, ReceivedAnswer } from '../../wire/http-message.ts';
import type { Learnt } from './security-information.ts';
import type { Turn, Turns } from './turns.ts';

export type AdmissionOptions = {
  apiInvokerId: string;
  /** How the service is named in traces. */
  service: string;
  amendments: readonly Amendment[];
  record: Recorder;
  clock: Clock;
  credentialLifetimeMs: number | undefined;
  /** GET trustedInvokers/{apiInvokerId} at the core, over CAPIF-3. */
  fetchSecurityInformation(apiInvokerId: string): Promise<{ outcome: ExchangeOutcome; facts: TransportFacts }>;
  turns: Turns;
  /** Where its machine rests, if it goes on from there. */
  resting?: Resting | undefined;
  /** What the answer says of the invoker at this service. */
  learntFrom(answer: ReceivedAnswer): Read<Learnt>;
  /** Nothing may be under way for this invoker any more: see `isIdle`. */
  settled(): void;
  /** Nothing about this invoker needs to be remembered. */
  forget(): void;
  onError(error: unknown): void;
};

type Kept = {
  credential: number;
  selected?: SecurityMethod | undefined;
  apiNames?: readonly string[] | undefined;
  /** Outlives the negotiation of another method: an invoker that still uses it must be told of the mismatch. */
  psk?: { key: Buffer; credential: number } | undefined;
};

/** `isOwn`: the invoker itself has sent it. */
type Initiation = { isOwn: boolean; answer(message: Message): void };

type Numbered = Learnt & { credential: number };
/** What may be told of a question to the core. */
export const answersToAdmission = {
  SecurityInformationRequest: ['SecurityInformationResponse', 'SecurityInformationNotFound', 'exchange.failed'],
} as const satisfies AnswersOf<typeof invokerAdmission>;

/** What a machine is called in traces. */
export const instanceOf = (apiInvokerId: string, service: string): string => `${apiInvokerId}/${service}`;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #machine: Participant<typeof invokerAdmission, Numbered>;
  readonly #lifetime: ReturnType<typeof lifetimeTimer>;
  #kept: Kept = { credential: 0 };
  /** How often the core has been asked: only the latest answer counts. */
  #fetches = 0;
  /** Authentication initiations that wait for the answer of the core; and those that are held for the one after. */
  #initiations: Initiation[] = [];
  #held: Initiation[] = [];
  #turn: Turn | undefined;
  /** Questions whose answer is still to come, whether it counts or not. */
  #asking = 0;
  #closed = false;

  constructor(options: AdmissionOptions) {
    const {
      apiInvokerId,
      service,
      amendments,
      record,
      clock,
      credentialLifetimeMs,
      resting,
      forget,
      settled,
      onError,
    } = options;
    this.#options = options;
    this.#lifetime = lifetimeTimer(clock, credentialLifetimeMs, () => {
      this.#machine.tell({ type: 'credential.expired' });
      settled();
    });
    const instance = instanceOf(apiInvokerId, service);
    const performers: Performers<Numbered> = {
      ...noPerformers,
      send: ({ message }, { answer }) => {
        if (message.type === 'SecurityInformationRequest') {
          return owned(this.#ask(), onError, () => this.#machine.tell({ type: 'exchange.failed' }));
        }
        if (message.type.startsWith('AuthenticationInitiation')) return this.#answerInitiations(message);
        answer?.(message);
      },
      keepCredential: ({ credential }, { exchange }) => this.#keep(credential, exchange),
      forgetCredential: () => {
        this.#kept = { credential: 0 };
        this.#lifetime.stop();
      },
      holdInitiation: () => {
        const latest = this.#initiations.pop();
        if (latest) this.#held.push(latest);
      },
      forgetInvoker: forget,
    };
    this.#machine = resting
      ? resumed(instance, performers, record, resting)
      : participant<typeof invokerAdmission, Numbered>(instance, performers, record, invokerAdmission, { amendments });
  }

  /** Resolves once the core has answered the AEF, or cannot be reached. */
  initiate(facts: TransportFacts, isOwn: boolean): Promise<Message> {
    return new Promise((answer) => {
      this.#initiations.push({ isOwn, answer });
      if (isOwn) this.#turn?.hurry();
      this.#machine.tell({ type: 'AuthenticationInitiationRequest' }, { facts });
    });
  }

  revoke = (facts: TransportFacts): Message => this.#machine.ask({ type: 'RevokeAuthorizationRequest' }, { facts });

  invoke = (event: ServiceApiInvocation): Message => this.#machine.ask(event);

  /** Only its machine needs to be remembered: no key, no right, no question, nobody who waits. */
  get isIdle(): boolean {
    return this.#kept.credential === 0 && this.#asking === 0 && this.#initiations.length === 0;
  }

  rest = (): Resting => this.#machine.rest();
  standing = (): Standing => this.#machine.standing();

  get kept(): Kept {
    return this.#kept;
  }

  /** Answers to earlier questions no longer count. */
  restart(): void {
    this.#fetches += 1;
    this.#initiations = [];
    this.#held = [];
    this.#machine.tell({ type: 'role.restarted' });
  }

  close(): void {
    this.#closed = true;
    this.#lifetime.stop();
  }

  async #ask(): Promise<void> {
    this.#asking += 1;
    try {
      await this.#fetch();
    } finally {
      this.#asking -= 1;
      this.#options.settled();
    }
  }

  async #fetch(): Promise<void> {
    const { apiInvokerId, fetchSecurityInformation, learntFrom, turns } = this.#options;
    this.#fetches += 1;
    const mine = this.#fetches;
    const turn = turns.take(!this.#initiations.some(({ isOwn }) => isOwn));
    this.#turn = turn;
    await turn.comes;
    if (this.#closed || mine !== this.#fetches) return turn.end();
    const { outcome, facts } = await fetchSecurityInformation(apiInvokerId);
    turn.end();
    // An answer to a question before the latest may be about an earlier negotiation.
    if (this.#closed || mine !== this.#fetches) return;
    if (outcome.outcome !== 'answered') return this.#machine.tell({ type: 'exchange.failed' }, { facts });
    if (outcome.status === 404) return this.#machine.tell({ type: 'SecurityInformationNotFound' }, { facts });
    const read = learntFrom(outcome);
    if (read.outcome !== 'read') return this.#machine.tell({ type: 'exchange.failed' }, { facts });
    const learnt = { ...read.value, credential: read.value.credential ?? this.#numberOf(read.value) };
    const { credential, selected } = learnt;
    const event = { credential, ...(selected && { selected }), hasAefPsk: learnt.aefPsk !== undefined };
    this.#machine.tell({ type: 'SecurityInformationResponse', ...event }, { exchange: learnt, facts });
  }

  /** A foreign core numbers no negotiations: what is other than before is of another one. */
  #numberOf({ selected, aefPsk }: Learnt): number {
    const { credential, ...kept } = this.#kept;
    const isSame = selected === kept.selected && (!aefPsk || kept.psk?.key.equals(aefPsk));
    return credential > 0 && isSame ? credential : credential + 1;
  }

  #keep(credential: number, learnt: Numbered | undefined): void {
    if (!learnt) throw new Error('there is no security information to keep');
    const { apiNames, selected, aefPsk } = learnt;
    this.#kept = { credential, selected, apiNames, psk: aefPsk ? { key: aefPsk, credential } : this.#kept.psk };
    this.#lifetime.start();
  }

  #answerInitiations(message: Message): void {
    const waiting = this.#initiations;
    this.#initiations = this.#held;
    this.#held = [];
    for (const { answer } of waiting) answer(message);
  }
}
