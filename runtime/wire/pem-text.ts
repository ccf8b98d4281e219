/** The PEM texts (RFC 7468) that TS 29.222 carries in plain strings: keys, certificate requests, certificates. */
import { z } from 'zod';

/** A public key, or a certificate request that proves possession of the private one (PKCS #10). */
export const publicKeyOrRequestPem = z
  .string()
  .regex(
    /^-----BEGIN (PUBLIC KEY|CERTIFICATE REQUEST)-----\s[A-Za-z0-9+/=\s]+-----END \1-----\s*$/,
    'must be a PEM text of a public key or a certificate request',
  );

/** One certificate, or a chain of them. */
export const certificatePem = z
  .string()
  .regex(
    /^(-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/,
    'must be a PEM text of certificates',
  );
