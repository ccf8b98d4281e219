/** One security context of the core: a `capifCoreFunction` machine, and what its latest negotiation has given the invoker. */
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { capifCoreFunction } from '../../../machines/capif-core-function.ts';
import type { Message } from '../../../machines/messages.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import type { Amendment } from '../../../machines/vocabulary.ts';
import { deriveAefPsk, serviceApiInterface } from '../../credentials/aef-psk.ts';
import {
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  resumed,
} from '../../participant.ts';
import type { Subject, SupportedMethods } from '../../wire/security-api.ts';
import { isPublished, type Service } from '../services/published-services.ts';
import type { Coverage } from './coverage.ts';
import {
  type About,
  type Former,
  type KeptContext,
  type Negotiated,
  nothingLeft,
  nothingNegotiated,
} from './kept-context.ts';
import type { Happening, News } from './news.ts';
import { RepeatedRevocation, type RepeatedRevocationOptions } from './repeated-revocation.ts';

/** The exchange of a request is the CAPIF-1e connection that it came over. */
type Machine = Participant<typeof capifCoreFunction, TLSSocket>;
type RequestType = 'SecurityMethodRequest' | 'SecurityMethodUpdateRequest';

export type SecurityContextOptions = About &
  RepeatedRevocationOptions & {
    amendments: readonly Amendment[];
    record: Recorder;
    news: Pick<News, 'latest' | 'since'>;
    /** The number of the negotiations that this connection has brought, among all. */
    nth(connection: TLSSocket): number;
    /** What it goes on from. */
    former?: Former | undefined;
    /** Called after every step: it may be idle. `hasMoved` unless its machine stands where it stood. */
    settled(context: SecurityContext, hasMoved: boolean): void;
    coverage: Coverage;
  };

export class SecurityContext {
  readonly apiInvokerId: string;
  readonly aefId: string;
  readonly subject: Subject;
  readonly coverage: Coverage;
  /** What the latest negotiation has given the invoker. */
  negotiated: Negotiated;
  readonly #options: SecurityContextOptions;
  readonly #machine: Machine;
  readonly #revocation: RepeatedRevocation;
  /** The number of the service that its machine takes for the one that it is about. */
  readonly #service: number;
  #told: readonly number[];
  /** The number of the news of the AEF that it has heard last. */
  #heard: number;
  #hasEnded: boolean;

