/** A request for a certificate: a public key, alone or in a PKCS #10 request. */

import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import { Pkcs10CertificateRequest, PublicKey } from '@peculiar/x509';
import { provider } from './certificate-keys.ts';

type CertificateRequestRefusedCode =
  | 'malformed'
  | 'noProofOfPossession'
  | 'unacceptableKey'
  | 'unacceptableSubject'
  | 'unacceptableName'
  | 'unacceptableValidity';

/** The requester is at fault, so there is no certificate. Never repeats the request. */
export class CertificateRequestRefused extends Error {
  override readonly name = 'CertificateRequestRefused';
  readonly code: CertificateRequestRefusedCode;

  constructor(code: CertificateRequestRefusedCode, because: string) {
    super(because);
    this.code = code;
  }
}

const charactersMax = 16_384;
const pemBlock = /^\s*-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/;
const hashes = ['SHA-256', 'SHA-384', 'SHA-512'];

/**
 * The public key to be certified. Names and extensions of a request are not looked at: the CAPIF core function, not
 * the requester, decides what a certificate says (TS 29.222, 8.4).
 *
 * @throws CertificateRequestRefused where the text is neither, possession is not proven, or the key is too weak
 */
export async function requestedPublicKey(text: string): Promise<PublicKey> {
  const [, label, base64] = text.length <= charactersMax ? (pemBlock.exec(text) ?? []) : [];
  const der = Buffer.from(base64 ?? '', 'base64');
  if (label === 'PUBLIC KEY') return acceptable(parsed(() => new PublicKey(der)));
  if (label === 'CERTIFICATE REQUEST' || label === 'NEW CERTIFICATE REQUEST')
    return provenPublicKey(parsed(() => new Pkcs10CertificateRequest(der)));
  throw malformed();
}

async function provenPublicKey(request: Pkcs10CertificateRequest): Promise<PublicKey> {
  const publicKey = acceptable(parsed(() => request.publicKey));
  const { hash } = parsed(() => request.signatureAlgorithm);
  const proven = hashes.includes(hash?.name ?? '') && (await request.verify(provider).catch(() => false));
  if (!proven)
    throw new CertificateRequestRefused(
      'noProofOfPossession',
      'The certificate request is not signed, with SHA-256 or better, by the private key of its public key',
    );
  return publicKey;
}

/** Refuses keys outside TS 33.310, 6.1.1: RSA from 2048 bits, or ECDSA on P-256 or P-384. */
function acceptable(publicKey: PublicKey): PublicKey {
  const key = parsed(() => createPublicKey({ key: Buffer.from(publicKey.rawData), type: 'spki', format: 'der' }));
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && (namedCurve === 'prime256v1' || namedCurve === 'secp384r1')) return publicKey;
  const isStrongRsa = modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 65_537n;
  if (key.asymmetricKeyType === 'rsa' && isStrongRsa) return publicKey;
  throw new CertificateRequestRefused(
    'unacceptableKey',
    'A certificate needs a key on P-256 or P-384, or an RSA key of 2048 to 8192 bits',
  );
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch {
    throw malformed();
  }
}

const malformed = () =>
  new CertificateRequestRefused(
    'malformed',
    'The public key is neither a PEM public key nor a PEM certificate request',
  );
