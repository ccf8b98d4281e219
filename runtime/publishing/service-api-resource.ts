/**
 * A service API as a resource of the core (TS 29.222 5.3.2): one for all its services, each of which has a publishing
 * function of its own. What several ask for in one turn goes out as one request, with the latest methods of all.
 */
import { randomUUID } from 'node:crypto';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Clock } from '../clock.ts';
import type { CoreAddress, OwnCertificate } from '../credentials/core-contact.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import { owned } from '../owned.ts';
import { type ExchangeOutcome, requestOnce } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { redirecting } from '../transport/redirections.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { HttpRequest, ReceivedAnswer } from '../wire/http-message.ts';
import { type AefInterface, perProfile } from '../wire/service-api-description.ts';
import {
  readServiceApiPublishResponse,
  readServiceApiUpdateResponse,
  writeServiceApiPublishRequest,
  writeServiceApiUpdateRequest,
  writeServiceApiWithdrawal,
} from '../wire/services/publish-api.ts';

/** The network between publisher and core: it delivers a publication, late, or not at all. For tests and demonstrations. */
export type PublicationNetwork = (revision: number, send: () => Promise<ExchangeOutcome>) => Promise<ExchangeOutcome>;

/** What a service wants to be published; without methods, it is taken out. */
export type Said = { methods: readonly SecurityMethod[]; revision: number };

/** A service of the API. */
export type Member = {
  /** What it is called in publications, among the services of the API. */
  readonly id: string;
  readonly at: Omit<AefInterface, 'methods'>;
  /** What has become of a publication that carried this revision: failed only for who has asked for it. */
  told(revision: number, outcome: 'acknowledged' | 'failed', facts?: TransportFacts): void;
};

type ServiceApiResourceOptions = {
  core: CoreAddress;
  apfId: string;
  certificate: OwnCertificate;
  apiName: string;
  network?: PublicationNetwork | undefined;
  tls: TlsVersions;
  timeoutMs: number;
  clock: Clock;
  onError(error: unknown): void;
  /** Resolves when what is kept is durable: no publication leaves before that. */
  committed(): Promise<void>;
  keep(resource: KeptResource): void;
  kept?: KeptResource | undefined;
};
/** What the core calls it; and by what it knows it before, if an earlier version has not published it. */
export type KeptResource = { serviceApiId?: string | undefined; key?: string | undefined };

type Carried = { member: Member; said: Said };

export class ServiceApiResource {
  readonly #options: ServiceApiResourceOptions;
  /** The latest of each service that has asked for a publication, or had before a restart. */
  readonly #said = new Map<Member, Said>();
  readonly #end = new AbortController();
  #kept: KeptResource;
  /** Those that have asked in this turn. */
  #asking = new Set<Member>();
  /** While there is no resource, one POST is under way at most: a core that knows no keys would make two. */
  #posting: Promise<unknown> | undefined;

  constructor(options: ServiceApiResourceOptions) {
    this.#options = options;
    this.#kept = options.kept ?? { key: randomUUID() };
    options.keep(this.#kept);
  }

  /** What the core calls the service API, once it has acknowledged its first publication. */
  get apiId(): string | undefined {
    return this.#kept.serviceApiId;
  }

  /** A service that has asked for this before a restart. */
  join(member: Member, said: Said): void {
    this.#said.set(member, said);
  }

  /** For a service that has something new to say, or says it again. Each of its revisions is in a request of its own. */
  publish(member: Member, said: Said): void {
    if (this.#asking.has(member)) this.#send();
    this.#said.set(member, said);
    this.#asking.add(member);
    if (this.#asking.size === 1) queueMicrotask(() => this.#send());
  }

  close(): void {
    this.#end.abort();
  }

  #send(): void {
    const asking = this.#asking;
    if (asking.size === 0) return;
    this.#asking = new Set();
    const carried = [...this.#said].map(([member, said]) => ({ member, said }));
    const failed = () => this.#tell(carried, asking, 'failed');
    owned(this.#inTurn(carried, asking), this.#options.onError, failed);
  }

  async #inTurn(carried: readonly Carried[], asking: ReadonlySet<Member>): Promise<void> {
    // A revision is sent once it is durable: after a restart, another one may not have its number.
    await this.#options.committed();
    while (this.#kept.serviceApiId === undefined && this.#posting) await this.#posting;
    if (this.#end.signal.aborted) return;
    const exchange = this.#exchange(carried, asking);
    if (this.#kept.serviceApiId === undefined) {
      this.#posting = exchange
        .catch(() => {})
        .then(() => {
          this.#posting = undefined;
        });
    }
    await exchange;
  }

  async #exchange(carried: readonly Carried[], asking: ReadonlySet<Member>): Promise<void> {
    const { apfId, network = (_, send) => send() } = this.#options;
    const { request, isAcknowledgedBy } = this.#written(carried);
    const { revision } = carried.find(({ member }) => asking.has(member))!.said;
    const outcome = await network(revision, () => this.#request(request));
    const line = `${request.method} service-apis`;
    const facts = factsOf(outcome, { referencePoint: 'CAPIF-4', from: apfId, to: 'CCF', request: line });
    const isAcknowledged = outcome.outcome === 'answered' && isAcknowledgedBy(outcome);
    this.#tell(carried, asking, isAcknowledged ? 'acknowledged' : 'failed', facts);
  }

  #tell(
    carried: readonly Carried[],
    asking: ReadonlySet<Member>,
    outcome: 'acknowledged' | 'failed',
    facts?: TransportFacts,
  ): void {
    if (this.#end.signal.aborted) return;
    for (const { member, said } of carried)
      if (outcome === 'acknowledged' || asking.has(member)) member.told(said.revision, outcome, facts);
  }

  /** All services as they are: those without methods are taken out, and with the last of them the resource is withdrawn. */
  #written(carried: readonly Carried[]): { request: HttpRequest; isAcknowledgedBy(answer: ReceivedAnswer): boolean } {
    const { apfId, apiName } = this.#options;
    const { serviceApiId, key } = this.#kept;
    const isPublished = ({ said }: Carried) => said.methods.length > 0;
    const described = perProfile(
      carried.filter(isPublished).map((one) => ({ ...one.member.at, methods: one.said.methods, one })),
    ).flat();
    const revisions = [...described.map(({ one }) => one), ...carried.filter((one) => !isPublished(one))].map(
      ({ member, said: { revision } }) => ({ service: member.id, revision }),
    );
    const serviceApi = { apiName, aefs: described };
    if (serviceApiId === undefined) {
      const request = writeServiceApiPublishRequest({ apfId, serviceApi, revisions, key });
      return { request, isAcknowledgedBy: (answer) => this.#isPublished(answer) };
    }
    if (described.length > 0) {
      const request = writeServiceApiUpdateRequest({ apfId, serviceApiId, serviceApi, revisions });
      return { request, isAcknowledgedBy: (answer) => readServiceApiUpdateResponse(answer).outcome === 'read' };
    }
    const request = writeServiceApiWithdrawal({ apfId, serviceApiId, revisions });
    return { request, isAcknowledgedBy: (answer) => this.#isWithdrawn(answer) };
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
    if (read.outcome === 'read') this.#keep({ ...this.#kept, serviceApiId: read.value.serviceApiId });
    return read.outcome === 'read';
  }

  /** Another publication makes another resource. */
  #isWithdrawn({ status }: ReceivedAnswer): boolean {
    const isGone = status === 204 || status === 404;
    if (isGone) this.#keep({ key: randomUUID() });
    return isGone;
  }

  #keep(kept: KeptResource): void {
    this.#kept = kept;
    this.#options.keep(kept);
  }
}
