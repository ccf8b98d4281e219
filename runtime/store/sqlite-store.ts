/**
 * A store in one SQLite file. What is put within one turn of the event loop, and while a commit is under way, is one
 * transaction: many requests share the cost of making it durable.
 */
import { closeSync, openSync } from 'node:fs';
import { type Generated, Kysely, SqliteDialect, sql } from 'kysely';
import Database from 'libsql';
import { seal, unseal } from './sealing.ts';
import { type Collection, type Store, StoreError } from './store.ts';

export { type Collection, type Store, StoreError } from './store.ts';

type Sqlite = InstanceType<typeof Database>;
type Row = { collection: string; id: string; value: string };
/** `position`: records come back in the order in which they were first put. */
type Tables = { record: Row & { position: Generated<number> } };

const format = '1';
/** SQLite takes 32,766 parameters in a statement. */
const rowsAtOnce = 1000;

/**
 * Opens the file, and makes it if there is none. One process has it at a time.
 *
 * @param key 32 bytes, for `seal`
 * @throws StoreError that says what is wrong with the file, or with the key
 */
export async function openSqliteStore(file: string, key: Buffer): Promise<Store> {
  let locked: Sqlite | undefined;
  try {
    locked = lock(file);
    const database = openDatabase(file);
    const tables = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    const rows = await tables.selectFrom('record').select(['collection', 'id', 'value']).orderBy('position').execute();
    const store = new SqliteStore({ lock: locked, database, tables, rows, key });
    await store.check(file);
    return store;
  } catch (error) {
    locked?.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${file} cannot be opened: ${because(error)}`, { cause: error });
  }
}

/**
 * Two processes would step the same machines: a second database, which is never written to, is locked for the life of this
 * one. (A lock on the records would be kept after `close`, until all statements have been collected.)
 */
function lock(file: string): Sqlite {
  const locked = new Database(`${file}.lock`);
  locked.exec('begin exclusive');
  return locked;
}

/** FULL: a commit is on the disk when it returns. */
function openDatabase(file: string): Sqlite {
  closeSync(openSync(file, 'a', 0o600));
  const database = new Database(file);
  database.exec('pragma journal_mode = WAL; pragma synchronous = FULL');
  database.exec(
    `create table if not exists record (
       position integer primary key, collection text not null, id text not null, value text not null,
       unique (collection, id))`,
  );
  return database;
}

type Opened = { lock: Sqlite; database: Sqlite; tables: Kysely<Tables>; rows: readonly Row[]; key: Buffer };

class SqliteStore implements Store {
  readonly #lock: Sqlite;
  readonly #database: Sqlite;
  readonly #tables: Kysely<Tables>;
  readonly #key: Buffer;
  readonly #kept = new Map<string, Map<string, unknown>>();
  /** Of records that are not durable yet, what gives their value. */
  #waiting = new Map<string, Map<string, () => unknown>>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor({ lock, database, tables, rows, key }: Opened) {
    this.#lock = lock;
    this.#database = database;
    this.#tables = tables;
    this.#key = key;
    for (const { collection, id, value } of rows) inside(this.#kept, collection).set(id, JSON.parse(value));
  }

  /** @throws StoreError */
  async check(file: string): Promise<void> {
    const own = this.collection<{ format: string; sealed: string }>('store');
    const known = own.kept.get('format');
    if (!known) {
      const sealed = this.seal(Buffer.from(format));
      own.put('format', () => ({ format, sealed }));
      return this.committed();
    }
    if (known.format !== format) throw new StoreError(`${file} has format ${known.format}, which is not known here`);
    try {
      this.unseal(known.sealed);
    } catch (cause) {
      throw new StoreError(`${file} was written with another key`, { cause });
    }
  }

  collection<T>(name: string): Collection<T> {
    const kept = (this.#kept.get(name) ?? new Map()) as Map<string, T>;
    this.#kept.delete(name);
    return { kept, put: (id, value) => inside(this.#waiting, name).set(id, value) };
  }

  committed(): Promise<void> {
    if (this.#waiting.size === 0) return this.#running ?? Promise.resolve();
    this.#next ??= this.#afterThisTurn();
    return this.#next;
  }

  seal = (secret: Buffer): string => seal(secret, this.#key);
  unseal = (sealed: string): Buffer => unseal(sealed, this.#key);

  close(): void {
    this.#database.close();
    this.#lock.close();
  }

  async #afterThisTurn(): Promise<void> {
    await this.#running?.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    this.#next = undefined;
    const running = this.#commit();
    this.#running = running;
    try {
      await running;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  async #commit(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = new Map();
    try {
      await this.#write(batch);
    } catch (error) {
      for (const [name, records] of batch)
        for (const [id, value] of records)
          if (!this.#waiting.get(name)?.has(id)) inside(this.#waiting, name).set(id, value);
      throw new StoreError(`nothing can be made durable: ${because(error)}`, { cause: error });
    }
  }

  async #write(batch: Map<string, Map<string, () => unknown>>): Promise<void> {
    const records = [...batch].flatMap(([collection, values]) =>
      [...values].map(([id, value]) => ({ collection, id, value: JSON.stringify(value()) as string | undefined })),
    );
    const put = records.filter((one): one is Row => one.value !== undefined);
    const removed = records.filter(({ value }) => value === undefined);
    await this.#tables.connection().execute(async (connection) => {
      await sql`begin`.execute(connection);
      try {
        for (const values of inParts(put)) await putAll(connection, values);
        for (const collection of batch.keys()) {
          const ids = removed.filter((one) => one.collection === collection).map(({ id }) => id);
          for (const some of inParts(ids)) await removeAll(connection, collection, some);
        }
        await sql`commit`.execute(connection);
      } catch (error) {
        // SQLite itself rolls back where the disk is full.
        if (this.#database.inTransaction) await sql`rollback`.execute(connection);
        throw error;
      }
    });
  }
}

const putAll = (connection: Kysely<Tables>, values: Row[]) =>
  connection
    .insertInto('record')
    .values(values)
    .onConflict((of) => of.columns(['collection', 'id']).doUpdateSet({ value: (row) => row.ref('excluded.value') }))
    .execute();

const removeAll = (connection: Kysely<Tables>, collection: string, ids: readonly string[]) =>
  connection.deleteFrom('record').where('collection', '=', collection).where('id', 'in', ids).execute();

function inside<T>(maps: Map<string, Map<string, T>>, name: string): Map<string, T> {
  const known = maps.get(name) ?? new Map<string, T>();
  maps.set(name, known);
  return known;
}

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += rowsAtOnce) yield all.slice(from, from + rowsAtOnce);
}

const because = (error: unknown) => {
  const { code, message } = error as { code?: string; message: string };
  return code === 'SQLITE_BUSY' ? 'another process has it' : message;
};
