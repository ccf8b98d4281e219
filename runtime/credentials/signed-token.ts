/** JSON web tokens: signed with ES256, each of one kind; those of foreign cores are read, too (RFC 7519, 7515, 8725 3.11). */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import type { ZodType } from 'zod';

/** The `typ` of the header: an access token (RFC 9068, 2.1) or our onboarding token. */
type TokenType = 'at+jwt' | 'onboarding+jwt';

/** How long after its expiry a token may still be taken, for clocks that differ (TS 33.122, C.2.2: at most 30 s). */
const leewayMs = 30_000;

const charactersMax = 8192;
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86,1366}$/;

/** What a public key can verify: no secret is shared, so no HMAC. */
const algorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'];

/** `kid`, if given, names the key in the header. */
export function signToken(
  typ: TokenType,
  claims: Record<string, unknown>,
  privateKey: KeyObject,
  kid?: string,
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ, ...(kid === undefined ? {} : { kid }) })
    .sign(privateKey);
}

/** The name of the key that its header claims; undefined where it names none, or is no token. */
export function keyIdOf(token: string): string | undefined {
  if (token.length > charactersMax || !compact.test(token)) return undefined;
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The claims of a token of one of these kinds that was signed with one of the keys, expired or not; or why there are
 * none. Kinds are the `typ` of the header; undefined stands for a header without one.
 */
export async function openToken<Claims>(
  token: string,
  kinds: readonly (string | undefined)[],
  schema: ZodType<Claims>,
  publicKeys: readonly KeyObject[],
): Promise<{ claims: Claims } | { because: string }> {
  if (token.length > charactersMax || !compact.test(token)) return { because: 'it is not a signed token' };
  const signed = await verifiedWithAny(token, publicKeys);
  if (!signed) return { because: 'its signature is not that of the CAPIF core function' };
  if (!kinds.includes(signed.protectedHeader.typ?.toLowerCase())) return { because: 'it is a token of another kind' };
  const claims = schema.safeParse(parsedJson(Buffer.from(signed.payload).toString()));
  return claims.success ? { claims: claims.data } : { because: 'its claims are not those of such a token' };
}

async function verifiedWithAny(token: string, publicKeys: readonly KeyObject[]) {
  for (const key of publicKeys) {
    const signed = await compactVerify(token, key, { algorithms }).catch(() => undefined);
    if (signed) return signed;
  }
  return undefined;
}

/** @throws TypeError, without the key, where the PEM is not a private key on P-256 */
export const signingKey = (privateKeyPem: string): KeyObject => p256Key(() => createPrivateKey(privateKeyPem));

/** @throws TypeError where the PEM is not a public key on P-256 */
export const verifyingKey = (publicKeyPem: string): KeyObject => p256Key(() => createPublicKey(publicKeyPem));

/** Whether a token has expired for good: RFC 7519, 4.1.4 and the leeway. */
export const hasExpired = ({ exp }: { exp: number }, now: number): boolean => now >= exp * 1000 + leewayMs;

function p256Key(read: () => KeyObject): KeyObject {
  const key = keyOrUndefined(read);
  if (key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new TypeError('Tokens are signed with ES256, which needs the PEM of a key on P-256');
}

function keyOrUndefined(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
