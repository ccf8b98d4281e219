/** Several processes, here in one, that share one database: which of them is active, and what it may still say. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreError } from '../store/store.ts';
import { cuttable } from '../testing/replicas/cuttable.ts';
import { type PostgresServer, postgresServer, withoutPostgres } from '../testing/replicas/postgres.ts';
import type { ReplicaOptions } from './active-replica.ts';
import { openPostgresStore } from './postgres-store.ts';

const key = Buffer.alloc(32, 7);
const leaseMs = 800;

if (withoutPostgres) console.warn(`skipped: ${withoutPostgres}`);

describe.skipIf(withoutPostgres)('replicas', () => {
  let server: PostgresServer;
  let errors: unknown[];
  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);
  afterAll(() => server.close());
  beforeEach(() => {
    errors = [];
  });

  const options = (address: string, more: Partial<ReplicaOptions> = {}): ReplicaOptions => ({
    ...{ url: server.url, address, leaseMs, signal: new AbortController().signal, onStandby: () => {} },
    onError: (error) => errors.push(error),
    ...more,
  });
  const open = (address: string, more?: Partial<ReplicaOptions>) => openPostgresStore(options(address, more), key);
  /** Resolves with where the active one is. */
  function waiting(address: string) {
    let hear: (activeAt: string) => void;
    const hears = new Promise<string>((resolve) => {
      hear = resolve;
    });
    return { hears, active: open(address, { onStandby: (activeAt) => hear(activeAt) }) };
  }

  test('one at a time is active; the next one has what it has committed, and knows where it was', async () => {
    const first = await open('first');
    const { hears, active } = waiting('second');
    expect(await hears).toBe('first');
    first.collection<number>('numbers').put('one', () => 1);
    await first.committed();
    await first.resign();
    expect(await first.lost).toBe('the session is closed');
    const second = await active;
    expect([...second.collection<number>('numbers').kept]).toEqual([['one', 1]]);
    await second.resign();
    expect(errors).toEqual([]);
  });

  test('one that has ended without a word is followed no sooner than its lease ends', async () => {
    const first = await open('first');
    const { hears, active } = waiting('second');
    await hears;
    const since = performance.now();
    first.close();
    const second = await active;
    expect(performance.now() - since).toBeGreaterThanOrEqual(leaseMs - 1);
    await second.resign();
  });

  test('one whose lock was lost commits nothing more, and answers nothing from memory', async () => {
    const first = await open('first');
    const { put } = first.collection<number>('numbers');
    await first.committed();
    await server.stop(true);
    await first.lost;
    await expect(first.committed()).rejects.toThrow(StoreError);
    put('two', () => 2);
    await expect(first.committed()).rejects.toThrow('nothing can be made durable');
    await server.start();
    const second = await open('second');
    expect(second.collection<number>('numbers').kept.has('two')).toBe(false);
    await second.resign();
  });

  test('one that is cut off from the database falls silent when its lease ends, before another begins', async () => {
    const between = await cuttable(server.port);
    const first = await open('first', { url: server.url.replace(String(server.port), String(between.port)) });
    const { hears, active } = waiting('second');
    await hears;
    between.holdBack();
    expect(await first.lost).toBe(
      `the database has not answered for ${leaseMs} ms, so that another replica may be active`,
    );
    await expect(first.committed()).rejects.toThrow('another replica may be active');
    let isSecondActive = false;
    const second = active.then((store) => {
      isSecondActive = true;
      return store;
    });
    expect(isSecondActive).toBe(false);
    between.close();
    await (await second).resign();
  });

  test('one that waits can be ended, and one that finds no database says so and goes on', async () => {
    const first = await open('first');
    const end = new AbortController();
    const second = open('second', { signal: end.signal, onStandby: () => end.abort(new Error('stopped')) });
    await expect(second).rejects.toThrow('stopped');
    await first.resign();
    await server.stop();
    const third = open('third', {
      onError(error) {
        errors.push(error);
        if (errors.length === 1) server.start().catch((failed) => errors.push(failed));
      },
    });
    await (await third).resign();
    expect(String(errors[0])).toContain('the database cannot be used');
  });
});
