/** Key pairs of the roles (ECDSA P-256), and the crypto provider that certificates are made with. */

import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import { Crypto } from '@peculiar/webcrypto';
import { cryptoProvider, PemConverter, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { isCertificateId } from './certificate-identity.ts';

/** The one provider of this process; its CryptoKeys do not work with any other, nor theirs with it. */
export const provider = new Crypto();
cryptoProvider.set(provider);

/** ECDSA on P-256 with SHA-256 (TS 33.310, 6.1.1). */
export const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export type KeyPair = {
  /** PKCS #8. */
  privateKeyPem: string;
  /** SubjectPublicKeyInfo. */
  publicKeyPem: string;
};

export async function generateKeyPair(): Promise<KeyPair> {
  const { privateKey, publicKey } = await provider.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const pkcs8 = await provider.subtle.exportKey('pkcs8', privateKey);
  const spki = await provider.subtle.exportKey('spki', publicKey);
  return { privateKeyPem: pem(pkcs8, 'PRIVATE KEY'), publicKeyPem: pem(spki, 'PUBLIC KEY') };
}

/**
 * The pair of a written private key.
 *
 * @throws where the text is not the PKCS #8 of a P-256 key
 */
export async function readKeyPair(privateKeyPem: string): Promise<CryptoKeyPair> {
  const pkcs8 = PemConverter.decodeFirst(privateKeyPem);
  const spki = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await provider.subtle.importKey('pkcs8', pkcs8, ecdsa, false, ['sign']),
    publicKey: await provider.subtle.importKey('spki', spki, ecdsa, true, ['verify']),
  };
}

/**
 * A PKCS #10 request that proves possession of the private key. Its common name is a wish that the authority may ignore.
 *
 * @throws TypeError where the id is none
 */
export async function certificateRequest({ privateKeyPem }: KeyPair, id: string): Promise<string> {
  if (!isCertificateId(id)) throw new TypeError(`"${id}" cannot be the id in a certificate request`);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [id] }],
    keys: await readKeyPair(privateKeyPem),
    signingAlgorithm: ecdsa,
  });
  return pem(request.rawData, 'CERTIFICATE REQUEST');
}

/** PEM as RFC 7468 has it, with the final line break that `PemConverter` leaves out. */
export const pem = (der: ArrayBuffer, label: string): string => `${PemConverter.encode(der, label)}\n`;
