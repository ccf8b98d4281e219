/** The associations of one invoker: one for each service that it has invoked, made when it is first invoked. */
import type { OwnCertificate } from '../credentials/core-contact.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { Association, type AssociationOptions } from './association.ts';
import type { DiscoveryQuery } from './discovery.ts';
import type { InvocationError } from './fetch/invocation-error.ts';
import type { InvokerObserver } from './fetch/invoker-events.ts';
import type { Target } from './fetch/wanted-invocation.ts';
import { noService, type Service, serviceFor, servicesIn } from './services.ts';

type Enrolled = { apiInvokerId: string; certificate: OwnCertificate };
type Common = Omit<AssociationOptions, 'apiInvokerId' | 'instance' | 'coreSide' | 'aefSide' | 'observe'>;
type AssociationsOptions = Common &
  Pick<AssociationOptions['coreSide'], 'core' | 'notificationDestination' | 'timeoutMs'> & {
    tlsToCore: TlsVersions;
    tlsToAef: TlsVersions;
    connectionsMax: number;
    observer: InvokerObserver;
    enrolled(): Promise<Enrolled>;
    discover(query: DiscoveryQuery): Promise<ServiceApi[]>;
  };

export class Associations {
  readonly #options: AssociationsOptions;
  /** What was discovered last: of an AEF that was named, and of all. */
  readonly #services = new Map<string | undefined, Promise<Service[]>>();
  readonly #made = new Map<string, Association>();
  #closed: InvocationError | undefined;
  #hasEnded = false;

  constructor(options: AssociationsOptions) {
    this.#options = options;
  }

  /** The one with the service that a target is of. Rejects with InvocationError, or TypeError for a wrong path. */
  async to(target: Target): Promise<Association> {
    const { apiInvokerId, certificate } = await this.#options.enrolled();
    const before = this.#services.get(target.aefId);
    let all = await (before ?? this.#discover(target.aefId));
    let service = serviceFor(target, all);
    if (!service && before) {
      all = await this.#discover(target.aefId, before);
      service = serviceFor(target, all);
    }
    if (!service) throw noService(target, all);
    const { aefId } = service;
    const name = nameOf(
      service,
      all.filter((one) => one.aefId === aefId),
    );
    const instance = [apiInvokerId, ...name].join('/');
    const found = this.#made.get(keyOf(service)) ?? this.#make(service, instance, { apiInvokerId, certificate });
    this.#made.set(keyOf(service), found);
    return found;
  }

  /** The first one with this AEF, or with this API of it. */
  find(aefId: string, apiName?: string): Association | undefined {
    return [...this.#made.values()].find(
      ({ service }) => service.aefId === aefId && (apiName === undefined || service.apiName === apiName),
    );
  }

  /**
   * Those of these service APIs, or all; a service whose id is not known may be one of them. A notification may come after the
   * end of the invoker, and is then about nothing.
   */
  serviceApiUpdated(apiIds?: readonly string[]): void {
    if (this.#hasEnded) return;
    for (const association of this.#made.values()) {
      const { apiId } = association.service;
      if (!apiIds || apiId === undefined || apiIds.includes(apiId)) association.serviceApiUpdated();
    }
  }

  offboard(because: InvocationError): void {
    this.#hasEnded = true;
    for (const association of this.#made.values()) association.offboard(because);
  }

  close(because: InvocationError): void {
    this.#closed = because;
    this.#hasEnded = true;
    for (const association of this.#made.values()) association.close(because);
  }

  /** If that fails, what was discovered `before` stays. */
  #discover(aefId: string | undefined, before?: Promise<Service[]>): Promise<Service[]> {
    const made = this.#options.discover(aefId === undefined ? {} : { aefId }).then(servicesIn);
    this.#services.set(aefId, made);
    made.catch(() => (before ? this.#services.set(aefId, before) : this.#services.delete(aefId)));
    return made;
  }

  #make(service: Service, instance: string, enrolled: Enrolled): Association {
    const { core, observer, tlsToCore, tlsToAef, timeoutMs, connectionsMax, notificationDestination, ...others } =
      this.#options;
    const common = { service, certificate: enrolled.certificate, timeoutMs };
    const association = new Association({
      ...others,
      instance,
      observe: observer.of(service),
      apiInvokerId: enrolled.apiInvokerId,
      coreSide: { ...common, core, notificationDestination, tls: tlsToCore },
      aefSide: { ...common, ca: core.ca, tls: tlsToAef, connectionsMax },
    });
    if (this.#closed) association.close(this.#closed);
    return association;
  }
}

const keyOf = ({ aefId, apiName, host, port }: Service): string => JSON.stringify([aefId, apiName, host, port]);

/** In traces: by its AEF as long as this is the only service there, then by its API, then by its interface. */
function nameOf({ aefId, apiName, host, port }: Service, all: readonly Service[]): string[] {
  if (all.length === 1) return [aefId];
  const isOnlyInterface = all.filter((one) => one.apiName === apiName).length === 1;
  return isOnlyInterface ? [aefId, apiName] : [aefId, apiName, `${host}:${port}`];
}
