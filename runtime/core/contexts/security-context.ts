/** One security context of the core: a `capifCoreFunction` machine, the AEFPSK of its negotiation, and its revocation. */
import type { TLSSocket } from 'node:tls';
import { capifCoreFunction } from '../../../machines/capif-core-function.ts';
import type { MethodsPublished } from '../../../machines/effects.ts';
import type { Message, SecurityMethodResponse } from '../../../machines/messages.ts';
import type { TransportFacts } from '../../../machines/trace.ts';
import type { Amendment, Named } from '../../../machines/vocabulary.ts';
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import { deriveAefPsk, serviceApiInterface } from '../../credentials/aef-psk.ts';
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
import type { Subject, SupportedMethods } from '../../wire/security-api.ts';
import { isPublished, type Service } from '../services/published-services.ts';

/** The exchange of a request is the CAPIF-1e connection that it came over. */
type Machine = Participant<typeof capifCoreFunction, TLSSocket>;
type RequestType = 'SecurityMethodRequest' | 'SecurityMethodUpdateRequest';

/** What the AEF is told to forget: `apiIds` are all that the context is about. */
export type Revocation = { apiInvokerId: string; aefId: string; apiIds: readonly string[] };

export type SecurityContextOptions = {
  apiInvokerId: string;
  aefId: string;
  subject: Subject;
  amendments: readonly Amendment[];
  record: Recorder;
  clock: Clock;
  pause: Pause;
  onError(error: unknown): void;
  /** Where its machine rests, if it goes on from there. */
  resting?: Resting | undefined;
  /** Called after every step: it may be idle. */
  settled(context: SecurityContext): void;
  /** All that the subject names, published now or before, in the order of a discovery. */
  named(): readonly Service[];
  /** Those of them whose authorization has not been revoked. */
  covered(): readonly Service[];
  /** Carries a RevokeAuthorizationRequest to the AEF; undefined unless it is acknowledged. */
  revokeAt(revocation: Revocation): Promise<TransportFacts | undefined>;
  /** Whether this AEF is registered no more, so that nobody is left to tell. */
  isGone(aefId: string): boolean;
};

/** What may be told of a revocation. */
export const answersToRevocation = {
  RevokeAuthorizationRequest: ['RevokeAuthorizationResponse', 'exchange.failed', 'exposingFunction.gone'],
} as const satisfies AnswersOf<typeof capifCoreFunction>;

export class SecurityContext {
  readonly apiInvokerId: string;
  readonly aefId: string;
  readonly subject: Subject;
  readonly #options: SecurityContextOptions;
  readonly #machine: Machine;
  readonly #timer: ReturnType<typeof pauseTimer>;
  /** The number of the service that the subject names, if it names more than an AEF; 0 otherwise. */
  readonly #service: number;
  /** The services that the machine has been told of. */
  readonly #told: Set<number>;
  #preferred: readonly string[] = [];
  #selection: SecurityMethodResponse | undefined;
  #aefPsk: Buffer | undefined;
  /** Its credential has ended, and no other will come. */
  #hasEnded: boolean;
  #isPausing = false;
  #revocations = 0;
  #closed = false;

