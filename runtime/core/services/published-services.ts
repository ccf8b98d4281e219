/**
 * The services that one service API has had, each of them the API at one interface of one AEF, with a `publishedService`
 * machine. A service is one for its life: it keeps its number and its machine when its interface moves, when it is
 * withdrawn, and when it comes back.
 */
import type { MethodsPublished } from '../../../machines/effects.ts';
import { publishedService } from '../../../machines/published-service.ts';
import type { Standing } from '../../../machines/step.ts';
import type { TransportFacts } from '../../../machines/trace.ts';
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

type Address = Pick<AefInterface, 'host' | 'port'>;
/** What a publication says of one service: its machine decides whether that counts. */
type Offer = { apiName: string; at: AefInterface; isTaken: boolean };
type Machine = Participant<typeof publishedService, Offer>;

export type Service = {
  readonly apiId: string;
  apiName: string;
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
  /** Without one it comes from another implementation of an APF, and counts as the newest. */
  revision: number | undefined;
  facts: TransportFacts;
};

export class PublishedServices {
  readonly #options: PublishedServicesOptions;
  readonly #machines = new Map<Service, Machine>();
  #published: Service[] = [];
  /** Of the publication that was taken last. */
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
  publish({ type, apiName, interfaces, revision: given, facts }: Publication): { revision: number; isTaken: boolean } {
    const revision = given ?? this.revision + 1;
    const known = this.#known(interfaces);
    const ask = (service: Service, at: AefInterface): boolean => {
      const offer = { apiName, at, isTaken: false };
      this.#machineOf(service).ask({ type, methods: at.methods, revision }, { exchange: offer, facts });
      return offer.isTaken;
    };
    const left = [...this.#machines.keys()].filter((service) => ![...known.values()].includes(service));
    const taken = [
      ...[...known].map(([at, service]) => ask(service, at)),
      ...left.map((service) => ask(service, { ...service.at, methods: [] })),
    ];
    if (!taken.every(Boolean)) return { revision, isTaken: false };
    this.revision = revision;
    this.#published = interfaces.map((at) => {
      const service = known.get(at) ?? this.#made(apiName, at);
      if (!known.has(at)) ask(service, at);
      return service;
    });
    return { revision, isTaken: true };
  }

  /** Which service an interface belongs to: that of the same address, or else one of the AEF that has no other. */
  #known(interfaces: readonly AefInterface[]): Map<AefInterface, Service> {
    const free = new Set(this.all);
    const known = new Map<AefInterface, Service>();
    const take = (at: AefInterface, isMeant: (service: Service) => boolean) => {
      const service = [...free].find((one) => one.at.aefId === at.aefId && isMeant(one));
      if (!service) return;
      free.delete(service);
      known.set(at, service);
    };
    for (const at of interfaces) take(at, (one) => isSameAddress(one.at, at));
    for (const at of interfaces) if (!known.has(at)) take(at, () => true);
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
          Object.assign(service, { apiName: exchange.apiName, at: exchange.at });
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

/** A service that was taken out of its publication has no methods. */
export const isPublished = ({ at }: Service): boolean => at.methods.length > 0;

/** Whatever the form in which a host is written. */
export const isSameAddress = (one: Address, other: Address): boolean =>
  serviceApiInterface(one) === serviceApiInterface(other);
