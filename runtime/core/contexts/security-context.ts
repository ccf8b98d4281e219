/** One security context of the core: a `capifCoreFunction` machine, the AEFPSK of its negotiation, and its revocation. */
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { capifCoreFunction } from '../../../machines/capif-core-function.ts';
import type { MethodsPublished } from '../../../machines/effects.ts';
import type { Message, SecurityMethodResponse } from '../../../machines/messages.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Amendment } from '../../../machines/vocabulary.ts';
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
  resumed,
} from '../../participant.ts';
import type { Store } from '../../store/store.ts';
import type { Subject, SupportedMethods } from '../../wire/security-api.ts';
import { isPublished, type Service } from '../services/published-services.ts';
import type { Coverage } from './coverage.ts';
import type { About, Former, KeptContext, Negotiated } from './kept-context.ts';

/** The exchange of a request is the CAPIF-1e connection that it came over. */
type Machine = Participant<typeof capifCoreFunction, TLSSocket>;
type RequestType = 'SecurityMethodRequest' | 'SecurityMethodUpdateRequest';

/** What the AEF is told to forget: of an invoker, the service APIs that a context is about. */
export type Revocation = { apiInvokerId: string; aefId: string; apiIds: readonly string[] };

export type SecurityContextOptions = About & {
  amendments: readonly Amendment[];
  record: Recorder;
  clock: Clock;
  pause: Pause;
  onError(error: unknown): void;
  store: Store;
  /** The number of the negotiations that this connection has brought, among all. */
  nth(connection: TLSSocket): number;
  /** What it goes on from. */
  former?: Former | undefined;
  /** Called after every step: it may be idle. `hasMoved` unless its machine stands where it stood. */
  settled(context: SecurityContext, hasMoved: boolean): void;
  coverage: Coverage;
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
  readonly coverage: Coverage;
  readonly #options: SecurityContextOptions;
  readonly #machine: Machine;
  readonly #timer: ReturnType<typeof pauseTimer>;
  /** The number of the service that its machine takes for the one that it is about. */
  readonly #service: number;
  #told: readonly number[];
  readonly #negotiated: Negotiated;
  #hasEnded: boolean;
  #pausesBefore: number | undefined;
  #revocations = 0;
  #closed = false;

  constructor(options: SecurityContextOptions) {
    const { apiInvokerId, aefId, subject, amendments, record, clock, pause, onError, former, coverage } = options;
    this.#options = options;
    this.apiInvokerId = apiInvokerId;
    this.aefId = aefId;
    this.subject = subject;
    this.coverage = coverage;
    const services = coverage.offered;
    this.#service = former?.service ?? coverage.service;
    this.#told = former?.told ?? services.map(({ number }) => number);
    this.#negotiated = former?.negotiated ?? { preferred: [] };
    this.#hasEnded = former?.hasEnded ?? false;
    const offers = services.filter(isPublished).map(({ number, at }) => ({ service: number, methods: at.methods }));
    this.#timer = pauseTimer(clock, pause, () => this.tell({ type: 'timer.expired', timer: 'pause' }));
    const { apiId, interfaceDetails: at } = subject;
    const instance = [apiInvokerId, aefId, ...(apiId ? [apiId] : []), ...(at ? [`${at.host}:${at.port}`] : [])].join(
      '/',
    );
    const performers: Performers<TLSSocket> = {
      ...noPerformers,
      send: ({ message }, { answer }) => {
        if (message.type === 'RevokeAuthorizationRequest') {
          return owned(this.#revoke(), onError, () => this.#closed || this.tell({ type: 'exchange.failed' }));
        }
        // The event of the publication carries it, to whoever has subscribed (SERVICE_API_UPDATE, TS 29.222 5.4.2.4).
        if (message.type === 'ServiceApiUpdateNotification') return;
        if (message.type === 'SecurityMethodResponse') this.#negotiated.selection = message;
        answer?.(message);
      },
      deriveAefPsk: (_, { exchange }) => this.#derive(exchange),
      forgetCredential: () => {
        Object.assign(this.#negotiated, { selection: undefined, aefPsk: undefined, nth: undefined, over: undefined });
        this.#hasEnded = true;
      },
      startTimer: ({ attempt }) => {
        this.#pausesBefore = attempt;
        this.#timer.start(attempt);
      },
      stopTimer: () => {
        this.#pausesBefore = undefined;
        this.#timer.stop();
      },
    };
    this.#machine = former
      ? resumed(instance, performers, record, former.resting)
      : participant(instance, performers, record, capifCoreFunction, {
          amendments,
          service: this.#service,
          offers: offers.sort((a, b) => a.service - b.service),
        });
  }

  /** After a restart: the exchange that was under way is broken, and a pause begins anew. */
  resume({ isRevoking, pausesBefore }: KeptContext): void {
    if (pausesBefore !== undefined) {
      this.#pausesBefore = pausesBefore;
      this.#timer.start(pausesBefore);
    }
    if (isRevoking) this.tell({ type: 'exchange.failed' });
  }

  toKeep(): KeptContext {
    const { apiInvokerId, aefId, subject } = this;
    const { preferred, selection, nth, aefPsk } = this.#negotiated;
    return {
      ...{ apiInvokerId, aefId, subject, preferred, selection, nth },
      aefPsk: aefPsk && this.#options.store.seal(aefPsk),
      standing: this.#machine.standing(),
      service: this.#service,
      hasEnded: this.#hasEnded,
      isRevoking: this.#revocations > 0,
      pausesBefore: this.#pausesBefore,
    };
  }

  /** Throws AefPskUnavailable if the selected method needs a key, and none can be derived from the connection. */
  negotiate(
    type: RequestType,
    { supported, preferred }: SupportedMethods,
    about: Parameters<Machine['ask']>[1],
  ): Message {
    const message = this.ask({ type, supported, names: this.coverage.named(this.#service) }, about);
    this.#negotiated.over = about?.exchange && new WeakRef(about.exchange);
    if (message.type !== 'SecurityMethodResponse') return message;
    this.#negotiated.preferred = preferred ?? supported;
    if (about?.exchange) this.#negotiated.nth = this.#options.nth(about.exchange);
    return message;
  }

  ask: Machine['ask'] = (request, about) => {
    const before = this.#machine.standing();
    try {
      return this.#machine.ask(request, about);
    } finally {
      this.#settle(before);
    }
  };

  tell: Machine['tell'] = (event, about) => {
    const before = this.#machine.standing();
    this.#machine.tell(event, about);
    this.#settle(before);
  };

  #settle(before: Standing): void {
    const { value, context } = this.#machine.standing();
    this.#options.settled(this, context !== before.context || !isDeepStrictEqual(value, before.value));
  }

  /** Whether this connection brought its latest negotiation. */
  wasNegotiatedOver = (connection: TLSSocket): boolean => this.#negotiated.over?.deref() === connection;

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The AEF has not acknowledged that it is taken back. */
  get isRevoking(): boolean {
    return this.#revocations > 0 || this.#pausesBefore !== undefined;
  }

  /** Of one that is not revoking, of which all is kept until it is needed again. */
  rest(): Former {
    const hasEnded = this.#hasEnded;
    const negotiated = hasEnded ? { preferred: [] } : this.#negotiated;
    return { resting: this.#machine.rest(), negotiated, service: this.#service, told: this.#told, hasEnded };
  }

  /** A service that the context does not cover any more is withdrawn for it. */
  hear(service: Service, event: MethodsPublished): void {
    const isMeant = this.coverage.offered.includes(service);
    if (!isMeant && !this.#told.includes(service.number)) return;
    const { methods } = isMeant ? event : { methods: [] };
    const others = this.#told.filter((number) => number !== service.number);
    this.#told = methods.length > 0 ? others.concat(service.number) : others;
    this.tell({ ...event, methods });
  }

  /** The method that the invoker was last given, and the number of that negotiation. */
  get selection(): SecurityMethodResponse | undefined {
    return this.#negotiated.selection;
  }

  /** What the invoker preferred when it was given this method, as it wrote it. */
  get preferred(): readonly string[] {
    return this.#negotiated.preferred;
  }

  get nth(): number {
    return this.#negotiated.nth ?? 0;
  }

  /** The key of the latest negotiation that selected TLS-PSK. */
  get aefPsk(): Buffer | undefined {
    return this.#negotiated.aefPsk;
  }

  close(): void {
    this.#closed = true;
    this.#timer.stop();
  }

  /** P0 of several interfaces is the one that a discovery lists first (A.1 has one P0, and one key). */
  #derive(socket: TLSSocket | undefined): void {
    this.#negotiated.aefPsk = undefined;
    const [first] = this.coverage.published;
    if (socket && first) this.#negotiated.aefPsk = deriveAefPsk(socket, serviceApiInterface(first.at)).key;
  }

  async #revoke(): Promise<void> {
    const { apiInvokerId, aefId } = this;
    const { apiIds } = this.coverage;
    const { store, revokeAt } = this.#options;
    const isGone = this.#options.isGone(aefId);
    const send = async () => {
      // The step that asks for it is kept when it ends, and the request leaves once that is durable.
      await Promise.resolve();
      await store.committed();
      return isGone ? undefined : revokeAt({ apiInvokerId, aefId, apiIds });
    };
    this.#revocations += 1;
    const facts = await send().finally(() => {
      this.#revocations -= 1;
    });
    if (this.#closed) return;
    if (isGone) this.tell({ type: 'exposingFunction.gone' });
    else if (facts) this.tell({ type: 'RevokeAuthorizationResponse' }, { facts });
    else this.tell({ type: 'exchange.failed' });
  }
}
