/**
 * The core's registry (TS 29.222 5.3): the service APIs as they were published, whole, and their services, whose machines
 * say which publications count.
 */
import { isDeepStrictEqual } from 'node:util';
import type { MethodsPublished } from '../../../machines/effects.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Amendment, SecurityMethod } from '../../../machines/vocabulary.ts';
import { serviceApiInterface } from '../../credentials/aef-psk.ts';
import type { Recorder } from '../../participant.ts';
import type { Collection, Store } from '../../store/store.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import type { AefInterface, Description, ServiceApi } from '../../wire/service-api-description.ts';
import type { Revisions } from '../../wire/services/publication-headers.ts';
import type { IdSource } from '../parties/ids.ts';
import { isPublished, type KeptServices, PublishedServices, type Service } from './published-services.ts';

/** `description`: as it was published last; `services`: all that it has ever had. Once withdrawn, it is kept for these alone, while they are needed. */
type PublishedResource = {
  apfId: string;
  /** What its publisher knows it by before it has an id, if it says so. */
  key?: string | undefined;
  serviceApiId: string;
  serviceApi: ServiceApi;
  description: Description;
  services: PublishedServices;
  isWithdrawn: boolean;
};
export type Publication = { serviceApi: ServiceApi; description: Description; revisions?: Revisions | undefined };
type Acknowledged = { serviceApiId: string; description: Description; revisions: Revisions };

type RegistryOptions = {
  amendments: readonly Amendment[];
  ids: IdSource;
  record: Recorder;
  /** Every security context about this AEF must hear of a publication before anything else happens. */
  tellContexts(service: Service, event: MethodsPublished): void;
  /** Whether anything of the core is about a service by its own name: asked of those that are withdrawn. */
  inUse(): (service: Service) => boolean;
  /** Whether this AEF is registered no more: its id comes back to nobody. */
  isGone(aefId: string): boolean;
  /** `described`: what has been published, updated or withdrawn; `before`: what an update has changed. */
  onChanged(event: Changed, described: Description, before?: Description): void;
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
  publish(apfId: string, publication: Publication & { key?: string | undefined }, facts: TransportFacts) {
    const { serviceApi, description, revisions, key } = publication;
    const again = this.#published(apfId, serviceApi, key);
    if (again && revisions === undefined && !isDeepStrictEqual(again.description, description)) return undefined;
    const resource = again ?? this.#made(apfId, publication, key);
    if (again && revisions === undefined) return this.#acknowledged(resource, description, resource.services.revision);
    const acknowledged = this.#register(resource, publication, 'ServiceApiPublishRequest', facts);
    if (!again) this.#options.onChanged('SERVICE_API_AVAILABLE', described(resource));
    return acknowledged;
  }

  /** Whether a publication would find the resource that it made. */
  isPublished = (apfId: string, { serviceApi, key }: Pick<Publication, 'serviceApi'> & { key?: string | undefined }) =>
    this.#published(apfId, serviceApi, key) !== undefined;

  /** How many resources are kept, of these APFs or in all, with those that are withdrawn and not forgotten. */
  count(apfIds?: readonly string[]): number {
    if (!apfIds) return this.#resources.size;
    return [...this.#resources.values()].filter(({ apfId }) => apfIds.includes(apfId)).length;
  }

  update = (known: PublishedResource, publication: Publication, facts: TransportFacts): Acknowledged =>
    this.#register(known, publication, 'ServiceApiUpdateRequest', facts);

  /** To the machines of its services, a withdrawal is the newest publication, without methods (TS 29.222 5.3.2.3). */
  withdraw(known: PublishedResource, facts: TransportFacts, revisions?: Revisions): void {
    const { apiName } = known.serviceApi;
    known.services.publish({ type: 'ServiceApiUpdateRequest', apiName, interfaces: [], revisions, facts });
    known.isWithdrawn = true;
    this.#keep(known);
    this.#options.onChanged('SERVICE_API_UNAVAILABLE', described(known));
    this.#forgetWithdrawn();
  }

  /**
   * An APF may publish and withdraw for ever: what it has withdrawn goes, once nothing is about it. The latest service of an AEF
   * stays as long as that is registered: it says where the AEF is told of revocations, and its number is given to no other.
   */
  #forgetWithdrawn(): void {
    const isInUse = this.#options.inUse();
    const { isGone } = this.#options;
    const isLatest = ({ number, at }: Service) => number === this.#numbers.get(at.aefId) && !isGone(at.aefId);
    const isNeeded = (service: Service) => isLatest(service) || isInUse(service);
    for (const { serviceApiId, isWithdrawn, services } of this.#resources.values()) {
      if (!isWithdrawn || services.all.some(isNeeded)) continue;
      this.#resources.delete(serviceApiId);
      this.#put(serviceApiId, () => undefined);
      for (const { at } of services.all) if (isGone(at.aefId)) this.#numbers.delete(at.aefId);
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

  /**
   * Where the AEF is reached about these service APIs: at each interface where one of them is published; if none is any
   * more, where another one is, or was published last.
   */
  interfacesOf(aefId: string, apiIds: readonly string[]): AefInterface[] {
    const services = this.servicesOf(aefId);
    const published = services.filter(isPublished);
    const concerned = published.filter(({ apiId }) => apiIds.includes(apiId));
    const another = published[0] ?? services.at(-1);
    const meant = concerned.length > 0 || !another ? concerned : [another];
    return [...new Map(meant.map(({ at }) => [serviceApiInterface(at), at])).values()];
  }

  /** The methods that all services of this AEF have. */
  methodsOf = (aefId: string): readonly SecurityMethod[] => {
    const [first, ...others] = this.servicesOf(aefId).filter(isPublished);
    return (first?.at.methods ?? []).filter((method) => others.every(({ at }) => at.methods.includes(method)));
  };

  #register(
    resource: PublishedResource,
    { serviceApi, description, revisions }: Publication,
    type: 'ServiceApiPublishRequest' | 'ServiceApiUpdateRequest',
    facts: TransportFacts,
  ): Acknowledged {
    const { apiName, aefs: interfaces } = serviceApi;
    const published = resource.services.publish({ type, apiName, interfaces, revisions, facts });
    const isChanged = published.isTaken && !isDeepStrictEqual(resource.description, description);
    const before = resource.description;
    if (published.isTaken) Object.assign(resource, { serviceApi, description });
    this.#keep(resource);
    if (isChanged) this.#options.onChanged('SERVICE_API_UPDATE', described(resource), before);
    return this.#acknowledged(resource, description, published.revisions);
  }

  #acknowledged(resource: PublishedResource, description: Description, revisions: Revisions): Acknowledged {
    return { serviceApiId: resource.serviceApiId, description: described({ ...resource, description }), revisions };
  }

  #made(apfId: string, { serviceApi, description }: Publication, key: string | undefined): PublishedResource {
    const serviceApiId = this.#options.ids('service-api');
    const services = this.#servicesOf(serviceApiId);
    const resource = { apfId, key, serviceApiId, serviceApi, description, services, isWithdrawn: false };
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

  /** By its key; where a publisher gives none, the same service API of the same AEFs. */
  #published(apfId: string, { apiName, aefs }: ServiceApi, key: string | undefined): PublishedResource | undefined {
    const isSame = ({ serviceApi }: PublishedResource) =>
      serviceApi.apiName === apiName && isDeepStrictEqual(idsOf(serviceApi.aefs), idsOf(aefs));
    return this.#current.find((one) => one.apfId === apfId && (key === undefined ? isSame(one) : one.key === key));
  }
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
