/** A store in a PostgreSQL database, for several processes of one role, of which one at a time is active. */
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { recordStore, type Tables } from '../store/record-store.ts';
import type { Store } from '../store/store.ts';
import { type ActiveSession, becomeActive, type Query, type ReplicaOptions } from './active-replica.ts';

export type PostgresStore = Store & {
  /** Resolves with the reason when this process is not the active one any more: nothing is made durable from then on. */
  lost: Promise<string>;
  /** Closes it, so that the next one begins at once. */
  resign(): Promise<void>;
};

/**
 * Resolves when this process is the active one, with what the one before has left.
 *
 * @param key 32 bytes, for `seal`; the same for all processes
 * @throws StoreError if the database has another format, or was written with another key
 * @throws the reason of `signal` when that is aborted
 */
export async function openPostgresStore(options: ReplicaOptions, key: Buffer): Promise<PostgresStore> {
  const session = await becomeActive(options);
  try {
    await makeTable(session.query);
    const tables = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: onlyConnection(session) }) });
    const { check, destroy: close, lost, resign } = session;
    const store = await recordStore('the database', { tables, isInTransaction: () => true, check, close }, key);
    return Object.assign(store, { lost, resign });
  } catch (error) {
    await session.resign();
    throw error;
  }
}

const makeTable = (query: Query) =>
  query(
    `create table if not exists record (
       position bigserial primary key, collection text not null, id text not null, value text not null,
       unique (collection, id))`,
  );

/** Kysely asks a pool for connections: there is but the one that holds the lock. */
const onlyConnection = ({ query, destroy }: ActiveSession) =>
  ({
    connect: async () => ({ query, release() {} }),
    end: async () => destroy(),
  }) as unknown as PostgresPool;
