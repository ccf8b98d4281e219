/** The API publishing function: the `apiPublishingFunction` machine, bound to CAPIF-4 (TS 29.222 5.3.2). */
import { apiPublishingFunction } from '../../machines/api-publishing-function.ts';
import type {
  SecurityMethodsChanged,
  SecurityMethodsPublished,
  ServiceApiPublishRequest,
  ServiceApiUpdateRequest,
} from '../../machines/messages.ts';
import type { Standing } from '../../machines/steps/step.ts';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import type { CoreAddress, OwnCertificate } from '../credentials/core-contact.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import { owned } from '../owned.ts';
import {
  type AnswersOf,
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  restingAt,
  resumed,
} from '../participant.ts';
import { type ExchangeOutcome, requestOnce } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { redirecting } from '../transport/redirections.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { HttpRequest, ReceivedAnswer } from '../wire/http-message.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import {
  readServiceApiPublishResponse,
  readServiceApiUpdateResponse,
  writeServiceApiPublishRequest,
  writeServiceApiUpdateRequest,
} from '../wire/services/publish-api.ts';

/** The network between publisher and core: it delivers a publication, late, or not at all. For tests and demonstrations. */
export type PublicationNetwork = (revision: number, send: () => Promise<ExchangeOutcome>) => Promise<ExchangeOutcome>;

type PublishingFunctionOptions = {
  core: CoreAddress;
  apfId: string;
  aefId: string;
  certificate: OwnCertificate;
  /** The service API as it is published, except for its methods. */
  serviceApi: ServiceApi;
  amendments: readonly Amendment[];
  tellExposingFunction(event: SecurityMethodsPublished): void;
  network?: PublicationNetwork | undefined;
  tls: TlsVersions;
  timeoutMs: number;
  record: Recorder;
  clock: Clock;
  pause: Pause;
  onError(error: unknown): void;
  /** Its machine steps: what is kept of it may change. */
  keep(): void;
  /** Resolves when what is kept is durable: no publication leaves before that. */
  committed(): Promise<void>;
  kept?: KeptPublication | undefined;
};
/** `underWay`: the revisions that have been sent and not been answered. `pausesBefore`: the attempt that it pauses before. */
export type KeptPublication = {
  standing: Standing;
  serviceApiId?: string | undefined;
  underWay: number[];
  pausesBefore?: number | undefined;
};

type Event = Parameters<Participant<typeof apiPublishingFunction, never>['tell']>[0];
type Publication = ServiceApiPublishRequest | ServiceApiUpdateRequest;

/** What may be told of each publication. */
export const answersToPublication = {
  ServiceApiPublishRequest: ['ServiceApiUpdateResponse', 'publication.failed'],
  ServiceApiUpdateRequest: ['ServiceApiUpdateResponse', 'publication.failed'],
} as const satisfies AnswersOf<typeof apiPublishingFunction>;

export class PublishingFunction {
  readonly #options: PublishingFunctionOptions;
  readonly #machine: Participant<typeof apiPublishingFunction, never>;
  readonly #timer: ReturnType<typeof pauseTimer>;
  readonly #end = new AbortController();
  /** The resource that the core has made of the first publication. */
  #serviceApiId: string | undefined;
  #underWay: number[];
  #pausesBefore: number | undefined;

  constructor(options: PublishingFunctionOptions) {
    const { aefId, amendments, record, clock, pause, tellExposingFunction, kept } = options;
    this.#options = options;
    this.#serviceApiId = kept?.serviceApiId;
    this.#underWay = [...(kept?.underWay ?? [])];
    this.#timer = pauseTimer(clock, pause, () => this.#tell({ type: 'timer.expired', timer: 'pause' }));
    const performers: Performers<never> = {
      ...noPerformers,
      send: ({ message }) => this.#send(message as Publication),
      tell: ({ event }) => tellExposingFunction(event as SecurityMethodsPublished),
      startTimer: ({ attempt }) => this.#startPause(attempt),
      stopTimer: () => {
        this.#pausesBefore = undefined;
        this.#timer.stop();
      },
    };
    this.#machine = kept
      ? resumed(aefId, performers, record, restingAt(apiPublishingFunction, kept.standing, amendments))
      : participant<typeof apiPublishingFunction>(aefId, performers, record, apiPublishingFunction, { amendments });
  }

