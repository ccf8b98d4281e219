/**
 * What `capif core` keeps in its folder beside its store: its authority, its key, and the secrets that let others in. All but
 * certificates are 0600, and private keys are encrypted.
 */

import { randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { writeWhole } from '../credentials/authority-folder.ts';
import { type CertificateAuthority, createAuthority, loadAuthority } from '../credentials/certificates.ts';
import { openKeyPair, textOf } from '../credentials/key-folder.ts';
import type { KeyPair } from '../credentials/key-pairs.ts';

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

const filesIn = (folder: string) => ({
  ca: join(folder, 'authority.certificate.pem'),
  registrationSecret: join(folder, 'registration-secret'),
  onboardingToken: join(folder, 'onboarding-token'),
});

/** Makes what the folder lacks. Rejects with an Error that says what is wrong there. */
export async function openCoreFolder(folder: string, passphrase: string, now: number): Promise<CoreFolder> {
  const files = filesIn(folder);
  const authority = await openAuthority(folder, files.ca, passphrase, now);
  return {
    authority,
    keys: await openKeyPair(join(folder, 'core.key.pem'), passphrase),
    registrationSecret: await openText(files.registrationSecret, async () => randomBytes(24).toString('base64url')),
    files,
    fingerprint: new X509Certificate(authority.certificatePem).fingerprint256,
    writeOnboardingToken: (token) => writeWhole(files.onboardingToken, `${token}\n`, 0o600),
  };
}

async function openAuthority(folder: string, certificateFile: string, passphrase: string, now: number) {
  if ((await textOf(certificateFile)) !== undefined) return loadAuthority(folder, passphrase);
  const authority = await createAuthority({ name: 'capif-machines', now });
  await authority.exportTo(folder, passphrase);
  return authority;
}

async function openText(file: string, make: () => Promise<string>): Promise<string> {
  const known = await textOf(file);
  if (known !== undefined) return known.trim();
  const text = await make();
  await writeWhole(file, `${text.trim()}\n`, 0o600);
  return text.trim();
}
