/**
 * The services that one service API has had, each of them the API at one interface of one AEF, with a `publishedService`
 * machine. A service is one for its life: it keeps its number and its machine when its interface moves, when it is
 * withdrawn, and when it comes back.
 */
import type { MethodsPublished } from '../../../machines/effects.ts';
import { publishedService } from '../../../machines/published-service.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Amendment } from '../../../machines/vocabulary.ts';
import { serviceApiInterface } from '../../credentials/aef-psk.ts';
import {
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  type Resting,
  restingAt,
  resumed,
} from '../../participant.ts';
import type { AefInterface } from '../../wire/service-api-description.ts';
import type { NamedRevision, Revisions } from '../../wire/services/publication-headers.ts';

type Address = Pick<AefInterface, 'host' | 'port'>;
/** What a publication says of one service: its machine decides whether that counts. */
type Offer = { apiName: string; at: AefInterface; name: string | undefined; isTaken: boolean };
type Machine = Participant<typeof publishedService, Offer>;
/** As its publisher numbers and names it. */
type Numbered = { name?: string | undefined; revision?: number | undefined };

export type Service = {
  readonly apiId: string;
  apiName: string;
  /** What its publisher calls it, if it does. */
  name?: string | undefined;
  /** Among the services of the AEF, from 1. */
  readonly number: number;
  /** As its machine took it last: without methods while it is not published. */
  at: AefInterface;
};

type PublishedServicesOptions = {
  apiId: string;
  amendments: readonly Amendment[];
  record: Recorder;
  /** The next number among the services of the AEF. */
  nextNumber(aefId: string): number;
  /** Every security context about this AEF must hear of a publication before anything else happens. */
  tellContexts(service: Service, event: MethodsPublished): void;
  /** As they were kept, if they go on from there. */
  kept?: KeptServices | undefined;
};
/** `published`: of all that have been published, in their order, those that are. */
export type KeptServices = {
  all: { service: Service; standing: Standing }[];
  published: number[];
  revision: number;
};

type Publication = {
  type: 'ServiceApiPublishRequest' | 'ServiceApiUpdateRequest';
  apiName: string;
  interfaces: readonly AefInterface[];
  /** Without any it comes from another implementation of an APF, and counts as the newest. */
  revisions: Revisions | undefined;
  facts: TransportFacts;
};

export class PublishedServices {
  readonly #options: PublishedServicesOptions;
  readonly #machines = new Map<Service, Machine>();
  #published: Service[] = [];
  /** Of the publication that was taken last; of numbers by name, the highest ever. */
  revision = 0;

  constructor(options: PublishedServicesOptions) {
    this.#options = options;
    const { kept } = options;
    if (!kept) return;
    for (const { service, standing } of kept.all)
      this.#machines.set(service, this.#machine(service, restingAt(publishedService, standing)));
    this.#published = kept.published.map((n) => kept.all[n]!.service);
    this.revision = kept.revision;
  }

