/** The crypto provider that certificates are made with, and key pairs as it takes them. */

import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import { Crypto } from '@peculiar/webcrypto';
import { cryptoProvider, PemConverter, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { isCertificateId } from './certificate-identity.ts';
import type { KeyPair } from './key-pairs.ts';

/** The one provider of this process; its CryptoKeys do not work with any other, nor theirs with it. */
export const provider = new Crypto();
cryptoProvider.set(provider);

/** ECDSA on P-256 with SHA-256 (TS 33.310, 6.1.1). */
export const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * The pair of a written private key, for certificates.
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
