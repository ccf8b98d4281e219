/**
 * The core's registry (TS 29.222 5.3): the service APIs as they were published, whole, and their services, whose machines
 * say which publications count.
 */
import { isDeepStrictEqual } from 'node:util';
import type { MethodsPublished } from '../../../machines/effects.ts';
import type { TransportFacts } from '../../../machines/trace.ts';
import type { Amendment, SecurityMethod } from '../../../machines/vocabulary.ts';
import type { Recorder } from '../../participant.ts';
import type { Collection, Store } from '../../store/store.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import type { AefInterface, Description, ServiceApi } from '../../wire/service-api-description.ts';
import type { IdSource } from '../parties/ids.ts';
import { isPublished, type KeptServices, PublishedServices, type Service } from './published-services.ts';

/** `description`: as it was published last; `services`: all that it has ever had. Once withdrawn, it is kept for these alone, while they are needed. */
type PublishedResource = {
  apfId: string;
  serviceApiId: string;
  serviceApi: ServiceApi;
  description: Description;
  services: PublishedServices;
  isWithdrawn: boolean;
};
export type Publication = { serviceApi: ServiceApi; description: Description; revision?: number | undefined };
type Acknowledged = { serviceApiId: string; description: Description; revision: number };

type RegistryOptions = {
  amendments: readonly Amendment[];
  ids: IdSource;
  record: Recorder;
  /** Every security context about this AEF must hear of a publication before anything else happens. */
  tellContexts(service: Service, event: MethodsPublished): void;
  /** Whether anything of the core is about a service by its own name: asked of those that are withdrawn. */
  inUse(): (service: Service) => boolean;
  /** `described`: what has been published, updated or withdrawn. */
  onChanged(event: Changed, described: Description): void;
  store: Store;
};
type Changed = 'SERVICE_API_AVAILABLE' | 'SERVICE_API_UPDATE' | 'SERVICE_API_UNAVAILABLE';
type KeptResource = Omit<PublishedResource, 'serviceApiId' | 'services'> & { services: KeptServices };

/** Of CAPIF_Publish_Service_API (TS 29.222 8.2.6): PatchUpdate, and those that ask a core only to keep what was published. */
const features = {
  ApiSupportedFeaturePublishing: 1,
  PatchUpdate: 2,
  ExtendedIntfDesc: 3,
  MultipleCustomOperations: 4,
  VendorExt: 9,
};

export class Registry {
  readonly #options: RegistryOptions;
  readonly #resources = new Map<string, PublishedResource>();
  readonly #numbers = new Map<string, number>();
  readonly #put: Collection<KeptResource>['put'];

