/** Key pairs of the roles: ECDSA on P-256 (TS 33.310, 6.1.1). */
import { createPrivateKey, createPublicKey, generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';

export type KeyPair = {
  /** PKCS #8. */
  privateKeyPem: string;
  /** SubjectPublicKeyInfo. */
  publicKeyPem: string;
};

export async function generateKeyPair(): Promise<KeyPair> {
  const { privateKey, publicKey } = await promisify(generate)('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKeyPem: privateKey, publicKeyPem: publicKey };
}

/**
 * The pair of a written private key.
 *
 * @throws Error where the text is not a P-256 key
 */
export function keyPairOf(privateKeyPem: string): KeyPair {
  const { asymmetricKeyDetails } = createPrivateKey(privateKeyPem);
  if (asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('it is not a key of ECDSA on P-256');
  const publicKeyPem = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
  return { privateKeyPem, publicKeyPem };
}
