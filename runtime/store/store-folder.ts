/** The folder in which a role keeps what it knows, with its store, whose secrets are encrypted under the key of the folder. */
import { join } from 'node:path';
import { openStoreKey } from '../credentials/key-folder.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

type StoreFolder = {
  store: Store;
  /** For private keys in files of the folder. */
  passphrase: string;
};

/** Rejects with an Error that says what is wrong with the folder, the key or the store. */
export async function openStoreFolder(folder: string, keyFile?: string): Promise<StoreFolder> {
  const key = await openStoreKey(folder, keyFile);
  return { store: await openSqliteStore(join(folder, 'store.db'), key), passphrase: key.toString('base64') };
}
