/** The store of a role that is killed, on a disk that takes its time: what leaves before it is durable is lost with the process. */
import { setTimeout as later } from 'node:timers/promises';
import type { Collection, Store } from '../../../runtime/store/store.ts';

/** A kill comes sooner than that after an answer. */
const commitMs = 100;

/** A commit has what was put before it was asked for, and nothing else. */
export function onSlowDisk(store: Store): Store {
  const waiting: (() => void)[] = [];
  return {
    collection<T>(name: string): Collection<T> {
      const { kept, put } = store.collection<T>(name);
      return { kept, put: (id, value) => waiting.push(() => put(id, value)) };
    },
    async committed() {
      const batch = waiting.splice(0);
      await later(commitMs);
      for (const put of batch) put();
      return store.committed();
    },
    seal: (secret) => store.seal(secret),
    unseal: (sealed) => store.unseal(sealed),
    close: () => store.close(),
  };
}
