import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from './sqlite-store.ts';
import { StoreError } from './store.ts';

const key = Buffer.alloc(32, 7);
let folder: string;
const file = () => join(folder, 'store.db');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capif-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was committed is there again, in the order in which it was first put', async () => {
  const store = await openSqliteStore(file(), key);
  const { kept, put } = store.collection<number>('numbers');
  expect(kept.size).toBe(0);
  for (const id of ['z', 'a', 'm']) put(id, () => 1);
  await store.committed();
  put('a', () => 2);
  put('m', () => undefined);
  await store.committed();
  store.close();
  const again = await openSqliteStore(file(), key);
  expect([...again.collection<number>('numbers').kept]).toEqual([
    ['z', 1],
    ['a', 2],
  ]);
  again.close();
});

test('what is put within one turn is one transaction, with the values of its end', async () => {
  const store = await openSqliteStore(file(), key);
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
  store.close();
});

test('a commit that fails is tried again with the next one, and nothing of it is lost', async () => {
  const store = await openSqliteStore(file(), key);
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
  store.close();
  const again = await openSqliteStore(file(), key);
  expect([...again.collection('numbers').kept.values()].sort()).toEqual([1, 2, 3]);
  again.close();
});

test('a second process is told that the store is in use, and a wrong key is refused', async () => {
  const store = await openSqliteStore(file(), key);
  await expect(openSqliteStore(file(), key)).rejects.toThrow('another process has it');
  store.close();
  await expect(openSqliteStore(file(), Buffer.alloc(32, 8))).rejects.toThrow('was written with another key');
  const again = await openSqliteStore(file(), key);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  again.close();
  await expect(openSqliteStore(join(folder, 'none', 'store.db'), key)).rejects.toThrow('cannot be opened');
});

test('a sealed secret is in no file, and is read again with the key', async () => {
  const store = await openSqliteStore(file(), key);
  const sealed = store.seal(Buffer.from('the AEFPSK'));
  expect(store.unseal(sealed).toString()).toBe('the AEFPSK');
  store.collection<string>('secrets').put('one', () => sealed);
  await store.committed();
  store.close();
  expect(readFileSync(file(), 'latin1')).not.toContain('the AEFPSK');
});
