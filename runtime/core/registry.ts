/**
 * The core's registry (TS 29.222 5.3): the service APIs as they were published, and a `publishedService` machine for
 * each exposing function, which says which publications count.
 */
import type { MethodsPublished } from '../../machines/effects.ts';
import { publishedService } from '../../machines/published-service.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
import { noPerformers, type Participant, participant, type Recorder } from '../participant.ts';
import type { AefInterface, ServiceApi } from '../wire/service-api-description.ts';
import type { IdSource } from './ids.ts';

type PublishedResource = { apfId: string; serviceApiId: string; serviceApi: ServiceApi };
/** One interface of a publication: the machine of its AEF says whether it counts. */
type Offer = { aef: AefInterface; revision: number; isTaken: boolean };
type Machine = Participant<typeof publishedService, Offer>;

type RegistryOptions = {
  amendments: readonly Amendment[];
  ids: IdSource;
  record: Recorder;
  /** Every security context about this AEF must hear of a publication before anything else happens. */
  tellContexts(aefId: string, event: MethodsPublished): void;
};

export class Registry {
  readonly #options: RegistryOptions;
  readonly #resources = new Map<string, PublishedResource>();
  readonly #machines = new Map<string, Machine>();
  /** What the machine of each AEF took last. */
  readonly #taken = new Map<string, Offer>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** A publication that is repeated because its first answer was lost finds the resource that it made. */
  publish(apfId: string, serviceApi: ServiceApi, revision: number | undefined, facts: TransportFacts) {
    const again = this.#published(apfId, serviceApi);
    const serviceApiId = again?.serviceApiId ?? this.#options.ids('service-api');
    const resource = { apfId, serviceApiId, serviceApi: { ...serviceApi, apiId: serviceApiId } };
    if (!again) this.#resources.set(serviceApiId, resource);
    return { ...resource, revision: this.#register(resource, 'ServiceApiPublishRequest', revision, facts) };
  }

  update(known: PublishedResource, serviceApi: ServiceApi, revision: number | undefined, facts: TransportFacts) {
    const resource = { ...known, serviceApi: { ...serviceApi, apiId: known.serviceApiId } };
    return this.#register(resource, 'ServiceApiUpdateRequest', revision, facts);
  }

  resource = (serviceApiId: string): PublishedResource | undefined => this.#resources.get(serviceApiId);

  discover = ({ apiName, aefId }: { apiName?: string | undefined; aefId?: string | undefined }): ServiceApi[] =>
    [...this.#resources.values()]
      .map(({ serviceApi }) => serviceApi)
      .filter((api) => apiName === undefined || api.apiName === apiName)
      .filter((api) => aefId === undefined || api.aefs.some((aef) => aef.aefId === aefId));

  interfaceOf = (aefId: string): AefInterface | undefined => this.#taken.get(aefId)?.aef;

  methodsOf = (aefId: string): readonly SecurityMethod[] => this.interfaceOf(aefId)?.methods ?? [];

  apiNamesOf = (aefId: string): string[] => this.discover({ aefId }).map(({ apiName }) => apiName);

  /** A publication without a revision comes from another implementation of an APF, and counts as the newest. */
  #register(
    resource: PublishedResource,
    type: 'ServiceApiPublishRequest' | 'ServiceApiUpdateRequest',
    given: number | undefined,
    facts: TransportFacts,
  ): number {
    const { aefs } = resource.serviceApi;
    const known = aefs.map(({ aefId }) => this.#taken.get(aefId)?.revision ?? 0);
    const revision = given ?? Math.max(0, ...known) + 1;
    const offers = aefs.map((aef): Offer => ({ aef, revision, isTaken: false }));
    for (const offer of offers) {
      const { aefId, methods } = offer.aef;
      this.#machineOf(aefId).ask({ type, methods, revision }, { exchange: offer, facts });
    }
    // Where a machine keeps something newer, so does the resource.
    if (offers.every(({ isTaken }) => isTaken)) this.#resources.set(resource.serviceApiId, resource);
    return revision;
  }

  #machineOf(aefId: string): Machine {
    const known = this.#machines.get(aefId);
    if (known) return known;
    const { amendments, record, tellContexts } = this.#options;
    const machine = participant<typeof publishedService, Offer>(
      aefId,
      {
        ...noPerformers,
        send: ({ message }, { answer }) => answer?.(message),
        tell: ({ event }, { exchange }) => {
          if (exchange) this.#take(exchange);
          tellContexts(aefId, event as MethodsPublished);
        },
      },
      record,
      publishedService,
      { amendments, service: 1 },
    );
    this.#machines.set(aefId, machine);
    return machine;
  }

  #take(offer: Offer): void {
    offer.isTaken = true;
    this.#taken.set(offer.aef.aefId, offer);
  }

  /** The same service API of the same AEFs. */
  #published = (apfId: string, { apiName, aefs }: ServiceApi): PublishedResource | undefined =>
    [...this.#resources.values()].find(
      ({ serviceApi, ...one }) =>
        one.apfId === apfId &&
        serviceApi.apiName === apiName &&
        String(serviceApi.aefs.map(({ aefId }) => aefId)) === String(aefs.map(({ aefId }) => aefId)),
    );
}
