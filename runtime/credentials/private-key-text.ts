/** Private keys as they are written to disk: PKCS #8 in PEM, encrypted (PBES2, AES-256-CBC) under the key of the folder. */
import { createPrivateKey } from 'node:crypto';

/** @param passphrase for example the text of a random key: the derivation adds little to a weak one */
export const encrypted = (privateKeyPem: string, passphrase: string): string =>
  createPrivateKey(privateKeyPem)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

/**
 * The key as PKCS #8 in PEM, not encrypted. A key that its owner brought in plain text is read too.
 *
 * @throws Error where the text is no private key, or was encrypted under another passphrase
 */
export function decrypted(pem: string, passphrase: string): string {
  try {
    return createPrivateKey({ key: pem, passphrase }).export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    throw new Error('it is no private key in PEM, or was encrypted under another key');
  }
}
