/** Access tokens and onboarding tokens: which are accepted, and which are not. */

import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AccessTokenRequest,
  accessTokenIssuer,
  accessTokenVerifier,
  certificateThumbprint,
  verifyOnboardingToken,
} from './access-token.ts';
import { scopeOf } from './access-token-scope.ts';
import { createAuthority } from './certificates.ts';
import { generateKeyPair, type KeyPair } from './key-pairs.ts';
import { jwkSetOf, tokenKey } from './token-keys.ts';

const now = Date.UTC(2030, 0, 1);
const scope = scopeOf('aef-1', ['weather', 'traffic']);
const here = { aefId: 'aef-1', now };
let core: KeyPair;
let issuer: ReturnType<typeof accessTokenIssuer>;
let verifier: ReturnType<typeof accessTokenVerifier>;

beforeAll(async () => {
  core = await generateKeyPair();
  issuer = accessTokenIssuer(core);
  verifier = verifierWith(core.publicKeyPem);
});

const verifierWith = (publicKeyPem: string) => {
  const { key } = tokenKey(publicKeyPem);
  return accessTokenVerifier(async () => [key]);
};

const issued = (request: Partial<AccessTokenRequest> = {}) =>
  issuer.issueAccessToken({ apiInvokerId: 'invoker-1', scope, credential: 3, lifetimeSeconds: 60, now, ...request });

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());

/** A token with these claims, signed by the core function as it would never do itself. */
const forged = (claims: Record<string, unknown>, typ = 'at+jwt') =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ }).sign(createPrivateKey(core.privateKeyPem));

