/**
 * A certificate authority for the reference runtime, in memory or in a folder. It issues the certificates of
 * TS 33.310, 6.1.3a and 6.1.4a (X.509v3, SHA-256) but for CRL and OCSP: a certificate here expires, it is not revoked.
 */

import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { readAuthority, writeAuthority } from './authority-folder.ts';
import { type CertificateIdentity, uriOf } from './certificate-identity.ts';
import { ecdsa, pem, readKeyPair } from './certificate-keys.ts';
import { CertificateRequestRefused, requestedPublicKey } from './certificate-request.ts';
import { generateKeyPair } from './key-pairs.ts';

export type { CertificateIdentity } from './certificate-identity.ts';
export { CertificateRequestRefused } from './certificate-request.ts';

export type CertificateIssueRequest = {
  subject: CertificateIdentity;
  /** The PEM of a public key, or of a PKCS #10 request, whose proof of possession is then verified. */
  publicKey: string;
  /** Where a server with this certificate is reached. */
  names?: { dns?: string[]; ip?: string[] };
  usages: ('server' | 'client')[];
  /** 30 by default. */
  validityDays?: number;
  /** Milliseconds since 1970. */
  now: number;
};

export type CertificateAuthority = {
  /** The root that both ends of a connection trust. */
  certificatePem: string;
  /** A certificate in PEM. Rejects with CertificateRequestRefused. */
  issue(request: CertificateIssueRequest): Promise<string>;
  /** Writes the private key (encrypted, mode 0600) and the certificate into a folder, for `loadAuthority`. */
  exportTo(folder: string, passphrase: string): Promise<void>;
};

const dayMs = 86_400_000;
/** Certificates begin a little early, for peers whose clocks are behind. */
const clockSkewMs = 5 * 60_000;
const authorityValidityDays = 3650;
const dnsName =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/**
 * @param name the common name of the root: 1 to 64 letters, digits, spaces, dots, underscores and hyphens
 * @param now milliseconds since 1970
 * @throws TypeError where the name is none
 */
export async function createAuthority({ name, now }: { name: string; now: number }): Promise<CertificateAuthority> {
  if (!/^[A-Za-z0-9._-][A-Za-z0-9 ._-]{0,63}$/.test(name))
    throw new TypeError(`"${name}" cannot be the name of a certificate authority`);
  const { privateKeyPem } = await generateKeyPair();
  const keys = await readKeyPair(privateKeyPem);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    serialNumber: randomSerialNumber(),
    ...validity(now, authorityValidityDays),
    keys,
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return authorityOf(privateKeyPem, pem(certificate.rawData, 'CERTIFICATE'));
}

/**
 * The authority of a folder that `exportTo` has written, or of PEM files under the same names; their key may be in plain text.
 *
 * @throws Error that says what is wrong there
 */
export async function loadAuthority(folder: string, passphrase: string): Promise<CertificateAuthority> {
  const { privateKeyPem, certificatePem } = await readAuthority(folder, passphrase);
  return authorityOf(privateKeyPem, certificatePem);
}

async function authorityOf(privateKeyPem: string, certificatePem: string): Promise<CertificateAuthority> {
  const { privateKey } = await readKeyPair(privateKeyPem);
  const authority = new X509Certificate(certificatePem);

  async function issue({ subject, publicKey, names = {}, usages, validityDays = 30, now }: CertificateIssueRequest) {
    const alternativeNames = new SubjectAlternativeNameExtension(subjectAlternativeNames(subject, names));
    const key = await requestedPublicKey(publicKey);
    const { notBefore, notAfter } = validity(now, validityDays);
    if (!(validityDays > 0) || notAfter > authority.notAfter)
      throw new CertificateRequestRefused(
        'unacceptableValidity',
        'A certificate has to be valid for some time, and no longer than that of its authority',
      );
    const certificate = await X509CertificateGenerator.create({
      subject: [{ CN: [subject.id] }],
      issuer: authority.subjectName,
      serialNumber: randomSerialNumber(),
      notBefore,
      notAfter,
      publicKey: key,
      signingKey: privateKey,
      signingAlgorithm: ecdsa,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(
          usages.map((usage) => (usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth)),
        ),
        alternativeNames,
        await SubjectKeyIdentifierExtension.create(key),
        await AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ],
    });
    return pem(certificate.rawData, 'CERTIFICATE');
  }

  return {
    certificatePem,
    issue,
    exportTo: (folder, passphrase) => writeAuthority(folder, passphrase, { privateKeyPem, certificatePem }),
  };
}

function subjectAlternativeNames(
  subject: CertificateIdentity,
  { dns = [], ip = [] }: { dns?: string[]; ip?: string[] },
) {
  const uri = uriOf(subject);
  if (!uri)
    throw new CertificateRequestRefused(
      'unacceptableSubject',
      'A certificate is for one of the CAPIF roles, with an id of 1 to 64 letters, digits, dots, underscores or hyphens',
    );
  if (!dns.every((name) => dnsName.test(name)) || !ip.every(isPlainAddress))
    throw new CertificateRequestRefused('unacceptableName', 'A certificate needs plain DNS names and IP addresses');
  return [
    { type: 'url', value: uri } as const,
    ...dns.map((value) => ({ type: 'dns', value }) as const),
    ...ip.map((value) => ({ type: 'ip', value }) as const),
  ];
}

/** No zone, which would be meant for one machine only. */
const isPlainAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');

const validity = (now: number, days: number) => ({
  notBefore: new Date(now - clockSkewMs),
  notAfter: new Date(now + days * dayMs),
});

/** 126 random bits, so that serial numbers neither repeat nor tell anything. */
function randomSerialNumber(): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial.toString('hex');
}
