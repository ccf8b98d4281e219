/** A store in one SQLite file, which one process has at a time. */
import { closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import SqliteDatabase from 'libsql/promise';
import { type Database, type Row, recordStore } from './record-store.ts';
import { type Store, StoreError } from './store.ts';

export { type Collection, type Store, StoreError } from './store.ts';

type Statement = { run(...parameters: string[]): unknown; all(...parameters: number[]): Promise<unknown[]> };
/** What `libsql/promise` has, which its types leave out. `exec` waits for the disk in another thread. */
type Sqlite = {
  readonly inTransaction: boolean;
  exec(sql: string): Promise<void>;
  prepare(sql: string): Promise<Statement>;
  close(): void;
};

const open = (file: string) => new SqliteDatabase(file, {}) as unknown as Sqlite;
/** Rows are put into memory, for some µs each; the event loop waits for no more of them at once. */
const rowsATurn = 500;

/**
 * Opens the file, and makes it if there is none.
 *
 * @param key 32 bytes, for `seal`
 * @throws StoreError that says what is wrong with the file, or with the key
 */
export async function openSqliteStore(file: string, key: Buffer): Promise<Store> {
  const opened: Pick<Sqlite, 'close'>[] = [];
  const close = () => {
    for (const one of opened) one.close();
  };
  try {
    opened.push(await lockOf(file));
    const database = await openDatabase(file);
    opened.unshift(database);
    return await recordStore(file, { ...database, close }, key);
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
async function lockOf(file: string): Promise<Sqlite> {
  const locked = open(`${file}.lock`);
  await locked.exec('begin exclusive');
  return locked;
}

/** FULL: a commit is on the disk when it returns. */
async function openDatabase(file: string): Promise<Database> {
  closeSync(openSync(file, 'a', 0o600));
  const database = open(file);
  await database.exec('pragma journal_mode = WAL; pragma synchronous = FULL');
  await database.exec(
    `create table if not exists record (
       position integer primary key, collection text not null, id text not null, value text not null,
       unique (collection, id))`,
  );
  const begin = await database.prepare('begin');
  const after = await database.prepare('select * from record where position > ? order by position limit ?');
  const put = await database.prepare(
    `insert into record (collection, id, value) values (?, ?, ?)
       on conflict (collection, id) do update set value = excluded.value`,
  );
  const remove = await database.prepare('delete from record where collection = ? and id = ?');

  async function each<T>(all: readonly T[], run: (one: T) => unknown): Promise<void> {
    for (const [n, one] of all.entries()) {
      if (n % rowsATurn === rowsATurn - 1) await nextTurn();
      run(one);
    }
  }
  return {
    rowsAfter: (position, limit) => after.all(position, limit) as Promise<(Row & { position: number })[]>,
    async write(rows, removed) {
      begin.run();
      try {
        await each(rows, ({ collection, id, value }) => put.run(collection, id, value));
        await each(removed, ({ collection, id }) => remove.run(collection, id));
        await database.exec('commit');
      } catch (error) {
        // SQLite itself rolls back where the disk is full.
        if (database.inTransaction) await database.exec('rollback');
        throw error;
      }
    },
    close: () => database.close(),
  };
}

const because = (error: unknown) => {
  const { code, message } = error as { code?: string; message: string };
  return code === 'SQLITE_BUSY' ? 'another process has it' : message;
};
