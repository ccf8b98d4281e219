/** A certificate authority on disk: a folder with its private key and its certificate. */

import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decrypted, encrypted } from './private-key-text.ts';

type AuthorityFiles = { privateKeyPem: string; certificatePem: string };

const privateKeyFile = 'authority.key.pem';
const certificateFile = 'authority.certificate.pem';

/** Writes both files, readable by their owner only where they hold a key; a crash leaves no half of a file. */
export async function writeAuthority(
  folder: string,
  passphrase: string,
  { privateKeyPem, certificatePem }: AuthorityFiles,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(join(folder, privateKeyFile), encrypted(privateKeyPem, passphrase), 0o600);
  await writeWhole(join(folder, certificateFile), certificatePem, 0o644);
}

/** @throws Error where the folder lacks a file, or the key cannot be read or is not that of the certificate */
export async function readAuthority(folder: string, passphrase: string): Promise<AuthorityFiles> {
  const privateKeyPem = keyIn(await readFile(join(folder, privateKeyFile), 'utf8'), passphrase, folder);
  const certificatePem = await readFile(join(folder, certificateFile), 'utf8');
  if (!isKeyOf(certificatePem, privateKeyPem))
    throw new Error(`${folder}: ${privateKeyFile} is not the private key of ${certificateFile}`);
  return { privateKeyPem, certificatePem };
}

function keyIn(text: string, passphrase: string, folder: string): string {
  try {
    return decrypted(text, passphrase);
  } catch (error) {
    throw new Error(`${folder}: ${privateKeyFile}: ${(error as Error).message}`, { cause: error });
  }
}

function isKeyOf(certificatePem: string, privateKeyPem: string): boolean {
  try {
    return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem));
  } catch {
    return false;
  }
}

/** The file appears with all of its content or not at all. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