  /** Goes on from what was kept: with the restart, all exchanges are broken. Call it once. */
  resume(): void {
    const { pausesBefore, underWay = [] } = this.#options.kept ?? {};
    if (pausesBefore !== undefined) this.#startPause(pausesBefore);
    for (const revision of underWay) this.#told(revision, { type: 'publication.failed', revision });
  }

  toKeep = (): KeptPublication => ({
    standing: this.#machine.standing(),
    serviceApiId: this.#serviceApiId,
    underWay: this.#underWay,
    pausesBefore: this.#pausesBefore,
  });

  /** What the core calls the service API, once it has acknowledged its first publication. */
  get apiId(): string | undefined {
    return this.#serviceApiId;
  }

  tell = (event: SecurityMethodsChanged): void => this.#tell(event);

  close(): void {
    this.#end.abort();
    this.#timer.stop();
  }

  #tell(event: Event, facts?: TransportFacts): void {
    this.#options.keep();
    this.#machine.tell(event, { facts });
  }

  /** What has become of the publication of this revision. */
  #told(revision: number, event: Event, facts?: TransportFacts): void {
    if (this.#end.signal.aborted) return;
    this.#underWay.splice(this.#underWay.indexOf(revision), 1);
    this.#tell(event, facts);
  }

  #startPause(attempt: number): void {
    this.#pausesBefore = attempt;
    this.#timer.start(attempt);
  }

  #send(publication: Publication): void {
    const { revision } = publication;
    this.#underWay.push(revision);
    owned(this.#publish(publication), this.#options.onError, () =>
      this.#told(revision, { type: 'publication.failed', revision }),
    );
  }

  async #publish(publication: Publication): Promise<void> {
    const { apfId, committed, network = (_, send) => send() } = this.#options;
    const { type, revision } = publication;
    const isUpdate = type === 'ServiceApiUpdateRequest';
    // A revision is sent once it is durable: after a restart, another one may not have its number.
    await committed();
    const outcome = await network(revision, () => this.#request(this.#written(publication)));
    const line = isUpdate ? 'PUT service-apis' : 'POST service-apis';
    const facts = factsOf(outcome, { referencePoint: 'CAPIF-4', from: apfId, to: 'CCF', request: line });
    const isAcknowledged =
      outcome.outcome === 'answered' && (isUpdate ? isUpdated(outcome) : this.#isPublished(outcome));
    this.#told(revision, { type: isAcknowledged ? 'ServiceApiUpdateResponse' : 'publication.failed', revision }, facts);
  }

  #written({ type, methods, revision }: Publication): HttpRequest {
    const { apfId, serviceApi } = this.#options;
    const described = { ...serviceApi, aefs: serviceApi.aefs.map((aef) => ({ ...aef, methods })) };
    if (type === 'ServiceApiPublishRequest') {
      return writeServiceApiPublishRequest({ apfId, serviceApi: described, revisions: revision });
    }
    const serviceApiId = this.#serviceApiId;
    if (!serviceApiId) throw new Error('an update needs the resource of an earlier publication');
    return writeServiceApiUpdateRequest({ apfId, serviceApiId, serviceApi: described, revisions: revision });
  }

  #request(request: HttpRequest): Promise<ExchangeOutcome> {
    const { core, certificate, tls, timeoutMs, clock } = this.#options;
    const over = redirecting({
      ...core,
      credential: { by: 'certificate', ...certificate },
      checkServerIdentity: coreIdentityCheck(core),
      tls,
      timeoutMs,
      clock,
    });
    return requestOnce(over, { ...request, signal: this.#end.signal });
  }

  #isPublished(answer: ReceivedAnswer): boolean {
    const read = readServiceApiPublishResponse(answer);
    if (read.outcome === 'read') this.#serviceApiId = read.value.serviceApiId;
    return read.outcome === 'read';
  }
}

const isUpdated = (answer: ReceivedAnswer): boolean => readServiceApiUpdateResponse(answer).outcome === 'read';
