/** A store in one SQLite file, which one process has at a time. */
import { closeSync, openSync } from 'node:fs';
import { Kysely, SqliteDialect } from 'kysely';
import SqliteDatabase from 'libsql';
import { recordStore, type Tables } from './record-store.ts';
import { type Store, StoreError } from './store.ts';

export { type Collection, type Store, StoreError } from './store.ts';

type Sqlite = InstanceType<typeof SqliteDatabase>;

/**
 * Opens the file, and makes it if there is none.
 *
 * @param key 32 bytes, for `seal`
 * @throws StoreError that says what is wrong with the file, or with the key
 */
export async function openSqliteStore(file: string, key: Buffer): Promise<Store> {
  const opened: Sqlite[] = [];
  const close = () => {
    for (const one of opened) one.close();
  };
  try {
    const lock = lockOf(file);
    opened.push(lock);
    const database = openDatabase(file);
    opened.unshift(database);
    const tables = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    // SQLite itself rolls back where the disk is full.
    return await recordStore(file, { tables, isInTransaction: () => database.inTransaction, close }, key);
  } catch (error) {
    close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${file} cannot be opened: ${because(error)}`, { cause: error });
  }
}

/**
 * Two processes would step the same machines: a second database, which is never written to, is locked for the life of this
 * one. (A lock on the records would be kept after `close`, until all statements have been collected.)
 */
function lockOf(file: string): Sqlite {
  const locked = new SqliteDatabase(`${file}.lock`);
  locked.exec('begin exclusive');
  return locked;
}

/** FULL: a commit is on the disk when it returns. */
function openDatabase(file: string): Sqlite {
  closeSync(openSync(file, 'a', 0o600));
  const database = new SqliteDatabase(file);
  database.exec('pragma journal_mode = WAL; pragma synchronous = FULL');
  database.exec(
    `create table if not exists record (
       position integer primary key, collection text not null, id text not null, value text not null,
       unique (collection, id))`,
  );
  return database;
}

const because = (error: unknown) => {
  const { code, message } = error as { code?: string; message: string };
  return code === 'SQLITE_BUSY' ? 'another process has it' : message;
};
