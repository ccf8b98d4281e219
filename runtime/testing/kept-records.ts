/** For tests: a store in memory, whose records can be looked at. Another role that gets it goes on with them. */
import { noStore, type Store } from '../store/store.ts';

export function recordedStore() {
  const collections = new Map<string, Map<string, () => unknown>>();
  const store: Store = {
    ...noStore,
    collection<T>(name: string) {
      const records = collections.get(name) ?? new Map<string, () => unknown>();
      collections.set(name, records);
      const kept = new Map<string, T>();
      for (const [id, value] of records) if (value() !== undefined) kept.set(id, structuredClone(value()) as T);
      return { kept, put: (id: string, value: () => T | undefined) => records.set(id, value) };
    },
  };
  /** Those that have not been removed. */
  const records = (name: string): unknown[] =>
    [...(collections.get(name)?.values() ?? [])].map((value) => value()).filter((value) => value !== undefined);
  const everything = (): Record<string, unknown[]> =>
    Object.fromEntries([...collections.keys()].map((name) => [name, structuredClone(records(name))]));
  return { store, records, everything };
}
