/** What the core keeps of each invoker beside its security contexts: what has been revoked, and where it is notified. */
import type { Collection, Store } from '../../store/store.ts';
import type { Service } from '../services/published-services.ts';

type KeptRights = { revoked: string[]; destination: string | undefined };
/** `apiIds`: some service APIs at this AEF; without it, all that it exposes, now and later. */
type Withdrawn = { apiInvokerId: string; aefId: string; apiIds?: readonly string[] | undefined };

export class InvokerRights {
  /** Of each invoker: ids of AEFs, and of service APIs at an AEF as `aefId apiId`. */
  readonly #revoked = new Map<string, Set<string>>();
  /** Where each invoker wants to be notified, as it said last. */
  readonly destinations = new Map<string, string>();
  readonly #kept: Collection<KeptRights>;

  constructor(store: Store) {
    this.#kept = store.collection<KeptRights>('rights');
    for (const [apiInvokerId, { revoked, destination }] of this.#kept.kept) {
      if (revoked.length > 0) this.#revoked.set(apiInvokerId, new Set(revoked));
      if (destination !== undefined) this.destinations.set(apiInvokerId, destination);
    }
  }

  notifyAt(apiInvokerId: string, destination: string): void {
    if (this.destinations.get(apiInvokerId) === destination) return;
    this.destinations.set(apiInvokerId, destination);
    this.#keep(apiInvokerId);
  }

  revoke({ apiInvokerId, aefId, apiIds }: Withdrawn): void {
    const revoked = this.#revoked.get(apiInvokerId) ?? new Set();
    this.#revoked.set(apiInvokerId, revoked);
    for (const key of apiIds?.map((apiId) => `${aefId} ${apiId}`) ?? [aefId]) revoked.add(key);
    this.#keep(apiInvokerId);
  }

  isRevoked(apiInvokerId: string, { at: { aefId }, apiId }: Service): boolean {
    const revoked = this.#revoked.get(apiInvokerId);
    return revoked !== undefined && (revoked.has(aefId) || revoked.has(`${aefId} ${apiId}`));
  }

  /** The invoker is offboarded. */
  forget(apiInvokerId: string): void {
    this.destinations.delete(apiInvokerId);
    this.#revoked.delete(apiInvokerId);
    this.#keep(apiInvokerId);
  }

  #keep(apiInvokerId: string): void {
    this.#kept.put(apiInvokerId, () => {
      const revoked = [...(this.#revoked.get(apiInvokerId) ?? [])];
      const destination = this.destinations.get(apiInvokerId);
      return revoked.length > 0 || destination !== undefined ? { revoked, destination } : undefined;
    });
  }
}