  constructor(options: RegistryOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<KeptResource>('service-apis');
    this.#put = put;
    for (const [serviceApiId, { services, ...resource }] of kept) {
      for (const { number, at } of services.all.map(({ service }) => service))
        this.#numbers.set(at.aefId, Math.max(number, this.#numbers.get(at.aefId) ?? 0));
      this.#resources.set(serviceApiId, {
        ...resource,
        serviceApiId,
        services: this.#servicesOf(serviceApiId, services),
      });
    }
  }

  /**
   * A publication that is repeated because its first answer was lost finds the resource that it made. An APF that counts
   * its publications may have gone on meanwhile; what another one publishes anew must be the same: undefined if it is not.
   */
  publish(apfId: string, publication: Publication, facts: TransportFacts): Acknowledged | undefined {
    const { serviceApi, description, revision } = publication;
    const again = this.#published(apfId, serviceApi);
    if (again && revision === undefined && !isDeepStrictEqual(again.description, description)) return undefined;
    const resource = again ?? this.#made(apfId, publication);
    if (again && revision === undefined) return this.#acknowledged(resource, description, resource.services.revision);
    const acknowledged = this.#register(resource, publication, 'ServiceApiPublishRequest', facts);
    if (!again) this.#options.onChanged('SERVICE_API_AVAILABLE', described(resource));
    return acknowledged;
  }

  update = (known: PublishedResource, publication: Publication, facts: TransportFacts): Acknowledged =>
    this.#register(known, publication, 'ServiceApiUpdateRequest', facts);

  /** To the machines of its services, a withdrawal is the newest publication, without methods (TS 29.222 5.3.2.3). */
  withdraw(known: PublishedResource, facts: TransportFacts): void {
    const { apiName } = known.serviceApi;
    known.services.publish({
      type: 'ServiceApiUpdateRequest',
      apiName,
      interfaces: [],
      revision: undefined,
      facts,
    });
    known.isWithdrawn = true;
    this.#keep(known);
    this.#options.onChanged('SERVICE_API_UNAVAILABLE', described(known));
    this.#forgetWithdrawn();
  }

  /**
   * An APF may publish and withdraw for ever: what it has withdrawn goes, once nothing is about it. The latest service of an AEF
   * stays: it says where the AEF is told of revocations, and its number is given to no other.
   */
  #forgetWithdrawn(): void {
    const isInUse = this.#options.inUse();
    const isNeeded = (service: Service) => service.number === this.#numbers.get(service.at.aefId) || isInUse(service);
    for (const { serviceApiId, isWithdrawn, services } of this.#resources.values()) {
      if (!isWithdrawn || services.all.some(isNeeded)) continue;
      this.#resources.delete(serviceApiId);
      this.#put(serviceApiId, () => undefined);
    }
  }

  withdrawAllOf(apfId: string, facts: TransportFacts): void {
    for (const known of this.#current) if (known.apfId === apfId) this.withdraw(known, facts);
  }

  /** An AEF that has ended is taken out of all that was published, which is withdrawn if no AEF is left. */
  takeOut(aefId: string, facts: TransportFacts): void {
    for (const known of this.#current.filter(({ serviceApi }) => idsOf(serviceApi.aefs).has(aefId))) {
      const serviceApi = { ...known.serviceApi, aefs: known.serviceApi.aefs.filter((one) => one.aefId !== aefId) };
      const profiles = known.description.aefProfiles as { aefId: string }[];
      const description = { ...known.description, aefProfiles: profiles.filter((one) => one.aefId !== aefId) };
      if (serviceApi.aefs.length === 0) this.withdraw(known, facts);
      else this.update(known, { serviceApi, description }, facts);
    }
  }

  /** What this APF has published under this id, and not withdrawn. */
  resource(apfId: string, serviceApiId: string): PublishedResource | undefined {
    const known = this.#resources.get(serviceApiId);
    return known?.apfId === apfId && !known.isWithdrawn ? known : undefined;
  }

  /** Those of one APF, or all; each as it is answered and discovered. */
  descriptions(apfId?: string): Description[] {
    return this.#current.filter((one) => apfId === undefined || one.apfId === apfId).map(described);
  }

  /** All that have been published and are not forgotten, in the order in which a discovery lists them. */
  get services(): Service[] {
    return [...this.#resources.values()].flatMap(({ services }) => services.all);
  }

  servicesOf = (aefId: string): Service[] => this.services.filter(({ at }) => at.aefId === aefId);

  /** Where the AEF is reached: where it is published, or else was published last. */
  interfaceOf(aefId: string): AefInterface | undefined {
    const services = this.servicesOf(aefId);
    return (services.find(isPublished) ?? services.at(-1))?.at;
  }

  /** The methods that all services of this AEF have. */
  methodsOf = (aefId: string): readonly SecurityMethod[] => {
    const [first, ...others] = this.servicesOf(aefId).filter(isPublished);
    return (first?.at.methods ?? []).filter((method) => others.every(({ at }) => at.methods.includes(method)));
  };

  #register(
    resource: PublishedResource,
    { serviceApi, description, revision }: Publication,
    type: 'ServiceApiPublishRequest' | 'ServiceApiUpdateRequest',
    facts: TransportFacts,
  ): Acknowledged {
    const { apiName, aefs: interfaces } = serviceApi;
    const published = resource.services.publish({ type, apiName, interfaces, revision, facts });
    const isChanged = published.isTaken && !isDeepStrictEqual(resource.description, description);
    if (published.isTaken) Object.assign(resource, { serviceApi, description });
    this.#keep(resource);
    if (isChanged) this.#options.onChanged('SERVICE_API_UPDATE', described(resource));
    return this.#acknowledged(resource, description, published.revision);
  }

  #acknowledged(resource: PublishedResource, description: Description, revision: number): Acknowledged {
    return { serviceApiId: resource.serviceApiId, description: described({ ...resource, description }), revision };
  }

  #made(apfId: string, { serviceApi, description }: Publication): PublishedResource {
    const serviceApiId = this.#options.ids('service-api');
    const services = this.#servicesOf(serviceApiId);
    const resource = { apfId, serviceApiId, serviceApi, description, services, isWithdrawn: false };
    this.#resources.set(serviceApiId, resource);
    return resource;
  }

  #servicesOf(apiId: string, kept?: KeptServices): PublishedServices {
    const { amendments, record, tellContexts } = this.#options;
    const nextNumber = (aefId: string) => {
      const number = (this.#numbers.get(aefId) ?? 0) + 1;
      this.#numbers.set(aefId, number);
      return number;
    };
    return new PublishedServices({ apiId, amendments, record, tellContexts, nextNumber, kept });
  }

  #keep({ serviceApiId, services, ...resource }: PublishedResource): void {
    this.#put(serviceApiId, () => ({ ...resource, services: services.toKeep() }));
  }

  get #current(): PublishedResource[] {
    return [...this.#resources.values()].filter(({ isWithdrawn }) => !isWithdrawn);
  }

  /** The same service API of the same AEFs. */
  #published = (apfId: string, { apiName, aefs }: ServiceApi): PublishedResource | undefined =>
    this.#current.find(
      ({ serviceApi, ...one }) =>
        one.apfId === apfId && serviceApi.apiName === apiName && isDeepStrictEqual(idsOf(serviceApi.aefs), idsOf(aefs)),
    );
}

const idsOf = (aefs: readonly AefInterface[]) => new Set(aefs.map(({ aefId }) => aefId));

/** What was published, with what the core has to say of it. */
export function described({
  serviceApiId,
  description,
}: Pick<PublishedResource, 'serviceApiId' | 'description'>): Description {
  const supportedFeatures = commonFeatures(description.supportedFeatures, Object.values(features));
  return { ...description, apiId: serviceApiId, supportedFeatures };
}
