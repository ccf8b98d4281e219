/** Whose certificate a peer presents: an ordinary one, one with a URI of CAPIF, and a pinned one (TS 33.310 6.1.3a). */
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import { testAuthority } from '../testing/pki.ts';
import { type CertificateAuthority, createAuthority } from './certificates.ts';
import { generateKeyPair } from './key-pairs.ts';
import { aefIdentityCheck, coreIdentityCheck, invokerOf } from './peer-identity.ts';

/** As a TLS connection shows it. */
const presented = (pem: string) => new X509Certificate(pem).toLegacyObject() as PeerCertificate;

const address = '127.0.0.1';
let authority: CertificateAuthority;
let ordinary: PeerCertificate;
let ofCore: PeerCertificate;
let ofAef: PeerCertificate;

beforeAll(async () => {
  authority = await createAuthority({ name: 'peers', now: Date.now() });
  ordinary = presented((await (await testAuthority('any')).server('core')).cert);
  ofCore = await issued('capifCoreFunction', 'core-1');
  ofAef = await issued('apiExposingFunction', 'aef-1');
});

async function issued(role: 'capifCoreFunction' | 'apiExposingFunction', id: string): Promise<PeerCertificate> {
  const { publicKeyPem } = await generateKeyPair();
  const [usages, names] = [['server'] as ['server'], { ip: [address] }];
  return presented(
    await authority.issue({ subject: { role, id }, publicKey: publicKeyPem, names, usages, now: Date.now() }),
  );
}

test('by default the core is whoever has a certificate for the name or address that it is reached by', () => {
  const check = coreIdentityCheck({});

  expect(check(address, ordinary)).toBeUndefined();
  expect(check('localhost', ordinary)).toBeUndefined();
  expect(check(address, ofCore)).toBeUndefined();
  expect(check('10.0.0.1', ordinary)?.message).toMatch('is for DNS:localhost, IP Address:127.0.0.1, not for 10.0.0.1');
  expect(check('core.example', ofCore)?.message).toMatch('core.example');
});

test('an AEF at the same address, of the same authority, is not the core', () => {
  expect(coreIdentityCheck({})(address, ofAef)?.message).toBe('it is that of the apiExposingFunction aef-1');
});

test('with capifUri the core has our URI, whatever its address', () => {
  const check = coreIdentityCheck({ identity: 'capifUri' });

  expect(check('core.example', ofCore)).toBeUndefined();
  expect(check(address, ordinary)?.message).toMatch('has no URI of a core');
  expect(check(address, ofAef)?.message).toMatch('has no URI of a core');
});

test('a pinned core has that very certificate, whatever its address', () => {
  const sha256 = ordinary.fingerprint256;

  for (const written of [sha256, sha256.toLowerCase().replaceAll(':', '')]) {
    const check = coreIdentityCheck({ identity: { sha256: written } });
    expect(check('core.example', ordinary)).toBeUndefined();
    expect(check(address, ofCore)?.message).toMatch('is not the one that is pinned');
  }
});

test('an AEF is known by its URI, or, if it has none, by its address', () => {
  expect(aefIdentityCheck('aef-1')('10.0.0.1', ofAef)).toBeUndefined();
  expect(aefIdentityCheck('aef-2')(address, ofAef)?.message).toMatch('is that of the apiExposingFunction aef-1');
  expect(aefIdentityCheck('aef-1')(address, ofCore)?.message).toMatch('is that of the capifCoreFunction core-1');
  expect(aefIdentityCheck('aef-1')(address, ordinary)).toBeUndefined();
  expect(aefIdentityCheck('aef-1')('10.0.0.1', ordinary)?.message).toMatch('10.0.0.1');
});

test('the id of an invoker is in our URI, or, if a certificate has none, its common name', async () => {
  const ofInvoker = (await testAuthority('any')).client;

  expect(invokerOf(presented((await ofInvoker('apiInvoker:invoker-1')).cert))).toBe('invoker-1');
  expect(invokerOf(ordinary)).toBe('core');
  expect(invokerOf(ofAef)).toBeUndefined();
  expect(invokerOf({ ...ordinary, subject: { ...ordinary.subject, CN: '' } })).toBeUndefined();
});
