/** What the exposing function keeps of its services, each by its id, and of their resources; and what an earlier version had kept of its only one. */

import type { KeptPublication } from '../publishing/publishing-function.ts';
import type { KeptResource } from '../publishing/service-api-resource.ts';
import type { Collection, Store } from '../store/store.ts';
import type { KeptMethods } from './security-methods.ts';

export type Address = { host: string; port: number };
/** `published`: where the AEF has announced that it is reached. An earlier version kept one service, by the name of its API. */
type KeptService = {
  methods: KeptMethods;
  publication: KeptPublication & Pick<KeptResource, 'serviceApiId'>;
  published: Address;
  apiName?: string | undefined;
  /** The label of its AEF. */
  aef?: string | undefined;
  /** How its machines are named in traces, for good; if by their AEF alone, undefined. */
  instance?: string | undefined;
};
/** Whatever version has kept it. */
export type KnownService = KeptService & { apiName: string; aef: string };

/** A service without methods has been taken out, and the core knows. */
export const isGone = ({ methods }: KeptService): boolean => methods.methods.length === 0 && methods.isSettled;

export class KeptServices {
  readonly #store: Store;
  readonly #services: Collection<KeptService>;
  readonly #resources: Collection<KeptResource>;
  readonly #ports: Collection<number>;

  constructor(store: Store) {
    this.#store = store;
    this.#services = store.collection<KeptService>('service-apis');
    this.#resources = store.collection<KeptResource>('resources');
    this.#ports = store.collection<number>('port');
  }

  get all(): ReadonlyMap<string, KnownService> {
    return new Map(
      [...this.#services.kept].map(([id, { apiName = id, aef = '', ...kept }]) => [id, { ...kept, apiName, aef }]),
    );
  }

  put(id: string, value: () => KeptService): void {
    this.#services.put(id, value);
  }

  resourceOf(apiName: string): KeptResource | undefined {
    const former = this.#isFormer(apiName) ? this.#services.kept.get(apiName) : undefined;
    return this.#resources.kept.get(apiName) ?? (former && { serviceApiId: former.publication.serviceApiId });
  }

  putResource(apiName: string, resource: KeptResource): void {
    this.#resources.put(apiName, () => resource);
  }

  /** Where it listened. */
  portOf(id: string): number | undefined {
    return this.#ports.kept.get(id) ?? (this.#isFormer(id) ? this.#ports.kept.get('port') : undefined);
  }

  putPort(id: string, port: number): void {
    this.#ports.put(id, () => port);
  }

  /** A store of this service alone. What an earlier version has put into the one of all is moved there. */
  storeOf(id: string): Store {
    const whole = this.#store;
    const isFormer = this.#isFormer(id);
    return {
      collection<T>(part: string): Collection<T> {
        const { kept, put } = whole.collection<T>(`${part} of ${id}`);
        if (!isFormer) return { kept, put };
        const former = whole.collection<T>(part);
        for (const [id, value] of former.kept) {
          if (!kept.has(id)) put(id, () => value);
          former.put(id, () => undefined);
        }
        return { kept: new Map([...former.kept, ...kept]), put };
      },
      committed: () => whole.committed(),
      seal: (secret) => whole.seal(secret),
      unseal: (sealed) => whole.unseal(sealed),
      close: () => {},
    };
  }

  #isFormer = (id: string): boolean => {
    const kept = this.#services.kept.get(id);
    return kept !== undefined && kept.apiName === undefined;
  };
}
