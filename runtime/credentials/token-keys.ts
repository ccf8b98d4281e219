/** The public keys that verify access tokens, and the JWK Set in which a core publishes its own (RFC 7517, RFC 7638). */

import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** `kid`: the name that the header of a token gives the key. A key without one may verify any token. */
export type TokenKey = { kid?: string | undefined; key: KeyObject };

const curves = ['prime256v1', 'secp384r1', 'secp521r1'];
const rsaBitsMin = 2048;
/** Of a longer set, these are read. */
const keysMax = 32;

/** @throws TypeError, without the key, where the PEM is not a public key or certificate that a JSON web signature can use */
export function tokenKey(publicKeyPem: string): TokenKey {
  const key = keyOrUndefined(() => createPublicKey(publicKeyPem));
  if (!key || !canVerify(key))
    throw new TypeError('Tokens are verified with the PEM of a key of RSA (2048 bits), P-256, P-384, P-521 or Ed25519');
  return { key };
}

/** The JWK Set of the core that signs with this key on P-256 (ES256): one key, whose `kid` is its thumbprint. */
export function jwkSetOf(publicKeyPem: string): { keys: JsonWebKey[] } {
  const key = createPublicKey(publicKeyPem);
  return { keys: [{ ...key.export({ format: 'jwk' }), kid: thumbprint(key), alg: 'ES256', use: 'sig' }] };
}

/** The keys of a set that can verify a signature; others, and what is no key, are passed over (RFC 7517 5). */
export function tokenKeysIn(keys: readonly Readonly<Record<string, unknown>>[]): TokenKey[] {
  return keys.slice(0, keysMax).flatMap((jwk) => {
    if (jwk.use !== undefined && jwk.use !== 'sig') return [];
    const key = keyOrUndefined(() => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
    return key && canVerify(key) ? [{ kid: typeof jwk.kid === 'string' ? jwk.kid : undefined, key }] : [];
  });
}

/** The SHA-256 of the required members of its JWK, in the order of their names, in base64url (RFC 7638 3). */
export function thumbprint(publicKey: KeyObject): string {
  const { crv, e, kty, n, x, y } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url');
}

function canVerify({ type, asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type !== 'public') return false;
  if (asymmetricKeyType === 'rsa') return (details?.modulusLength ?? 0) >= rsaBitsMin;
  if (asymmetricKeyType === 'ec') return curves.includes(details?.namedCurve ?? '');
  return asymmetricKeyType === 'ed25519';
}

function keyOrUndefined(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