  toKeep(): KeptServices {
    const all = [...this.#machines].map(([service, machine]) => ({ service, standing: machine.standing() }));
    const published = this.#published.map((one) => all.findIndex(({ service }) => service === one));
    return { all, published, revision: this.revision };
  }

  /** Those that have ever been published; first those that are, in the order in which they were. */
  get all(): Service[] {
    return [...new Set([...this.#published, ...this.#machines.keys()])];
  }

  /**
   * Asks every machine, those of services that are left out with no methods. What a machine holds to be outdated is so as
   * a whole, and makes no new service.
   */
  publish({ type, apiName, interfaces, revisions, facts }: Publication): { revisions: Revisions; isTaken: boolean } {
    const numbers = revisions ?? this.revision + 1;
    const named = typeof numbers === 'number' ? [] : numbers;
    const ask = (service: Service, at: AefInterface, { name = service.name, revision = 0 }: Numbered): boolean => {
      const offer = { apiName, at, name, isTaken: false };
      const first = this.#machines.has(service) ? type : 'ServiceApiPublishRequest';
      this.#machineOf(service).ask({ type: first, methods: at.methods, revision }, { exchange: offer, facts });
      return offer.isTaken;
    };
    const numberAt = (n: number): Numbered =>
      typeof numbers === 'number' ? { revision: numbers } : { name: named[n]?.service, revision: named[n]?.revision };
    const known = this.#known(interfaces, named);
    const taken = [
      ...[...known].map(([at, service]) => ask(service, at, numberAt(interfaces.indexOf(at)))),
      ...this.#leftOut(known, numbers).map(([service, revision]) => ask(service, without(service), { revision })),
    ];
    if (!taken.every(Boolean)) return { revisions: numbers, isTaken: false };
    this.revision =
      typeof numbers === 'number' ? numbers : Math.max(...named.map(({ revision }) => revision), this.revision);
    this.#published = interfaces.map((at, n) => {
      const service = known.get(at) ?? this.#made(apiName, at);
      if (!known.has(at)) ask(service, at, numberAt(n));
      return service;
    });
    return { revisions: numbers, isTaken: true };
  }

  /**
   * A publisher that numbers its services says so of each that it takes out. It does not know one that it does not name,
   * which its machine hears as the number 0; unless that has been taken out long since.
   */
  #leftOut(known: ReadonlyMap<AefInterface, Service>, numbers: Revisions): [Service, number][] {
    const left = [...this.#machines.keys()].filter((service) => ![...known.values()].includes(service));
    if (typeof numbers === 'number') return left.map((service) => [service, numbers]);
    const numberOf = ({ name }: Service) => numbers.find(({ service }) => service === name)?.revision;
    return left
      .filter((service) => isPublished(service) || numberOf(service) !== undefined)
      .map((service) => [service, numberOf(service) ?? 0]);
  }

  /**
   * Which service an interface belongs to: that of its name; where it has none, that of the same address, or else one of the
   * AEF that has no other.
   */
  #known(interfaces: readonly AefInterface[], named: readonly NamedRevision[]): Map<AefInterface, Service> {
    const free = new Set(this.all);
    const known = new Map<AefInterface, Service>();
    const take = (at: AefInterface, isMeant: (service: Service) => boolean) => {
      const service = [...free].find((one) => one.at.aefId === at.aefId && isMeant(one));
      if (!service || known.has(at)) return;
      free.delete(service);
      known.set(at, service);
    };
    const mayBe = (service: Service) => named.length === 0 || service.name === undefined;
    interfaces.forEach((at, n) => {
      if (named[n]) take(at, ({ name }) => name === named[n]!.service);
    });
    for (const at of interfaces) take(at, (one) => mayBe(one) && isSameAddress(one.at, at));
    for (const at of interfaces) take(at, mayBe);
    return known;
  }

  #made(apiName: string, at: AefInterface): Service {
    const { apiId, nextNumber } = this.#options;
    return { apiId, apiName, number: nextNumber(at.aefId), at: { ...at, methods: [] } };
  }

  #machineOf(service: Service): Machine {
    const machine = this.#machines.get(service) ?? this.#machine(service);
    this.#machines.set(service, machine);
    return machine;
  }

  #machine(service: Service, resting?: Resting): Machine {
    const { amendments, record, tellContexts } = this.#options;
    const { number, at } = service;
    const instance = number === 1 ? at.aefId : `${at.aefId}/${number}`;
    const performers: Performers<Offer> = {
      ...noPerformers,
      send: ({ message }, { answer }) => answer?.(message),
      tell: ({ event }, { exchange }) => {
        if (exchange) {
          exchange.isTaken = true;
          const { apiName, at, name } = exchange;
          Object.assign(service, { apiName, at, name });
        }
        tellContexts(service, event as MethodsPublished);
      },
    };
    return resting
      ? resumed(instance, performers, record, resting)
      : participant<typeof publishedService, Offer>(instance, performers, record, publishedService, {
          amendments,
          service: number,
        });
  }
}

const without = ({ at }: Service): AefInterface => ({ ...at, methods: [] });

/** A service that was taken out of its publication has no methods. */
export const isPublished = ({ at }: Service): boolean => at.methods.length > 0;

/** Whatever the form in which a host is written. */
export const isSameAddress = (one: Address, other: Address): boolean =>
  serviceApiInterface(one) === serviceApiInterface(other);
