/** The identity that a certificate names, and the identity that a connection proves. */

import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loopback, serverIdentity } from '../testing/connections.ts';
import { type CertificateIdentity, identityOf, provenIdentity, uriOf } from './certificate-identity.ts';
import { type CertificateAuthority, type CertificateIssueRequest, createAuthority } from './certificates.ts';
import { generateKeyPair, type KeyPair } from './key-pairs.ts';

const now = Date.now();
const subject: CertificateIdentity = { role: 'apiInvoker', id: 'invoker-1' };
let authority: CertificateAuthority;
let keyPair: KeyPair;
let connections: ReturnType<typeof loopback>;

beforeAll(async () => {
  authority = await createAuthority({ name: 'CAPIF test root', now });
  keyPair = await generateKeyPair();
  connections = loopback(authority);
});
afterEach(() => connections.closeAll());

const issued = (request: Partial<CertificateIssueRequest> = {}) =>
  authority.issue({ subject, publicKey: keyPair.publicKeyPem, usages: ['client'], now, ...request });

describe('the identity in a certificate', () => {
  test('is the one that was written', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
    fc.assert(
      fc.property(id, (id) => {
        const identity = { role: 'apiExposingFunction', id } as const;
        expect(identityOf({ subjectaltname: `DNS:aef.example, URI:${uriOf(identity)}` })).toEqual(identity);
      }),
    );
  });

  test.each([
    undefined,
    '',
    'DNS:urn:capif:apiInvoker:a',
    'URI:urn:capif:apiInvoker:',
    'URI:urn:capif:unknown:a',
    'URI:urn:capif:apiInvoker:a:b',
    'URI:urn:capif:apiInvoker:a, URI:urn:capif:apiInvoker:b',
    'URI:urn:capif:apiInvoker:a, URI:URN:CAPIF:apiInvoker:b',
    'URI:urn:capif:apiInvoker:a, URI:urn:capif:unknown:b',
    'DNS:"x, URI:urn:capif:apiInvoker:a, y"',
  ])('is absent from %j', (subjectaltname) => expect(identityOf({ subjectaltname })).toBeUndefined());
});

describe('the identity proven on a connection', () => {
  const askCertificate = { requestCert: true, rejectUnauthorized: false } as const;

  test('is that of the certificate, on either end', async () => {
    const [client, server] = await connections.open(askCertificate, {
      key: keyPair.privateKeyPem,
      cert: await issued(),
    });
    expect(provenIdentity(server)).toEqual(subject);
    expect(provenIdentity(client)).toEqual(serverIdentity);
  });

  test('is absent without a certificate', async () => {
    const [, server] = await connections.open(askCertificate, {});
    expect(provenIdentity(server)).toBeUndefined();
  });

  test('is absent with the certificate of an unknown authority', async () => {
    const rogue = await createAuthority({ name: 'CAPIF test root', now });
    const cert = await rogue.issue({ subject, publicKey: keyPair.publicKeyPem, usages: ['client'], now });
    const [, server] = await connections.open(askCertificate, { key: keyPair.privateKeyPem, cert });
    expect(provenIdentity(server)).toBeUndefined();
  });

  test('is absent with an expired certificate, and with one for servers', async () => {
    const expired = await issued({ now: now - 2 * 86_400_000, validityDays: 1 });
    const forServers = await issued({ usages: ['server'] });
    for (const cert of [expired, forServers]) {
      const [, server] = await connections.open(askCertificate, { key: keyPair.privateKeyPem, cert });
      expect(provenIdentity(server)).toBeUndefined();
    }
  });

  test('is absent where a pre-shared key authenticated, whatever `authorized` says', async () => {
    const psk = Buffer.alloc(32, 7);
    const suites = { ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' } as const;
    const [client, server] = await connections.open(
      { ...askCertificate, ...suites, pskCallback: () => psk },
      { ...suites, pskCallback: () => ({ psk, identity: 'invoker-1' }), checkServerIdentity: () => undefined },
    );
    expect(server.getCipher().standardName).toContain('_PSK_');
    expect(provenIdentity(server)).toBeUndefined();
    expect(provenIdentity(client)).toBeUndefined();
  });

  test('is absent on a resumed TLS 1.3 connection without a certificate, whatever `authorized` says', async () => {
    const open = await connections.listen(askCertificate);
    const [first] = await open({ minVersion: 'TLSv1.3' });
    const [session] = await once(first, 'session');
    const [, server] = await open({ minVersion: 'TLSv1.3', session });
    expect(server.isSessionReused()).toBe(true);
    expect(provenIdentity(server)).toBeUndefined();
  });
});
