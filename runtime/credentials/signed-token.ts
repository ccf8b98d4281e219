/** JSON web tokens signed with ES256, each of one kind and good for nothing else (RFC 7519, 7515, 8725 3.11). */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify } from 'jose';
import type { ZodType } from 'zod';

/** The `typ` of the header: an access token (RFC 9068, 2.1) or our onboarding token. */
type TokenType = 'at+jwt' | 'onboarding+jwt';

/** How long after its expiry a token may still be taken, for clocks that differ (TS 33.122, C.2.2: at most 30 s). */
const leewayMs = 30_000;

const charactersMax = 8192;
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;

export function signToken(typ: TokenType, claims: Record<string, unknown>, privateKey: KeyObject): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ })
    .sign(privateKey);
}

/** The claims of a token of this kind that was signed with the key, expired or not; or why there are none. */
export async function openToken<Claims>(
  token: string,
  typ: TokenType,
  schema: ZodType<Claims>,
  publicKey: KeyObject,
): Promise<{ claims: Claims } | { because: string }> {
  if (token.length > charactersMax || !compact.test(token)) return { because: 'it is not a signed token' };
  const signed = await compactVerify(token, publicKey, { algorithms: ['ES256'] }).catch(() => undefined);
  if (!signed) return { because: 'its signature is not that of the CAPIF core function' };
  if (signed.protectedHeader.typ !== typ) return { because: 'it is a token of another kind' };
  const claims = schema.safeParse(parsedJson(Buffer.from(signed.payload).toString()));
  return claims.success ? { claims: claims.data } : { because: 'its claims are not those of such a token' };
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
