/** `capif core --certificate`: a certificate of the operator's own authority for the listener of the core. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Command } from 'commander';
import { writeWhole } from '../credentials/authority-folder.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import type { HostAndPort } from './arguments.ts';
import { required } from './configuration.ts';
import { readFile } from './role-options.ts';

export type CertificateFlags = { certificate?: string; certificateKeyFile?: string; published?: HostAndPort };

export type ServerCertificate = OwnCertificate & {
  /** PEM of the authority that others must trust. */
  root: string;
  /** Host names and addresses that it is for, without patterns. */
  names: readonly string[];
  isFor(host: string): boolean;
};

export const addCertificateOptions = (command: Command): Command =>
  command
    .option('--certificate <file>', 'its certificate from another authority: PEM, then those of its authorities')
    .option('--certificate-key-file <file>', 'the private key of that certificate, PEM, not encrypted');

/** Undefined without `--certificate`; where something is wrong with it, wrong usage. */
export function serverCertificateOf(command: Command, flags: CertificateFlags, now: number) {
  const { certificate: file, certificateKeyFile: keyFile, published } = flags;
  if (file === undefined && keyFile === undefined) return undefined;
  const cert = readFile(command, 'certificate', required(command, file, 'certificate'));
  const key = readFile(command, 'certificateKeyFile', required(command, keyFile, 'certificateKeyFile'));
  try {
    const read = serverCertificate(cert, key, now);
    if (published && !read.isFor(published.host))
      throw new Error(`it is not for ${published.host}, as --published says`);
    if (!published && read.names.length === 0) throw new Error('it is for no plain name: --published must say which');
    return read;
  } catch (error) {
    return command.error(`error: --certificate: ${file}: ${(error as Error).message}`);
  }
}

/** What other roles trust, in the folder of the core: the root of its certificate, and its own authority. */
export async function writeTrusted(folder: string, { root }: ServerCertificate, authorityPem: string): Promise<string> {
  const file = join(folder, 'trusted.certificates.pem');
  await writeWhole(file, `${root.trim()}\n${authorityPem.trim()}\n`, 0o644);
  return file;
}

/** @throws Error that says what is wrong with the chain or the key */
function serverCertificate(cert: string, key: string, now: number): ServerCertificate {
  const chain = certificatesIn(cert);
  const [leaf] = chain;
  if (!leaf) throw new Error('it has no certificate in PEM');
  if (!isKeyOf(leaf, key)) throw new Error(`the private key of --certificate-key-file is not that of ${nameOf(leaf)}`);
  for (const one of chain)
    if (now < Date.parse(one.validFrom) || now > Date.parse(one.validTo))
      throw new Error(`${nameOf(one)} is valid from ${one.validFrom} to ${one.validTo}`);
  for (const [n, issuer] of chain.slice(1).entries())
    if (!isIssuedBy(chain[n]!, issuer)) throw new Error(`${nameOf(chain[n]!)} is not issued by ${nameOf(issuer)}`);
  const last = chain.at(-1)!;
  const root = isIssuedBy(last, last)
    ? last
    : rootCertificates.map((pem) => new X509Certificate(pem)).find((one) => isIssuedBy(last, one));
  if (!root)
    throw new Error(`the certificate of "${oneLine(last.issuer)}" is missing: add it, and so on up to the root`);
  const names = (leaf.subjectAltName ?? '').split(', ').flatMap((name) => {
    const [, plain] = /^(?:DNS|IP Address):([\w.:-]+)$/.exec(name) ?? [];
    return plain === undefined ? [] : [plain];
  });
  const isFor = (host: string) => (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)) !== undefined;
  return { key, cert, root: root.toString(), names, isFor };
}

function certificatesIn(pem: string): X509Certificate[] {
  try {
    return (pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map(
      (one) => new X509Certificate(one),
    );
  } catch {
    return [];
  }
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

const isIssuedBy = (one: X509Certificate, issuer: X509Certificate) =>
  one.checkIssued(issuer) && one.verify(issuer.publicKey);

const nameOf = ({ subject, subjectAltName }: X509Certificate) => `"${oneLine(subject ?? subjectAltName ?? '')}"`;
const oneLine = (name: string) => name.replaceAll('\n', ', ');
