/**
 * The tokens that the CAPIF core function signs: OAuth 2.0 access tokens for CAPIF-2e (TS 33.122, Annex C, with the
 * claims of TS 29.222) and the onboarding token of the enrolment information (TS 33.122, 6.1).
 */

import { createPublicKey, hash, type KeyObject, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { apisPerAef } from './access-token-scope.ts';
import type { KeyPair } from './key-pairs.ts';
import { hasExpired, keyIdOf, openToken, signingKey, signToken, verifyingKey } from './signed-token.ts';
import { thumbprint } from './token-keys.ts';

type Credential = number | Readonly<Record<string, number>>;

export type AccessTokenRequest = {
  apiInvokerId: string;
  /** See `scopeOf`. */
  scope: string;
  /** Which negotiation the token belongs to: one for the whole scope, or that of each AEF by its id. */
  credential: Credential;
  lifetimeSeconds: number;
  /** Binds the token to the certificate with this `certificateThumbprint` (RFC 8705, 3.1). */
  certificateThumbprint?: string;
  /** Milliseconds since 1970. */
  now: number;
};

type OnboardingTokenRequest = { tokenId: string; subject: string; lifetimeSeconds: number; now: number };

type AccessTokenVerification =
  /**
   * `apiNames`: those of this AEF that its scope opens. `expires` in milliseconds since 1970, without the leeway. A foreign
   * core gives its tokens no `credential`.
   */
  | {
      outcome: 'valid';
      apiInvokerId: string;
      credential: number | undefined;
      apiNames: readonly string[];
      expires: number;
    }
  /** Correctly signed, for this AEF and this certificate, but too late. */
  | { outcome: 'expired'; apiInvokerId: string; credential: number | undefined }
  /** `because` is for a log: a clause about the token, without anything from it. */
  | { outcome: 'invalid'; because: string };

type OnboardingTokenVerification =
  /** `tokenId` identifies the token, so that each can be accepted only once. */
  | { outcome: 'valid'; subject: string; tokenId: string; expires: number }
  | { outcome: 'expired'; subject: string }
  | { outcome: 'invalid'; because: string };

type Presentation = {
  /** The AEF the token is presented to. */
  aefId: string;
  /** Milliseconds since 1970. */
  now: number;
  /** The DER of the certificate its bearer has proven on the connection, if any. */
  certificate?: Buffer | undefined;
};

const audience = 'capif-onboarding';
const verifiedTokensMax = 1000;

/** RFC 7519 names `JWT`, RFC 9068 the others; TS 29.222 none at all. */
const accessTokenKinds = ['at+jwt', 'application/at+jwt', 'jwt', undefined];

/**
 * The invoker is `iss` in TS 29.222 and `client_id` in TS 33.122, C.2.2, and one of them is enough; `exp` is the date of
 * RFC 7519 in both. `credential` and `cnf` are those of our own core, whose tokens have both names of the invoker.
 */
const accessTokenClaims = z
  .object({
    iss: z.string().min(1).optional(),
    client_id: z.string().min(1).optional(),
    scope: z.string(),
    exp: z.number().positive(),
    credential: z.union([z.int().nonnegative(), z.record(z.string(), z.int().nonnegative())]).optional(),
    cnf: z.object({ 'x5t#S256': z.string() }).optional(),
  })
  .refine(({ iss, client_id, credential }) => credential === undefined || iss === client_id)
  .transform(({ iss, client_id, ...claims }, context) => {
    const apiInvokerId = client_id ?? iss;
    if (apiInvokerId !== undefined) return { ...claims, apiInvokerId, apis: apisPerAef(claims.scope) };
    context.addIssue('must name the API invoker');
    return z.NEVER;
  });

type AccessTokenClaims = z.output<typeof accessTokenClaims>;

const onboardingTokenClaims = z.object({
  aud: z.literal(audience),
  sub: z.string().min(1),
  jti: z.string().min(1),
  exp: z.int().positive(),
});

/**
 * The CAPIF core function as an authorization server.
 *
 * @throws TypeError where the key is not on P-256
 */
export function accessTokenIssuer({ privateKeyPem }: Pick<KeyPair, 'privateKeyPem'>) {
  const privateKey = signingKey(privateKeyPem);
  const kid = thumbprint(createPublicKey(privateKey));

  /** @throws TypeError where the scope is malformed; RangeError where the token would never be valid */
  async function issueAccessToken(request: AccessTokenRequest): Promise<string> {
    const { apiInvokerId, scope, credential, lifetimeSeconds, certificateThumbprint, now } = request;
    if (!apisPerAef(scope)) throw new TypeError(`"${scope}" is not the scope of an access token`);
    const claims = { iss: apiInvokerId, client_id: apiInvokerId, scope, credential, ...times(now, lifetimeSeconds) };
    const cnf = certificateThumbprint && { cnf: { 'x5t#S256': certificateThumbprint } };
    return signToken('at+jwt', { ...claims, ...cnf }, privateKey, kid);
  }

  /** @throws RangeError where the token would never be valid */
  async function issueOnboardingToken(request: OnboardingTokenRequest): Promise<string> {
    const { tokenId: jti, subject: sub, lifetimeSeconds, now } = request;
    return signToken('onboarding+jwt', { aud: audience, sub, ...times(now, lifetimeSeconds), jti }, privateKey);
  }

  const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { issueAccessToken, issueOnboardingToken, publicKeyPem };
}

/**
 * An AEF as a resource server. Remembers the claims of the last tokens it verified, never a token: the signature of
 * each is checked once, everything else every time.
 *
 * @param keysFor the keys that may have signed a token whose header names this key, or none
 */
export function accessTokenVerifier(keysFor: (kid: string | undefined) => Promise<readonly KeyObject[]>) {
  const verified = new Map<string, AccessTokenClaims>();

  /** At once for a token that was verified before. Never rejects, whatever the token is. */
  function verify(
    token: string,
    presentation: Presentation,
  ): AccessTokenVerification | Promise<AccessTokenVerification> {
    const digest = hash('sha256', token, 'base64');
    const remembered = verified.get(digest);
    if (remembered) {
      const judged = judgement(remembered, presentation);
      if (judged.outcome === 'expired') verified.delete(digest);
      return judged;
    }
    return verifySignature(token, digest, presentation);
  }

  async function verifySignature(
    token: string,
    digest: string,
    presentation: Presentation,
  ): Promise<AccessTokenVerification> {
    const opened = await openToken(token, accessTokenKinds, accessTokenClaims, await keysFor(keyIdOf(token)));
    if ('because' in opened) return { outcome: 'invalid', because: opened.because };
    const judged = judgement(opened.claims, presentation);
    if (judged.outcome === 'valid') remember(digest, opened.claims, presentation.now);
    return judged;
  }

  function remember(digest: string, claims: AccessTokenClaims, now: number): void {
    if (verified.size >= verifiedTokensMax)
      for (const [old, claims] of verified) if (hasExpired(claims, now)) verified.delete(old);
    const [oldest] = verified.keys();
    if (verified.size >= verifiedTokensMax && oldest) verified.delete(oldest);
    verified.set(digest, claims);
  }

  return { verify };
}

/** @throws TypeError where the key is not on P-256; never because of the token */
export async function verifyOnboardingToken(
  token: string,
  publicKeyPem: string,
  now: number,
): Promise<OnboardingTokenVerification> {
  const opened = await openToken(token, ['onboarding+jwt'], onboardingTokenClaims, [verifyingKey(publicKeyPem)]);
  if ('because' in opened) return { outcome: 'invalid', because: opened.because };
  const { sub: subject, jti: tokenId, exp } = opened.claims;
  if (hasExpired(opened.claims, now)) return { outcome: 'expired', subject };
  return { outcome: 'valid', subject, tokenId, expires: exp * 1000 };
}

/** Of certificates that connections have proven: each is hashed once. */
const thumbprints = new WeakMap<Buffer, string>();

/** The `x5t#S256` of a certificate in DER, such as `getPeerCertificate().raw` (RFC 8705, 3.1). */
export function certificateThumbprint(certificate: Buffer): string {
  const known = thumbprints.get(certificate) ?? hash('sha256', certificate, 'base64url');
  thumbprints.set(certificate, known);
  return known;
}

/** Whether a correctly signed access token is good here and now. */
function judgement(claims: AccessTokenClaims, { aefId, now, certificate }: Presentation): AccessTokenVerification {
  const { apiInvokerId, apis, exp, cnf } = claims;
  const apiNames = apis?.get(aefId);
  if (!apiNames) return { outcome: 'invalid', because: 'its scope is not for this AEF' };
  const credential = typeof claims.credential === 'object' ? claims.credential[aefId] : claims.credential;
  if (credential === undefined && claims.credential !== undefined)
    return { outcome: 'invalid', because: 'it belongs to no negotiation about this AEF' };
  if (cnf && (!certificate || cnf['x5t#S256'] !== certificateThumbprint(certificate)))
    return { outcome: 'invalid', because: 'it is bound to a certificate that its bearer does not have' };
  if (hasExpired(claims, now)) return { outcome: 'expired', apiInvokerId, credential };
  return { outcome: 'valid', apiInvokerId, credential, apiNames, expires: exp * 1000 };
}

function times(now: number, lifetimeSeconds: number) {
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds <= 0)
    throw new RangeError(`a token cannot live for ${lifetimeSeconds} seconds`);
  const iat = Math.floor(now / 1000);
  return { iat, exp: iat + lifetimeSeconds, jti: randomUUID() };
}
