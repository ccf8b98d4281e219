/** For tests: a core with a store, and what starts it again where it was, with the authority, the keys and the store of before. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CoreFunctionOptions, createCoreFunction } from '../core/core-function.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { closeLater, testbed } from './roles.ts';

export async function restartable(options: CoreFunctionOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'capif-core-'));
  closeLater(() => rmSync(folder, { recursive: true }));
  const open = () => openSqliteStore(join(folder, 'store.db'), Buffer.alloc(32, 1));
  const authority = await createAuthority({ name: 'kept', now: Date.now() });
  const kept = { authority, keys: await generateKeyPair(), registrationSecret: 'secret', ...options };
  let store = await open();
  closeLater(() => store.close());
  const at = await testbed({ ...kept, store });
  closeLater(() => at.core.close());
  const { port } = at.core;
  async function restart(): Promise<void> {
    await at.core.close();
    store.close();
    store = await open();
    at.core = await createCoreFunction({ ...at.common, ...kept, store, port });
  }
  return { at, restart };
}
