/** What an invoker keeps in a folder, 0600: the key pair that it onboards with, encrypted, and who it is since. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../credentials/authority-folder.ts';
import { openKeyPair, openStoreKey, textOf } from '../credentials/key-folder.ts';
import type { KeyPair } from '../credentials/key-pairs.ts';
import type { InvokerIdentity } from './enrolment.ts';

const identityText = z.object({
  apiInvokerId: z.string(),
  onboardingId: z.string(),
  certificate: z.string(),
  subscriptionId: z.string().optional(),
});

export type InvokerFolder = {
  identity: InvokerIdentity | undefined;
  /** Written before the invoker onboards: if its answer is lost, asking again with the same key gets the same answer. */
  keys: KeyPair;
  save(identity: InvokerIdentity): Promise<void>;
};

/**
 * Opens the folder, and makes it and a key pair if there are none. Pass `keys` and `identity` to `createInvoker`, and `save` what
 * `identity()` resolves with. The key pair is encrypted under the 32 bytes, in base64, of CAPIF_STORE_KEY, of `keyFile`, or of
 * FOLDER/store.key, which is made. Rejects with an Error that says what is wrong with the folder or a file there.
 */
export async function openInvokerFolder(folder: string, keyFile?: string): Promise<InvokerFolder> {
  const passphrase = (await openStoreKey(folder, keyFile)).toString('base64');
  const keys = await openKeyPair(join(folder, 'invoker.key.pem'), passphrase);
  const identityFile = join(folder, 'invoker.json');
  return {
    identity: identityIn(await textOf(identityFile), identityFile, keys),
    keys,
    async save({ certificate, ...ids }) {
      const text = JSON.stringify({ ...ids, certificate: certificate.cert }, undefined, 2);
      await writeWhole(identityFile, `${text}\n`, 0o600);
    },
  };
}

function identityIn(text: string | undefined, file: string, keys: KeyPair): InvokerIdentity | undefined {
  if (text === undefined) return undefined;
  try {
    const { certificate, ...ids } = identityText.parse(JSON.parse(text));
    return { ...ids, certificate: { key: keys.privateKeyPem, cert: certificate } };
  } catch {
    throw new Error(`${file} is not the identity of an invoker; without it, the invoker is onboarded anew`);
  }
}
