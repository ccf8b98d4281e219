/**
 * What a store carries: the records that a core keeps of one more API invoker, which is onboarded and has negotiated, for many
 * invokers, in SQLite and in PostgreSQL. Beside it the same rows by the client of that database alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'libsql';
import { Client } from 'pg';
import { openPostgresStore } from '../replicas/postgres-store.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { noStore, type Store } from '../store/store.ts';
import { postgresServer, withoutPostgres } from '../testing/replicas/postgres.ts';
import { all, closeAll, exposing, negotiated, onboarded, testbed } from '../testing/roles.ts';
import { type Bench, median } from './figure.ts';

/** Of one invoker: `id` has what tells it from others' in front. */
type Kept = { collection: string; id: string; value: unknown };
type Database = {
  name: string;
  open(): Promise<{ store: Store; close(): Promise<void> | void }>;
  /** Makes rows durable, in one transaction. */
  insert(rows: readonly Kept[]): Promise<void> | void;
  close(): Promise<void> | void;
};

const invokers = 2000;
/** Those whose records are made durable together. */
const together = 50;
const key = Buffer.alloc(32, 1);

export async function stores(runs: number): Promise<Bench[]> {
  const records = await recordsOfInvoker();
  const bytes = records.reduce((sum, { id, value }) => sum + id.length + JSON.stringify(value).length, 0);
  const benches: Bench[] = [];
  if (withoutPostgres) process.stderr.write(`not measured: ${withoutPostgres}\n`);
  for (const make of [sqlite, ...(withoutPostgres ? [] : [postgres])]) {
    const database = await make();
    try {
      benches.push(...(await measured(database, records, runs)));
    } finally {
      await database.close();
    }
  }
  return [{ name: 'kept', median: bytes, unit: `bytes in ${records.length} records`, runs: 1, ratios: {} }, ...benches];
}

/** What a core puts for one more invoker. */
async function recordsOfInvoker(): Promise<Kept[]> {
  const last = new Map<string, Kept & { value: () => unknown }>();
  const store: Store = {
    ...noStore,
    collection: (collection) => ({
      kept: new Map(),
      put: (id, value) => last.set(`${collection} ${id}`, { collection, id, value }),
    }),
  };
  try {
    const at = await testbed({ store, record: () => {} });
    const aef = await exposing(at, { methods: ['PSK'], record: () => {} });
    last.clear();
    await negotiated(at, await onboarded(at), aef, all);
    return [...last.values()].map((one) => ({ ...one, value: one.value() })).filter(({ value }) => value !== undefined);
  } finally {
    await closeAll();
  }
}

async function measured(database: Database, records: readonly Kept[], runs: number): Promise<Bench[]> {
  const written: number[] = [];
  const inserted: number[] = [];
  const read: number[] = [];
  for (let run = 0; run < runs; run++) {
    const groups = (of: string) =>
      Array.from({ length: invokers / together }, (_, group) => rowsOf(records, `${of}-${run}-${group}`));
    const { store, close } = await database.open();
    const collections = new Map(records.map(({ collection: name }) => [name, store.collection<unknown>(name)]));
    written.push(
      await seconds(async () => {
        for (const rows of groups('ours')) {
          for (const { collection, id, value } of rows) collections.get(collection)!.put(id, () => value);
          await store.committed();
        }
      }),
    );
    await close();
    inserted.push(
      await seconds(async () => {
        for (const rows of groups('bare')) await database.insert(rows);
      }),
    );
    const opening = await seconds(async () => {
      await (await database.open()).close();
    });
    read.push(opening / (2 * (run + 1)));
  }
  const bare = { [`${database.name} alone`]: median(inserted) / median(written) };
  return [
    { name: database.name, median: invokers / median(written), unit: 'invokers/s made durable', runs, ratios: bare },
    { name: database.name, median: invokers / median(read), unit: 'invokers/s read at a start', runs, ratios: {} },
  ];
}

const rowsOf = (records: readonly Kept[], group: string): Kept[] =>
  Array.from({ length: together }, (_, invoker) =>
    records.map((one) => ({ ...one, id: `${group}-${invoker} ${one.id}` })),
  ).flat();

async function seconds(task: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await task();
  return (performance.now() - started) / 1000;
}

const columns = 'record (collection, id, value)';

async function sqlite(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'capif-bench-'));
  const file = join(folder, 'store.db');
  return {
    name: 'sqlite',
    async open() {
      const store = await openSqliteStore(file, key);
      return { store, close: store.close };
    },
    insert(rows) {
      const database = new SqliteDatabase(file);
      database.exec('pragma synchronous = FULL');
      const statement = database.prepare(`insert into ${columns} values (?, ?, ?)`);
      database.transaction(() => {
        for (const { collection, id, value } of rows) statement.run(collection, id, JSON.stringify(value));
      })();
      database.close();
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

async function postgres(): Promise<Database> {
  const server = await postgresServer();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  const replica = { url: server.url, address: 'bench', leaseMs: 3000, signal: new AbortController().signal };
  return {
    name: 'postgres',
    async open() {
      const store = await openPostgresStore({ ...replica, onStandby: () => {}, onError: () => {} }, key);
      return { store, close: store.resign };
    },
    async insert(rows) {
      const values = rows.map((_, row) => `($${3 * row + 1}, $${3 * row + 2}, $${3 * row + 3})`);
      const parameters = rows.flatMap(({ collection, id, value }) => [collection, id, JSON.stringify(value)]);
      await client.query(`insert into ${columns} values ${values}`, parameters);
    },
    async close() {
      await client.end();
      await server.close();
    },
  };
}
