/** Certificates for the tests of this folder: one authority, and whom it vouches for. */

import 'reflect-metadata';
import { Crypto } from '@peculiar/webcrypto';
import * as x509 from '@peculiar/x509';

const crypto = new Crypto();
x509.cryptoProvider.set(crypto);

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** PEM. */
export interface TestCredentials {
  key: string;
  cert: string;
}

export interface TestAuthority {
  ca: string;
  server(name: string, kind?: 'ECDSA' | 'RSA'): Promise<TestCredentials>;
  client(name: string): Promise<TestCredentials>;
  /** An ordinary certificate of a server and client for someone else's public key, in PEM; without any URI. */
  certify(subject: string, publicKeyPem: string): Promise<string>;
}

export async function testAuthority(name: string): Promise<TestAuthority> {
  const keys = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ecdsa,
    ...validity(),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });

  async function certified(subject: string, publicKey: x509.PublicKeyType, extensions: x509.Extension[]) {
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${subject}`,
      issuer: own.subject,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ecdsa,
      ...validity(),
      extensions,
    });
    return certificate.toString('pem');
  }

  async function issue(subject: string, kind: 'ECDSA' | 'RSA', extensions: x509.Extension[]): Promise<TestCredentials> {
    const leaf = await crypto.subtle.generateKey(kind === 'RSA' ? rsa : ecdsa, true, ['sign', 'verify']);
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', leaf.privateKey);
    const cert = await certified(subject, leaf.publicKey, extensions);
    return { key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), cert };
  }

  return {
    ca: own.toString('pem'),
    server: (subject, kind = 'ECDSA') =>
      issue(subject, kind, [loopback(), new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])]),
    certify: (subject, publicKeyPem) =>
      certified(subject, new x509.PublicKey(publicKeyPem), [
        loopback(),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ]),
    client: (subject) =>
      issue(subject, 'ECDSA', [
        new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `urn:capif:${subject}` }]),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]),
  };
}

const loopback = () =>
  new x509.SubjectAlternativeNameExtension([
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
  ]);

function validity() {
  const dayMs = 24 * 60 * 60 * 1000;
  return { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) };
}
