/** A core that ends, and goes on with what it has kept, where a run restarts it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CoreFunction, type CoreFunctionOptions, createCoreFunction } from '../../runtime/core/core-function.ts';
import { generateKeyPair } from '../../runtime/credentials/key-pairs.ts';
import { openSqliteStore } from '../../runtime/store/sqlite-store.ts';
import { noStore } from '../../runtime/store/store.ts';

type RestartableCore = { running(): CoreFunction; restart(): Promise<void>; close(): Promise<void> };

/** @param restarts without it, nothing is kept */
export async function restartableCore(options: CoreFunctionOptions, restarts: boolean): Promise<RestartableCore> {
  const folder = restarts ? mkdtempSync(join(tmpdir(), 'capif-play-')) : undefined;
  const open = async () => (folder ? openSqliteStore(join(folder, 'store.db'), Buffer.alloc(32, 1)) : noStore);
  let store = await open();
  const keys = await generateKeyPair();
  let running = await createCoreFunction({ ...options, keys, store });
  return {
    running: () => running,
    async restart() {
      const { port, registrationSecret } = running;
      await running.close();
      store.close();
      store = await open();
      running = await createCoreFunction({ ...options, keys, store, port, registrationSecret });
    },
    async close() {
      await running.close();
      store.close();
      if (folder) rmSync(folder, { recursive: true });
    },
  };
}
