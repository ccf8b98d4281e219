/**
 * What the replicas of a core share beside its records: the files of the folder, sealed in the database. The first replica
 * puts its own there; the others write them into their folders.
 */
import { join } from 'node:path';
import { writeWhole } from '../credentials/authority-folder.ts';
import { textOf } from '../credentials/key-folder.ts';
import type { Store } from '../store/store.ts';
import { type CoreFolder, openCoreFolder } from './core-folder.ts';

const names = ['authority.certificate.pem', 'authority.key.pem', 'core.key.pem', 'registration-secret'];
const tokenName = 'onboarding-token';

export type SharedFolder = CoreFolder & {
  /** No replica has made the first token yet. */
  lacksToken: boolean;
};

/** Rejects with an Error if the folder is that of another core. */
export async function openSharedFolder(
  folder: string,
  passphrase: string,
  store: Store,
  now: number,
): Promise<SharedFolder> {
  const { kept, put } = store.collection<string>('core-files');
  const keep = (name: string, text: string) => {
    const sealed = store.seal(Buffer.from(text));
    put(name, () => sealed);
  };
  for (const [name, sealed] of kept) await write(join(folder, name), store.unseal(sealed).toString(), name);
  const files = await openCoreFolder(folder, passphrase, now);
  if (kept.size === 0) for (const name of names) keep(name, (await textOf(join(folder, name)))!);
  await store.committed();
  return {
    ...files,
    lacksToken: !kept.has(tokenName),
    async writeOnboardingToken(token) {
      await files.writeOnboardingToken(token);
      keep(tokenName, `${token}\n`);
      await store.committed();
    },
  };
}

async function write(file: string, text: string, name: string): Promise<void> {
  const known = await textOf(file);
  if (known === text) return;
  if (known !== undefined && name !== tokenName)
    throw new Error(`${file} is not that of the core in the database: give this replica a folder that is empty`);
  await writeWhole(file, text, name === 'authority.certificate.pem' ? 0o644 : 0o600);
}
