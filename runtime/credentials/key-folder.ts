/**
 * The folder in which a role keeps what it knows, and the key under which the secrets there are encrypted. The key comes from the
 * environment, from a file, or from `store.key`, which the first start makes.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from './authority-folder.ts';
import { generateKeyPair, type KeyPair, keyPairOf } from './key-pairs.ts';
import { decrypted, encrypted } from './private-key-text.ts';

/** The variable of the environment that has the key. */
export const storeKeyVariable = 'CAPIF_STORE_KEY';
const keyBytes = 32;

/** The 32 bytes of the key. Makes the folder, and a key for a folder that has nothing yet. */
export async function openStoreKey(folder: string, keyFile?: string): Promise<Buffer> {
  await makeFolder(folder);
  const fromEnvironment = process.env[storeKeyVariable];
  if (keyFile === undefined && fromEnvironment !== undefined) return keyIn(fromEnvironment, storeKeyVariable);
  const file = keyFile ?? join(folder, 'store.key');
  const known = await ownTextOf(file);
  if (known !== undefined) return keyIn(known, file);
  if (keyFile !== undefined) throw new Error(`${file} does not exist; 32 random bytes in base64 would be a key`);
  if (existsSync(join(folder, 'store.db'))) throw new Error(`${file} is gone, and the store there is sealed with it`);
  const key = randomBytes(keyBytes);
  await writeWhole(file, `${key.toString('base64')}\n`, 0o600);
  return key;
}

/** Not `recursive`: that names the wrong error on a disk that is read-only, and does not end in some places. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(dirname(folder))) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder, { mode: 0o700 });
  }
}

/** The key pair of this file, which is made if there is none. Rejects with an Error that names the file. */
export async function openKeyPair(file: string, passphrase: string): Promise<KeyPair> {
  const known = await textOf(file);
  if (known === undefined) {
    const made = await generateKeyPair();
    await writeWhole(file, encrypted(made.privateKeyPem, passphrase), 0o600);
    return made;
  }
  try {
    return keyPairOf(decrypted(known, passphrase));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Undefined if there is no such file. */
export async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function keyIn(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== keyBytes) throw new Error(`${where} is no key: it must be ${keyBytes} bytes in base64`);
  return key;
}

async function ownTextOf(file: string): Promise<string | undefined> {
  const text = await textOf(file);
  if (text !== undefined && (await stat(file)).mode & 0o077)
    throw new Error(`${file} can be read by others: chmod 600 ${file}`);
  return text;
}
