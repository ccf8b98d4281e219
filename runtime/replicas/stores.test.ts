/** What holds for every store, on SQLite and on PostgreSQL. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { type Store, StoreError } from '../store/store.ts';
import { type PostgresServer, postgresServer, withoutPostgres } from '../testing/replicas/postgres.ts';
import { openPostgresStore } from './postgres-store.ts';

const key = Buffer.alloc(32, 7);
const neverAborted = new AbortController().signal;
const replica = (url: string) => ({
  ...{ url, address: 'here', leaseMs: 1000, signal: neverAborted },
  onStandby: () => {},
  onError: (error: unknown) => {
    throw error;
  },
});

if (withoutPostgres) console.warn(`skipped: ${withoutPostgres}`);

let folder: string;
let server: PostgresServer | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capif-store-'));
  if (!withoutPostgres) server = await postgresServer();
}, 60_000);
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true });
});

let opened = 0;
const kinds = [
  {
    name: 'SQLite',
    skip: false,
    fresh: async () => {
      opened += 1;
      const file = join(folder, `${opened}.db`);
      return (withKey: Buffer = key) => openSqliteStore(file, withKey);
    },
    close: async (store: Store) => store.close(),
  },
  {
    name: 'PostgreSQL',
    skip: withoutPostgres !== undefined,
    fresh: async () => {
      const { Client } = await import('pg');
      const client = new Client({ connectionString: server!.url });
      await client.connect();
      await client.query('drop table if exists record');
      await client.end();
      return (withKey: Buffer = key) => openPostgresStore(replica(server!.url), withKey);
    },
    close: (store: Store) => (store as Awaited<ReturnType<typeof openPostgresStore>>).resign(),
  },
];

describe.each(kinds.filter(({ skip }) => !skip))('$name', ({ fresh, close }) => {
  let open: (withKey?: Buffer) => Promise<Store>;
  beforeEach(async () => {
    open = await fresh();
  });

  test('what was committed is there again, in the order in which it was first put', async () => {
    const store = await open();
    const { kept, put } = store.collection<number>('numbers');
    expect(kept.size).toBe(0);
    for (const id of ['z', 'a', 'm']) put(id, () => 1);
    await store.committed();
    put('a', () => 2);
    put('m', () => undefined);
    await store.committed();
    await close(store);
    const again = await open();
    expect([...again.collection<number>('numbers').kept]).toEqual([
      ['z', 1],
      ['a', 2],
    ]);
    await close(again);
  });

  test('what is put within one turn is one transaction, with the values of its end', async () => {
    const store = await open();
    const { put } = store.collection<number>('numbers');
    let asked = 0;
    put('one', () => {
      asked += 1;
      return asked;
    });
    const first = store.committed();
    put('two', () => 2);
    const second = store.committed();
    expect(first).toBe(second);
    await first;
    expect(asked).toBe(1);
    await close(store);
  });

  test('a commit that fails is tried again with the next one, and nothing of it is lost', async () => {
    const store = await open();
    const { put } = store.collection<unknown>('numbers');
    put('one', () => 1);
    let isFull = true;
    put('two', () => {
      if (isFull) throw new Error('database or disk is full');
      return 2;
    });
    await expect(store.committed()).rejects.toThrow(StoreError);
    put('three', () => 3);
    await expect(store.committed()).rejects.toThrow('nothing can be made durable: database or disk is full');
    isFull = false;
    await store.committed();
    await close(store);
    const again = await open();
    expect([...again.collection('numbers').kept.values()].sort()).toEqual([1, 2, 3]);
    await close(again);
  });

  test('more records than are read or written at once', async () => {
    const store = await open();
    const { put } = store.collection<number>('numbers');
    for (let n = 0; n < 2500; n += 1) put(`n${n}`, () => n);
    await store.committed();
    await close(store);
    const again = await open();
    expect([...again.collection<number>('numbers').kept.values()]).toEqual(Array.from({ length: 2500 }, (_, n) => n));
    await close(again);
  });

  test('a secret is sealed under the key, without which nothing is opened', async () => {
    const store = await open();
    expect(store.unseal(store.seal(Buffer.from('the AEFPSK'))).toString()).toBe('the AEFPSK');
    await close(store);
    await expect(open(Buffer.alloc(32, 8))).rejects.toThrow('was written with another key');
    await close(await open());
  });
});