  constructor(options: SecurityContextOptions) {
    const { apiInvokerId, aefId, subject, amendments, record, clock, pause, onError, resting } = options;
    this.#options = options;
    this.#hasEnded = resting !== undefined;
    this.apiInvokerId = apiInvokerId;
    this.aefId = aefId;
    this.subject = subject;
    const services = this.#offered;
    this.#service = this.#namesAefAlone ? 0 : (services[0]?.number ?? 0);
    this.#told = new Set(services.map(({ number }) => number));
    const offers = services.filter(isPublished).map(({ number, at }) => ({ service: number, methods: at.methods }));
    this.#timer = pauseTimer(clock, pause, () => this.#machine.tell({ type: 'timer.expired', timer: 'pause' }));
    const instance = [apiInvokerId, aefId, ...(subject.apiId ? [subject.apiId] : [])].join('/');
    const performers: Performers<TLSSocket> = {
      ...noPerformers,
      send: ({ message }, { answer }) => {
        if (message.type === 'RevokeAuthorizationRequest') {
          return owned(this.#revoke(), onError, () => this.#machine.tell({ type: 'exchange.failed' }));
        }
        if (message.type === 'SecurityMethodResponse') this.#selection = message;
        answer?.(message);
      },
      deriveAefPsk: (_, { exchange }) => this.#derive(exchange),
      forgetCredential: () => {
        this.#aefPsk = undefined;
        this.#selection = undefined;
        this.#hasEnded = true;
      },
      startTimer: ({ attempt }) => {
        this.#isPausing = true;
        this.#timer.start(attempt);
      },
      stopTimer: () => {
        this.#isPausing = false;
        this.#timer.stop();
      },
    };
    this.#machine = resting
      ? resumed(instance, performers, record, resting)
      : participant(instance, performers, record, capifCoreFunction, {
          amendments,
          service: this.#service,
          offers: offers.sort((a, b) => a.service - b.service),
        });
  }

  /** Throws AefPskUnavailable if the selected method needs a key, and none can be derived from the connection. */
  negotiate(
    type: RequestType,
    { supported, preferred }: SupportedMethods,
    about: Parameters<Machine['ask']>[1],
  ): Message {
    const message = this.ask({ type, supported, names: this.#names }, about);
    if (message.type === 'SecurityMethodResponse') this.#preferred = preferred ?? supported;
    return message;
  }

  ask: Machine['ask'] = (request, about) => {
    const message = this.#machine.ask(request, about);
    this.#options.settled(this);
    return message;
  };

  tell: Machine['tell'] = (event, about) => {
    this.#machine.tell(event, about);
    this.#options.settled(this);
  };

  /** Its credential has ended, and nothing is under way: it can be laid to rest. */
  get isIdle(): boolean {
    return this.#hasEnded && this.#revocations === 0 && !this.#isPausing;
  }

  rest: Machine['rest'] = () => this.#machine.rest();

  /** A service that the context does not cover any more is withdrawn for it. */
  hear(service: Service, event: MethodsPublished): void {
    const isMeant = this.#offered.includes(service);
    if (!isMeant && !this.#told.has(service.number)) return;
    this.#told.add(service.number);
    this.tell(isMeant ? event : { ...event, methods: [] });
  }

  /** The method that the invoker was last given, and the number of that negotiation. */
  get selection(): SecurityMethodResponse | undefined {
    return this.#selection;
  }

  /** What the invoker preferred when it was given this method, as it wrote it. */
  get preferred(): readonly string[] {
    return this.#preferred;
  }

  /** The key of the latest negotiation that selected TLS-PSK. */
  get aefPsk(): Buffer | undefined {
    return this.#aefPsk;
  }

  /** Whether all that it is about has been revoked. */
  get isLeftWithNothing(): boolean {
    const { named, covered } = this.#options;
    return named().length > 0 && covered().length === 0;
  }

  /** The ids of all service APIs that the context is about. */
  get apiIds(): string[] {
    return [...new Set(this.#options.named().map(({ apiId }) => apiId))];
  }

  /** What it gives rights to: a name that several APIs have is left out if one of these is revoked. */
  get apiNames(): string[] {
    const covered = this.#options.covered();
    const revoked = this.#options.named().filter((one) => !covered.includes(one));
    const names = new Set(covered.filter(isPublished).map(({ apiName }) => apiName));
    for (const { apiName } of revoked) names.delete(apiName);
    return [...names];
  }

  close(): void {
    this.#closed = true;
    this.#timer.stop();
  }

  /** What its machine knows as offered. Once nothing is left it is revoked, and does not select from any. */
  get #offered(): readonly Service[] {
    const { named, covered } = this.#options;
    return this.isLeftWithNothing ? named() : covered();
  }

  get #namesAefAlone(): boolean {
    return this.subject.apiId === undefined && this.subject.interfaceDetails === undefined;
  }

  /** To the machine, a request is about all services that it was told of, unless it is about the one of its number. */
  get #names(): Named {
    const services = this.#options.covered().filter(isPublished);
    const isOne = !this.#namesAefAlone && services.every(({ number }) => number === this.#service);
    return isOne ? 'serviceApi' : 'exposingFunction';
  }

  /** P0 of several interfaces is the one that a discovery lists first (A.1 has one P0, and one key). */
  #derive(socket: TLSSocket | undefined): void {
    this.#aefPsk = undefined;
    const first = this.#options.covered().find(isPublished);
    if (socket && first) this.#aefPsk = deriveAefPsk(socket, serviceApiInterface(first.at)).key;
  }

  async #revoke(): Promise<void> {
    const { apiInvokerId, aefId, apiIds } = this;
    const isGone = this.#options.isGone(aefId);
    this.#revocations += 1;
    const sent = isGone ? Promise.resolve(undefined) : this.#options.revokeAt({ apiInvokerId, aefId, apiIds });
    const facts = await sent.finally(() => {
      this.#revocations -= 1;
    });
    if (this.#closed) return;
    if (isGone) this.tell({ type: 'exposingFunction.gone' });
    else if (facts) this.tell({ type: 'RevokeAuthorizationResponse' }, { facts });
    else this.tell({ type: 'exchange.failed' });
  }
}
