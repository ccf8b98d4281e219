/** The certificates of the test authority, and who gets one. */

import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateIdentity, identityOf } from './certificate-identity.ts';
import { certificateRequest, ecdsa, provider } from './certificate-keys.ts';
import {
  type CertificateAuthority,
  type CertificateIssueRequest,
  createAuthority,
  loadAuthority,
} from './certificates.ts';
import { generateKeyPair, type KeyPair } from './key-pairs.ts';
import { decrypted } from './private-key-text.ts';

const now = Date.now();
const subject: CertificateIdentity = { role: 'apiInvoker', id: 'invoker-1' };
let authority: CertificateAuthority;
let keyPair: KeyPair;
let folder: string;

beforeAll(async () => {
  authority = await createAuthority({ name: 'CAPIF test root', now });
  keyPair = await generateKeyPair();
  folder = await mkdtemp(join(tmpdir(), 'capif-certificates-'));
});
afterAll(() => rm(folder, { recursive: true }));

const issued = (request: Partial<CertificateIssueRequest> = {}) =>
  authority.issue({ subject, publicKey: keyPair.publicKeyPem, usages: ['client'], now, ...request });

const refused = (code: string) => expect.objectContaining({ name: 'CertificateRequestRefused', code });
const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

describe('a certificate', () => {
  test('is that of its subject, signed by the authority', async () => {
    const read = new X509Certificate(await issued({ names: { dns: ['aef.example'], ip: ['127.0.0.1', '::1'] } }));
    expect(read.subject).toBe('CN=invoker-1');
    expect(read.issuer).toBe('CN=CAPIF test root');
    expect(read.ca).toBe(false);
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(read.subjectAltName).toContain('DNS:aef.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(identityOf({ subjectaltname: read.subjectAltName })).toEqual(subject);
    expect(read.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
  });

  test('has a serial number of its own', async () => {
    const serials = await Promise.all(
      Array.from({ length: 20 }, async () => new X509Certificate(await issued()).serialNumber),
    );
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  const openssl = hasOpenssl();
  if (!openssl) console.log('skipped: openssl verify -x509_strict, for there is no openssl on the PATH');

  test.skipIf(!openssl).each([
    ['server', 'sslserver'],
    ['client', 'sslclient'],
  ] as const)('for a %s satisfies openssl verify -x509_strict', async (usage, purpose) => {
    const root = join(folder, 'root.pem');
    const leaf = join(folder, `${usage}.pem`);
    await writeFile(root, authority.certificatePem);
    await writeFile(leaf, await issued({ usages: [usage], names: { dns: ['aef.example'] } }));
    const verify = (...options: string[]) =>
      execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', root, ...options, leaf], {
        stdio: 'pipe',
      }).toString();
    expect(verify('-purpose', purpose)).toContain('OK');
    expect(() => verify('-purpose', purpose === 'sslclient' ? 'sslserver' : 'sslclient')).toThrow();
  });
});

describe('a certificate request', () => {
  test('that proves possession of its key is answered, whatever name it wishes for', async () => {
    const certificate = await issued({ publicKey: await certificateRequest(keyPair, 'somebody-else') });
    expect(new X509Certificate(certificate).subject).toBe('CN=invoker-1');
    expect(spkiOf(new X509Certificate(certificate).publicKey)).toBe(keyPair.publicKeyPem);
  });

  test('for an id that a name would misread is not written', async () => {
    for (const id of ['#04', '', 'a,b']) await expect(certificateRequest(keyPair, id)).rejects.toThrow(TypeError);
  });

  test('with another key or another name than was signed is refused', async () => {
    const other = await generateKeyPair();
    const der = derOf(await certificateRequest(keyPair, 'invoker-1'));
    const otherKey = replaced(der, pointOf(keyPair), pointOf(other));
    const otherName = replaced(der, Buffer.from('invoker-1'), Buffer.from('invoker-2'));
    for (const tampered of [otherKey, otherName])
      await expect(issued({ publicKey: pemOf(tampered) })).rejects.toEqual(refused('noProofOfPossession'));
  });

  test.each([
    '',
    'x',
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    pemOf(Buffer.from('3003020101', 'hex')),
  ])('that is none is refused: %j', (publicKey) => expect(issued({ publicKey })).rejects.toEqual(refused('malformed')));

  test('signed with SHA-1 is refused', async () => {
    const signingAlgorithm = { ...ecdsa, hash: 'SHA-1' };
    const keys = await provider.subtle.generateKey(signingAlgorithm, false, ['sign', 'verify']);
    const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=a', keys, signingAlgorithm });
    const publicKey = pemOf(Buffer.from(request.rawData));
    await expect(issued({ publicKey })).rejects.toEqual(refused('noProofOfPossession'));
  });

  test('that brings a private key is refused', async () => {
    await expect(issued({ publicKey: keyPair.privateKeyPem })).rejects.toEqual(refused('malformed'));
  });

  test('with a key on P-384, or an RSA key of 2048 bits, is answered', async () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    for (const key of [p384, rsa]) expect(await issued({ publicKey: spkiOf(key) })).toContain('CERTIFICATE');
  });

  test('with a weaker or stranger key is refused', async () => {
    const keys = [
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey,
      generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey,
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
      generateKeyPairSync('ed25519').publicKey,
    ];
    for (const key of keys)
      await expect(issued({ publicKey: spkiOf(key) })).rejects.toEqual(refused('unacceptableKey'));
  });

  test.each(['', 'a b', 'a:b', 'a,URI:urn:capif:apiInvoker:b', 'a\n', 'ä', '../a', 'a'.repeat(65)])(
    'for the id %j is refused',
    (id) => expect(issued({ subject: { role: 'apiInvoker', id } })).rejects.toEqual(refused('unacceptableSubject')),
  );

  test('for a role that is none is refused', async () => {
    const subject = { role: 'root', id: 'a' } as unknown as CertificateIdentity;
    await expect(issued({ subject })).rejects.toEqual(refused('unacceptableSubject'));
  });

  test.each([
    { dns: ['*.example'] },
    { dns: ['a, URI:urn:capif:apiInvoker:b'] },
    { dns: [''] },
    { ip: ['localhost'] },
    { ip: ['fe80::1%eth0'] },
  ])('for the names %j is refused', (names) => expect(issued({ names })).rejects.toEqual(refused('unacceptableName')));

  test.each([0, -1, Number.NaN, 4000])('for %d days is refused', (validityDays) =>
    expect(issued({ validityDays })).rejects.toEqual(refused('unacceptableValidity')),
  );
});

describe('an authority in a folder', () => {
  test('goes on where it was, and only its owner can read its key', async () => {
    const home = join(folder, 'home');
    await authority.exportTo(home, 'the passphrase');
    const loaded = await loadAuthority(home, 'the passphrase');
    const certificate = await loaded.issue({ subject, publicKey: keyPair.publicKeyPem, usages: ['client'], now });
    expect(loaded.certificatePem).toBe(authority.certificatePem);
    expect(new X509Certificate(certificate).verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
    expect(await readdir(home)).toEqual(['authority.certificate.pem', 'authority.key.pem']);
    if (process.platform !== 'win32') expect((await stat(join(home, 'authority.key.pem'))).mode & 0o777).toBe(0o600);
  });

  test('replaces what was there, and gives the key its mode again', async () => {
    const home = join(folder, 'again');
    await authority.exportTo(home, 'the passphrase');
    await writeFile(join(home, 'authority.key.pem'), 'half a key', { mode: 0o644 });
    await authority.exportTo(home, 'the passphrase');
    expect((await loadAuthority(home, 'the passphrase')).certificatePem).toBe(authority.certificatePem);
  });

  test('keeps its key encrypted, and takes one that its owner brought in plain text', async () => {
    const home = join(folder, 'encrypted');
    await authority.exportTo(home, 'the passphrase');
    const file = join(home, 'authority.key.pem');
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    await expect(loadAuthority(home, 'another')).rejects.toThrow('was encrypted under another key');
    await writeFile(file, decrypted(text, 'the passphrase'));
    expect((await loadAuthority(home, 'another')).certificatePem).toBe(authority.certificatePem);
  });

  test('with the key of another is refused, in words without the key', async () => {
    const home = join(folder, 'mixed');
    await authority.exportTo(home, 'the passphrase');
    await writeFile(join(home, 'authority.key.pem'), keyPair.privateKeyPem);
    await expect(loadAuthority(home, 'the passphrase')).rejects.toThrow('is not the private key of');
    expect(await readFile(join(home, 'authority.certificate.pem'), 'utf8')).toBe(authority.certificatePem);
  });
});

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** The 64 octets of a P-256 public key. */
function pointOf({ publicKeyPem }: KeyPair): Buffer {
  return derOf(publicKeyPem).subarray(-64);
}

function replaced(octets: Buffer, part: Buffer, by: Buffer): Buffer {
  const at = octets.indexOf(part);
  expect(at).toBeGreaterThan(0);
  return Buffer.concat([octets.subarray(0, at), by, octets.subarray(at + part.length)]);
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
}
