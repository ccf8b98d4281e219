import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from './sqlite-store.ts';

const key = Buffer.alloc(32, 7);
let folder: string;
const file = () => join(folder, 'store.db');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capif-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

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