describe('an access token', () => {
  test('has the claims of TS 29.222 and of C.2.2', async () => {
    const token = await issued();
    const [jwk] = jwkSetOf(core.publicKeyPem).keys;
    expect(headerOf(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: jwk?.kid });
    const seconds = now / 1000;
    expect(claimsOf(token)).toEqual({
      iss: 'invoker-1',
      client_id: 'invoker-1',
      scope: '3gpp#aef-1:weather,traffic',
      credential: 3,
      iat: seconds,
      exp: seconds + 60,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(issuer.publicKeyPem).toBe(core.publicKeyPem);
  });

  test('is accepted, the first time and every time after', async () => {
    const token = await issued();
    for (let times = 0; times < 3; times++)
      expect(await verifier.verify(token, here)).toEqual({
        outcome: 'valid',
        apiInvokerId: 'invoker-1',
        credential: 3,
        apiNames: ['weather', 'traffic'],
        expires: now + 60_000,
      });
  });

  test('expires 30 seconds after its time, whether or not it was seen before', async () => {
    const token = await issued();
    const expires = now + 60_000;
    const strangers = verifierWith(core.publicKeyPem);
    expect(await verifier.verify(token, { ...here, now: expires + 29_999 })).toMatchObject({ outcome: 'valid' });
    for (const { verify } of [verifier, strangers, verifier])
      expect(await verify(token, { ...here, now: expires + 30_000 })).toEqual({
        outcome: 'expired',
        apiInvokerId: 'invoker-1',
        credential: 3,
      });
  });

  test('is for the AEFs in its scope only, whether or not it was seen before', async () => {
    const token = await issued();
    const elsewhere = { ...here, aefId: 'aef-2' };
    expect(await verifier.verify(token, elsewhere)).toMatchObject({ outcome: 'invalid' });
    expect(await verifier.verify(token, here)).toMatchObject({ outcome: 'valid' });
    expect(await verifier.verify(token, elsewhere)).toMatchObject({ outcome: 'invalid' });
  });

  test('bound to a certificate is accepted with that certificate only, whether or not it was seen before', async () => {
    const [own, other] = await Promise.all([certificate(), certificate()]);
    const token = await issued({ certificateThumbprint: certificateThumbprint(own) });
    for (let times = 0; times < 2; times++) {
      expect(await verifier.verify(token, here)).toMatchObject({ outcome: 'invalid' });
      expect(await verifier.verify(token, { ...here, certificate: other })).toMatchObject({ outcome: 'invalid' });
      expect(await verifier.verify(token, { ...here, certificate: own })).toMatchObject({ outcome: 'valid' });
    }
    expect(certificateThumbprint(own)).toBe(
      Buffer.from(new X509Certificate(own).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    );
  });

  test('is still accepted after more tokens than are remembered', async () => {
    const first = await issued();
    const tokens = await Promise.all(Array.from({ length: 1001 }, () => issued()));
    for (const token of [first, ...tokens, first])
      expect(await verifier.verify(token, here)).toMatchObject({ outcome: 'valid' });
  });

  test('is not issued without a scope or a lifetime', async () => {
    await expect(issued({ scope: 'weather' })).rejects.toThrow(TypeError);
    await expect(issued({ lifetimeSeconds: 0 })).rejects.toThrow(RangeError);
    await expect(issued({ lifetimeSeconds: Number.NaN })).rejects.toThrow(RangeError);
  });
});

describe('an access token is invalid', () => {
  const isInvalid = async (token: string) => {
    const { outcome, ...rest } = await verifier.verify(token, here);
    expect(outcome).toBe('invalid');
    expect(JSON.stringify(rest)).not.toContain('invoker-1');
  };
  const claims = { iss: 'invoker-1', client_id: 'invoker-1', scope, exp: now / 1000 + 60, credential: 3 };

  test('without a signature', async () => {
    const [, payload, signature] = (await issued()).split('.');
    await isInvalid(`${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`);
    await isInvalid(`${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.${signature}`);
  });

  test('signed by HS256 with the public key as the secret', async () => {
    for (const length of [43, 86]) {
      const input = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part(claims)}`;
      const signature = createHmac('sha256', core.publicKeyPem).update(input).digest('base64url');
      await isInvalid(`${input}.${signature.padEnd(length, 'A')}`);
    }
  });

  test('signed with another key, even one that it brings along', async () => {
    const other = await generateKeyPair();
    const token = { apiInvokerId: 'invoker-1', scope, credential: 3, lifetimeSeconds: 60, now };
    await isInvalid(await accessTokenIssuer(other).issueAccessToken(token));
    const key = createPrivateKey(other.privateKeyPem);
    const { kty, crv, x, y } = key.export({ format: 'jwk' });
    const header = { alg: 'ES256', typ: 'at+jwt', jwk: { kty: kty!, crv: crv!, x: x!, y: y! } };
    await isInvalid(await new SignJWT(claims).setProtectedHeader(header).sign(key));
  });

  test('of another kind', async () => {
    await isInvalid(await forged(claims, 'id+jwt'));
    await isInvalid(await forged(claims, 'onboarding+jwt'));
    await isInvalid(
      await issuer.issueOnboardingToken({ tokenId: 'one', subject: 'invoker-1', lifetimeSeconds: 60, now }),
    );
  });

  test('with other claims', async () => {
    expect(await verifier.verify(await forged(claims), here)).toMatchObject({ outcome: 'valid' });
    await isInvalid(await forged({ ...claims, client_id: 'invoker-2' }));
    await isInvalid(await forged({ ...claims, scope: '3gpp#aef-1' }));
    await isInvalid(await forged({ ...claims, credential: 'three' }));
    await isInvalid(await forged({ ...claims, cnf: { jkt: 'x' } }));
    for (const missing of ['iss', 'client_id', 'scope', 'exp'])
      await isInvalid(await forged({ ...claims, [missing]: undefined }));
  });

  test('with any change of its header, its claims or its signature', async () => {
    const token = await issued();
    const octets = token.split('.').map((text) => Buffer.from(text, 'base64url'));
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.integer({ min: 1, max: 255 }), async (changed, at, by) => {
        const parts = octets.map((part) => Buffer.from(part));
        parts[changed]![at % parts[changed]!.length]! ^= by;
        await isInvalid(parts.map((part) => part.toString('base64url')).join('.'));
      }),
    );
  });

  test('when it is anything else', async () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((text) => `${text}.${text}.${text}`),
    );
    await fc.assert(fc.asyncProperty(texts, isInvalid));
    await isInvalid(`${await issued()}\n`);
    await isInvalid(await forged({ ...claims, much: 'x'.repeat(8192) }));
  });
});

describe('a token of a foreign core', () => {
  const claims = { iss: 'invoker-1', scope, exp: now / 1000 + 60 };
  const isOfInvoker1 = { outcome: 'valid', apiInvokerId: 'invoker-1', credential: undefined };

  test('needs an invoker, a scope and an expiry, and nothing that only our core gives', async () => {
    const { iss, ...unnamed } = claims;
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt']) {
      expect(await verifier.verify(await forged(claims, typ), here)).toMatchObject(isOfInvoker1);
      expect(await verifier.verify(await forged({ ...unnamed, client_id: iss }, typ), here)).toMatchObject(
        isOfInvoker1,
      );
    }
    // RFC 9068: the issuer is the core, and the client the invoker.
    const both = { ...claims, iss: 'https://core.example', client_id: 'invoker-1' };
    expect(await verifier.verify(await forged(both, 'at+jwt'), here)).toMatchObject(isOfInvoker1);
    for (const missing of ['iss', 'scope', 'exp'])
      expect(await verifier.verify(await forged({ ...claims, [missing]: undefined }, 'JWT'), here)).toMatchObject({
        outcome: 'invalid',
      });
  });

  test.each([
    ['RS256', 'rsa', { modulusLength: 2048 }],
    ['PS256', 'rsa', { modulusLength: 2048 }],
    ['ES384', 'ec', { namedCurve: 'P-384' }],
    ['EdDSA', 'ed25519', {}],
  ] as const)('may be signed with %s', async (alg, type, options) => {
    const { publicKey, privateKey } = generateKeyPairSync(type as 'rsa', options as { modulusLength: number });
    const token = await new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey);
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(await verifierWith(pem).verify(token, here)).toMatchObject(isOfInvoker1);
    expect(await verifier.verify(token, here)).toMatchObject({ outcome: 'invalid' });
  });

  test('with our own claims is bound as they say', async () => {
    const bound = { ...claims, cnf: { 'x5t#S256': certificateThumbprint(await certificate()) } };
    expect(await verifier.verify(await forged(bound, 'JWT'), here)).toMatchObject({ outcome: 'invalid' });
  });
});

test('the core publishes its key as a JWK Set, under the thumbprint of RFC 7638', async () => {
  const { keys } = jwkSetOf(core.publicKeyPem);
  expect(keys).toHaveLength(1);
  const { kid, ...jwk } = keys[0]!;
  expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
  expect(jwk).not.toHaveProperty('d');
  expect(kid).toBe(await calculateJwkThumbprint(createPublicKey(core.publicKeyPem)));
});

describe('an onboarding token', () => {
  const onboarding = () =>
    issuer.issueOnboardingToken({ tokenId: 'one', subject: 'example-provider', lifetimeSeconds: 60, now });
  const verified = (token: string, at = now) => verifyOnboardingToken(token, core.publicKeyPem, at);

  test('is accepted until 30 seconds after its time', async () => {
    const token = await onboarding();
    const { jti } = claimsOf(token);
    const valid = { outcome: 'valid', subject: 'example-provider', tokenId: jti, expires: now + 60_000 };
    expect(headerOf(token)).toEqual({ alg: 'ES256', typ: 'onboarding+jwt' });
    expect(await verified(token)).toEqual(valid);
    expect(await verified(token, now + 89_999)).toEqual(valid);
    expect(await verified(token, now + 90_000)).toEqual({ outcome: 'expired', subject: 'example-provider' });
  });

  test('is no access token, nor another audience, nor another signature', async () => {
    const claims = { aud: 'capif-onboarding', sub: 'a', jti: 'b', exp: now / 1000 + 60 };
    expect(await verified(await forged(claims, 'onboarding+jwt'))).toMatchObject({ outcome: 'valid' });
    const other = accessTokenIssuer(await generateKeyPair());
    const refused = [
      await issued(),
      await forged(claims),
      await forged({ ...claims, aud: 'capif' }, 'onboarding+jwt'),
      await other.issueOnboardingToken({ tokenId: 'one', subject: 'a', lifetimeSeconds: 60, now }),
      '',
    ];
    for (const token of refused) expect(await verified(token)).toMatchObject({ outcome: 'invalid' });
  });
});

test('a key that does not fit ES256 is refused at once, in words without the key', async () => {
  expect(() => tokenKey('no key')).toThrow('PEM of a key');
  expect(() => tokenKey(core.privateKeyPem)).not.toThrow();
  expect(() => accessTokenIssuer({ privateKeyPem: core.publicKeyPem })).toThrow('a key on P-256');
  await expect(verifyOnboardingToken(await issued(), 'no key', now)).rejects.toThrow('a key on P-256');
});

async function certificate(): Promise<Buffer> {
  const authority = await createAuthority({ name: 'test', now });
  const { publicKeyPem: publicKey } = await generateKeyPair();
  const pem = await authority.issue({ subject: { role: 'apiInvoker', id: 'a' }, publicKey, usages: ['client'], now });
  return new X509Certificate(pem).raw;
}
