/** The associations of one invoker: one for each service that it has invoked, made when it is first invoked. */
import type { OwnCertificate } from '../credentials/core-contact.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { Association, type AssociationOptions } from './association.ts';
import { InvocationError } from './invocation.ts';
import { rootsOf, type Service, serviceFor, servicesOf } from './services.ts';

type Enrolled = { apiInvokerId: string; certificate: OwnCertificate };
type Common = Omit<AssociationOptions, 'apiInvokerId' | 'instance' | 'coreSide' | 'aefSide'>;
type AssociationsOptions = Common &
  Pick<AssociationOptions['coreSide'], 'core' | 'notificationDestination' | 'timeoutMs'> & {
    tlsToCore: TlsVersions;
    tlsToAef: TlsVersions;
    enrolled(): Promise<Enrolled>;
    discover(query: { aefId: string }): Promise<ServiceApi[]>;
  };

export class Associations {
  readonly #options: AssociationsOptions;
  /** Of each AEF, what was discovered last. */
  readonly #services = new Map<string, Promise<Service[]>>();
  readonly #made = new Map<string, Association>();
  #closed: InvocationError | undefined;

  constructor(options: AssociationsOptions) {
    this.#options = options;
  }

  /** The one with the service of this AEF that the path is of. Rejects with InvocationError, or TypeError for a wrong path. */
  async to(aefId: string, path: string): Promise<Association> {
    const { apiInvokerId, certificate } = await this.#options.enrolled();
    const known = await this.#servicesOf(aefId);
    const service = serviceFor(path, known) ?? serviceFor(path, await this.#servicesOf(aefId, known));
    if (!service) {
      const roots = rootsOf(await this.#servicesOf(aefId));
      throw new TypeError(`the path is of no service API that the AEF "${aefId}" exposes: these begin with ${roots}`);
    }
    const instance = [apiInvokerId, ...nameOf(service, await this.#servicesOf(aefId))].join('/');
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

  offboard(because: InvocationError): void {
    for (const association of this.#made.values()) association.offboard(because);
  }

  close(because: InvocationError): void {
    this.#closed = because;
    for (const association of this.#made.values()) association.close(because);
  }

  /** Discovered once; again if a path was of none of the services that were `known`. */
  #servicesOf(aefId: string, known?: readonly Service[]): Promise<Service[]> {
    const before = this.#services.get(aefId);
    if (before && !known) return before;
    const made = this.#discover(aefId);
    this.#services.set(aefId, made);
    made.catch(() => (before ? this.#services.set(aefId, before) : this.#services.delete(aefId)));
    return made;
  }

  async #discover(aefId: string): Promise<Service[]> {
    const services = servicesOf(aefId, await this.#options.discover({ aefId }));
    if (services.length > 0) return services;
    const cause = new Error('CCF to GET allServiceAPIs: nothing of this AEF that this invoker can use');
    throw new InvocationError('refused', `the core has not published any AEF "${aefId}"`, { cause });
  }

  #make(service: Service, instance: string, enrolled: Enrolled): Association {
    const { core, tlsToCore, tlsToAef, timeoutMs, notificationDestination, ...others } = this.#options;
    const common = { service, certificate: enrolled.certificate, timeoutMs };
    const association = new Association({
      ...others,
      instance,
      apiInvokerId: enrolled.apiInvokerId,
      coreSide: { ...common, core, notificationDestination, tls: tlsToCore },
      aefSide: { ...common, ca: core.ca, tls: tlsToAef },
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
