/** A core and an AEF that live long: what they are asked to do, and what they hold meanwhile. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type CoreFunction, createCoreFunction } from '../core/core-function.ts';
import { createExposingFunction } from '../exposing/exposing-function.ts';
import { noStore, type Store } from '../store/store.ts';

export type Held = { heapBytes: number; rssBytes: number; handles: number; records: Record<string, number> };
/** Where they are, and what is asked of them. */
export type Soaked = {
  place: { core: { host: string; port: number; ca: string }; aefId: string };
  commands: {
    changeMethods(methods: SecurityMethod[]): Promise<void>;
    onboardingToken(): Promise<string>;
    held(): Held;
    errors(): string[];
  };
  close(): Promise<void>;
};

/** Long enough to be used, and over long before the end. */
const tokenLifetimeSeconds = 60;

export async function soakedRoles(): Promise<Soaked> {
  const errors: string[] = [];
  const stores = { core: countingStore(), aef: countingStore() };
  const common = { onError: (error: unknown) => errors.push(String(error)), pause: { firstMs: 1, longestMs: 50 } };
  const core: CoreFunction = await createCoreFunction({ ...common, store: stores.core.store });
  const { host, port, ca, registrationSecret } = core;
  const aef = await createExposingFunction({
    ...common,
    ...{ core: { host, port, ca }, registrationSecret, store: stores.aef.store },
    ...{ apiName: 'greetings', methods: ['PKI'], serve: () => ({ status: 200, body: 'hello' }) },
  });
  await aef.settled();
  return {
    place: { core: { host, port, ca }, aefId: aef.aefId },
    commands: {
      changeMethods: (methods) => aef.changeMethods(methods),
      onboardingToken: () => core.onboardingToken('soak', tokenLifetimeSeconds),
      held: () => ({
        ...heldByProcess(),
        records: Object.fromEntries([...stores.core.counts('core'), ...stores.aef.counts('aef')]),
      }),
      errors: () => errors.splice(0),
    },
    async close() {
      await aef.close();
      await core.close();
    },
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Once garbage was collected. */
export function heldByProcess(): Omit<Held, 'records'> {
  for (let n = 0; n < 3; n += 1) collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, rssBytes: rss, handles: process.getActiveResourcesInfo().length };
}

/** Keeps in memory what a store on the disk would. */
function countingStore() {
  const collections = new Map<string, Map<string, string>>();
  const puts: (() => void)[] = [];
  const write = () => {
    for (const put of puts.splice(0)) put();
  };
  const store: Store = {
    ...noStore,
    collection<T>(name: string) {
      const records = new Map<string, string>();
      collections.set(name, records);
      return {
        kept: new Map<string, T>(),
        put(id, value) {
          puts.push(() => {
            const record = value();
            if (record === undefined) records.delete(id);
            else records.set(id, JSON.stringify(record));
          });
        },
      };
    },
    committed: async () => write(),
  };
  function counts(role: string): [string, number][] {
    write();
    return [...collections].map(([name, records]) => [`${role} ${name}`, records.size]);
  }
  return { store, counts };
}
