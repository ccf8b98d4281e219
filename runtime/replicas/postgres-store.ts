/** A store in a PostgreSQL database, for several processes of one role, of which one at a time is active. */
import { type Generated, Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely';
import { type Database, type Row, recordStore } from '../store/record-store.ts';
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
    const store = await recordStore('the database', { ...recordsIn(tables), check, close }, key);
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

type Tables = { record: Row & { position: Generated<number> } };

const recordsIn = (tables: Kysely<Tables>): Pick<Database, 'rowsAfter' | 'write'> => ({
  async rowsAfter(position, limit) {
    const rows = await tables
      .selectFrom('record')
      .selectAll()
      .where('position', '>', position)
      .orderBy('position')
      .limit(limit)
      .execute();
    // A bigint comes as a text.
    return rows.map((row) => ({ ...row, position: Number(row.position) }));
  },
  write: (put, removed) =>
    tables.connection().execute(async (connection) => {
      await sql`begin`.execute(connection);
      try {
        for (const values of inParts(put)) await putAll(connection, values);
        for (const some of inParts(removed)) await removeAll(connection, some);
        await sql`commit`.execute(connection);
      } catch (error) {
        await sql`rollback`.execute(connection);
        throw error;
      }
    }),
});

const putAll = (connection: Kysely<Tables>, values: Row[]) =>
  connection
    .insertInto('record')
    .values(values)
    .onConflict((of) => of.columns(['collection', 'id']).doUpdateSet({ value: (row) => row.ref('excluded.value') }))
    .execute();

const removeAll = (connection: Kysely<Tables>, rows: Omit<Row, 'value'>[]) =>
  connection
    .deleteFrom('record')
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('collection', 'id'),
        'in',
        rows.map(({ collection, id }) => tuple(collection, id)),
      ),
    )
    .execute();

/** It takes 65,535 parameters in a statement. */
const rowsAtOnce = 1000;

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += rowsAtOnce) yield all.slice(from, from + rowsAtOnce);
}

/** Kysely asks a pool for connections: there is but the one that holds the lock. */
const onlyConnection = ({ query, destroy }: ActiveSession) =>
  ({
    connect: async () => ({ query, release() {} }),
    end: async () => destroy(),
  }) as unknown as PostgresPool;
