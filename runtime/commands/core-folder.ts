/** What `capif core` keeps in its folder: its authority, its key, and the secrets that let others in. All but certificates are 0600. */

import { createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../credentials/authority-folder.ts';
import { type CertificateAuthority, createAuthority, loadAuthority } from '../credentials/certificates.ts';
import { generateKeyPair, type KeyPair, readKeyPair } from '../credentials/key-pairs.ts';

export type CoreFolder = {
  authority: CertificateAuthority;
  keys: KeyPair;
  registrationSecret: string;
  files: { ca: string; registrationSecret: string; onboardingToken: string };
  /** SHA-256 of the authority's certificate, as others can compare it. */
  fingerprint: string;
  /** Replaces the token of before: each serves one invoker. */
  writeOnboardingToken(token: string): Promise<void>;
};

/** Opens the folder, and makes what it lacks. Rejects with the error of the file system, or if a key is not one. */
export async function openCoreFolder(folder: string, now: number): Promise<CoreFolder> {
  const file = (name: string) => join(folder, name);
  const files = {
    ca: file('authority.certificate.pem'),
    registrationSecret: file('registration-secret'),
    onboardingToken: file('onboarding-token'),
  };
  const authority = await openAuthority(folder, files.ca, now);
  return {
    authority,
    keys: await openKeys(file('core.key.pem')),
    registrationSecret: await openText(files.registrationSecret, async () => randomBytes(24).toString('base64url')),
    files,
    fingerprint: new X509Certificate(authority.certificatePem).fingerprint256,
    writeOnboardingToken: (token) => writeWhole(files.onboardingToken, `${token}\n`, 0o600),
  };
}

async function openAuthority(folder: string, certificateFile: string, now: number): Promise<CertificateAuthority> {
  if ((await textOf(certificateFile)) !== undefined) return loadAuthority(folder);
  const authority = await createAuthority({ name: 'capif-machines', now });
  await authority.exportTo(folder);
  return authority;
}

async function openKeys(file: string): Promise<KeyPair> {
  const privateKeyPem = await openText(file, async () => (await generateKeyPair()).privateKeyPem);
  await readKeyPair(privateKeyPem);
  return {
    privateKeyPem,
    publicKeyPem: createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

async function openText(file: string, make: () => Promise<string>): Promise<string> {
  const known = await textOf(file);
  if (known !== undefined) return known.trim();
  const text = await make();
  await writeWhole(file, `${text.trim()}\n`, 0o600);
  return text.trim();
}

/** Undefined if there is no such file. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
