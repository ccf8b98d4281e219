/** What `capif invoke` keeps in its folder, 0600: the key pair that it onboards with, and who it is since. */
import { createPublicKey } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../credentials/authority-folder.ts';
import { generateKeyPair, type KeyPair } from '../credentials/key-pairs.ts';
import type { InvokerIdentity } from '../invoker/enrolment.ts';

const identityText = z.object({
  apiInvokerId: z.string(),
  onboardingId: z.string(),
  certificate: z.object({ key: z.string(), cert: z.string() }),
});

export type InvokerFolder = {
  identity: InvokerIdentity | undefined;
  /** Written before the invoker onboards: if its answer is lost, asking again with the same key gets the same answer. */
  keys: KeyPair;
  save(identity: InvokerIdentity): Promise<void>;
};

/** Rejects with the error of the file system, or with one that says which file is not what it should be. */
export async function openInvokerFolder(folder: string): Promise<InvokerFolder> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identityFile = join(folder, 'invoker.json');
  return {
    identity: identityIn(identityFile),
    keys: await keysIn(join(folder, 'invoker.key.pem')),
    save: (identity) => writeWhole(identityFile, `${JSON.stringify(identity, undefined, 2)}\n`, 0o600),
  };
}

function identityIn(file: string): InvokerIdentity | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  try {
    return identityText.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is not the identity of an invoker; without it, the invoker is onboarded anew`);
  }
}

async function keysIn(file: string): Promise<KeyPair> {
  const known = textOf(file);
  if (known === undefined) {
    const made = await generateKeyPair();
    await writeWhole(file, made.privateKeyPem, 0o600);
    return made;
  }
  const publicKeyPem = createPublicKey(known).export({ type: 'spki', format: 'pem' }).toString();
  return { privateKeyPem: known, publicKeyPem };
}

/** Undefined if there is no such file. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