  constructor(options: SecurityContextOptions) {
    const { apiInvokerId, aefId, subject, record, former, coverage } = options;
    this.#options = options;
    this.apiInvokerId = apiInvokerId;
    this.aefId = aefId;
    this.subject = subject;
    this.coverage = coverage;
    this.#service = former?.service ?? coverage.service;
    this.#told = former?.told ?? coverage.offered.map(({ number }) => number);
    this.#heard = former?.heard ?? options.news.latest;
    this.negotiated = former?.negotiated ?? nothingNegotiated();
    this.#hasEnded = former?.hasEnded ?? false;
    this.#revocation = new RepeatedRevocation(options, (event, about) => this.tell(event, about));
    const { apiId, interfaceDetails: at } = subject;
    const instance = [apiInvokerId, aefId, ...(apiId ? [apiId] : []), ...(at ? [`${at.host}:${at.port}`] : [])].join(
      '/',
    );
    this.#machine = former
      ? resumed(instance, this.#performers(), record, former.resting)
      : participant(instance, this.#performers(), record, capifCoreFunction, this.#input());
  }

  #performers(): Performers<TLSSocket> {
    return {
      ...noPerformers,
      send: ({ message }, { answer }) => {
        if (message.type === 'RevokeAuthorizationRequest') {
          const { apiInvokerId, aefId, coverage } = this;
          return this.#revocation.send({ apiInvokerId, aefId, apiIds: coverage.apiIds });
        }
        // The event of the publication carries it, to whoever has subscribed (SERVICE_API_UPDATE, TS 29.222 5.4.2.4).
        if (message.type === 'ServiceApiUpdateNotification') return;
        if (message.type === 'SecurityMethodResponse') this.negotiated.selection = message;
        answer?.(message);
      },
      deriveAefPsk: (_, { exchange }) => this.#derive(exchange),
      forgetCredential: () => {
        this.negotiated = nothingLeft;
        this.#hasEnded = true;
      },
      startTimer: ({ attempt }) => this.#revocation.pauseBefore(attempt),
      stopTimer: () => this.#revocation.endPause(),
    };
  }

  #input() {
    const { amendments, coverage } = this.#options;
    const published = coverage.offered.filter(isPublished);
    const offers = published.map(({ number, at }) => ({ service: number, methods: at.methods }));
    return { amendments, service: this.#service, offers: offers.sort((a, b) => a.service - b.service) };
  }

  /** After a restart. */
  resume(kept: KeptContext): void {
    this.#revocation.resume(kept);
  }

  toKeep(): KeptContext {
    const { apiInvokerId, aefId, subject } = this;
    const { preferred, selection, nth, aefPsk } = this.negotiated;
    return {
      ...{ apiInvokerId, aefId, subject, preferred, selection, nth },
      aefPsk: aefPsk && this.#options.store.seal(aefPsk),
      standing: this.#machine.standing(),
      service: this.#service,
      hasEnded: this.#hasEnded,
      ...this.#revocation.toKeep(),
    };
  }

  /** Throws AefPskUnavailable if the selected method needs a key, and none can be derived from the connection. */
  negotiate(
    type: RequestType,
    { supported, preferred }: SupportedMethods,
    about: Parameters<Machine['ask']>[1],
  ): Message {
    const message = this.ask({ type, supported, names: this.coverage.named(this.#service) }, about);
    if (message.type !== 'SecurityMethodResponse') return message;
    this.negotiated.over = about?.exchange && new WeakRef(about.exchange);
    this.negotiated.preferred = preferred ?? supported;
    if (about?.exchange) this.negotiated.nth = this.#options.nth(about.exchange);
    return message;
  }

  ask: Machine['ask'] = (request, about) => {
    this.catchUp();
    const before = this.#machine.standing();
    try {
      return this.#machine.ask(request, about);
    } finally {
      this.#settle(before);
    }
  };

  tell: Machine['tell'] = (event, about) => {
    this.catchUp();
    this.#step(event, about);
  };

  #step: Machine['tell'] = (event, about) => {
    const before = this.#machine.standing();
    this.#machine.tell(event, about);
    this.#settle(before);
  };

  #settle(before: Standing): void {
    const { value, context } = this.#machine.standing();
    this.#options.settled(this, context !== before.context || !isDeepStrictEqual(value, before.value));
  }

  /** Whether this connection brought its latest negotiation. */
  wasNegotiatedOver = (connection: TLSSocket): boolean => this.negotiated.over?.deref() === connection;

  get heard(): number {
    return this.#heard;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The AEF has not acknowledged that it is taken back. */
  get isRevoking(): boolean {
    return this.#revocation.isUnderWay;
  }

  /** Of one that is not revoking, of which all is kept until it is needed again. */
  rest(): About & Former {
    return {
      apiInvokerId: this.apiInvokerId,
      aefId: this.aefId,
      subject: this.subject,
      resting: this.#machine.rest(),
      negotiated: this.negotiated,
      service: this.#service,
      told: this.#told,
      heard: this.#heard,
      hasEnded: this.#hasEnded,
    };
  }

  /** Hears what has happened to the AEF, before anything else happens to it. */
  catchUp(): void {
    const { news } = this.#options;
    if (this.#heard === news.latest) return;
    for (const one of news.since(this.aefId, this.#heard)) {
      this.#heard = one.number;
      this.#hear(one);
    }
  }

  /** The service has been revoked for it. */
  withdraw(service: Service): void {
    this.catchUp();
    this.#hear({ event: { type: 'securityMethods.published', service: service.number, methods: [] }, service });
  }

  /** A service that the context does not cover any more is withdrawn for it. */
  #hear({ event, service }: Happening): void {
    if (!service) return this.#step(event);
    const isMeant = this.coverage.isOffered(service);
    if (!isMeant && !this.#told.includes(service.number)) return;
    const { methods } = isMeant ? event : { methods: [] };
    const others = this.#told.filter((number) => number !== service.number);
    this.#told = methods.length > 0 ? others.concat(service.number) : others;
    this.#step({ ...event, methods });
  }

  close(): void {
    this.#revocation.close();
  }

  /** P0 of several interfaces is the one that a discovery lists first (A.1 has one P0, and one key). */
  #derive(socket: TLSSocket | undefined): void {
    this.negotiated.aefPsk = undefined;
    const [first] = this.coverage.published;
    if (socket && first) this.negotiated.aefPsk = deriveAefPsk(socket, serviceApiInterface(first.at)).key;
  }
}
