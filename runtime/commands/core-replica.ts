/**
 * `capif core --database`: one of several replicas of a core, which share a PostgreSQL database. One at a time is active
 * and steps the machines; the others stand by, and pass on to it whoever connects to them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../clock.ts';
import { openStoreKey } from '../credentials/key-folder.ts';
import { controlSocket } from '../operating/control-socket.ts';
import type { Observers, Running } from '../operating/role-process.ts';
import { openPostgresStore, type PostgresStore } from '../replicas/postgres-store.ts';
import { standbyListener } from '../replicas/standby-listener.ts';
import { addressText, type HostAndPort, readAddress } from './arguments.ts';
import { type CoreSettings, startCore } from './running-core.ts';
import { openSharedFolder } from './shared-folder.ts';

export type ReplicaSettings = CoreSettings & {
  database: URL;
  storeKeyFile?: string;
  /** Where the other replicas reach this one. */
  replicaAddress?: HostAndPort;
  databaseLease: number;
};

/** How long it waits before it begins anew, where something has gone wrong. */
const pauseMs = 1_000;
/** How long requests under way may take to be refused when it is not active any more. */
const refusalsMs = 500;

/** Resolves once it stands by or is active; rejects with what is wrong before that. */
export async function startReplica(settings: ReplicaSettings, observers: Observers): Promise<Running> {
  const key = await openStoreKey(settings.folder, settings.storeKeyFile);
  const end = new AbortController();
  let life: Promise<void> | undefined;
  const ready = await new Promise<readonly string[]>((onReady, reject) => {
    life = live(new Replica({ settings, observers, key, signal: end.signal, onReady }), reject);
  });
  return {
    ready,
    async stop() {
      end.abort(new Error('the replica is stopped'));
      await life;
    },
  };
}

/** One turn after the other. What goes wrong before it was ready ends it. */
async function live(replica: Replica, reject: (error: unknown) => void): Promise<void> {
  const { signal, observers } = replica.options;
  while (!signal.aborted) {
    try {
      await replica.takeTurn();
    } catch (error) {
      if (signal.aborted) return;
      if (!replica.isReady) return reject(error);
      observers.onError(error);
      await pause(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}

type ReplicaOptions = {
  settings: ReplicaSettings;
  observers: Observers;
  /** Of the store. */
  key: Buffer;
  /** Ends it. */
  signal: AbortSignal;
  onReady(lines: readonly string[]): void;
};

class Replica {
  readonly options: ReplicaOptions;
  isReady = false;
  /** Whoever knows its port finds this replica there in each of its turns. */
  #bind: HostAndPort;

  constructor(options: ReplicaOptions) {
    this.options = options;
    this.#bind = options.settings.bind;
  }

  /** Stands by, is active, and stands by again: resolves when it is not active any more. */
  async takeTurn(): Promise<void> {
    const store = await this.#standBy();
    try {
      await this.#beActive(store);
    } finally {
      await store.resign();
    }
  }

  async #standBy(): Promise<PostgresStore> {
    const { settings, observers, key, signal } = this.options;
    const listener = await standbyListener(this.#bind);
    this.#bind = { host: this.#bind.host, port: listener.port };
    const own = addressText(settings.replicaAddress ?? this.#bind);
    let activeAt = '';
    const commands = await controlSocket(settings.folder, async () => {
      throw new Error(activeAt ? `this replica stands by: ask the one at ${activeAt}` : 'no replica is active now');
    });
    const onStandby = (address: string): void => {
      // Where this replica itself was active last, nobody is active yet.
      if (address === activeAt || address === own) return;
      activeAt = address;
      listener.passTo(readAddress(address));
      this.#say([`This replica stands by on ${addressText(this.#bind)} for the one at ${address}.`]);
    };
    const { database, databaseLease: leaseMs } = settings;
    const { onError } = observers;
    try {
      return await openPostgresStore({ url: database.href, address: own, leaseMs, signal, onError, onStandby }, key);
    } finally {
      commands.close();
      await listener.close();
    }
  }

  async #beActive(store: PostgresStore): Promise<void> {
    const { settings, observers, key, signal } = this.options;
    const files = await openSharedFolder(settings.folder, key.toString('base64'), store, systemClock.now());
    const core = await startCore({ ...settings, bind: this.#bind }, { ...files, store }, observers);
    this.#say(core.ready);
    const stopped = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const lostBecause = await Promise.race([store.lost, stopped]);
    if (lostBecause === undefined) return core.stop(settings.stopWithin);
    observers.log.say('warn', `this replica is not active any more: ${lostBecause}`);
    await core.stop(refusalsMs);
  }

  #say(lines: readonly string[]): void {
    if (this.isReady) this.options.observers.log.say('info', lines[0]!);
    else this.options.onReady(lines);
    this.isReady = true;
  }
}
