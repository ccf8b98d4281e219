/** The TLS profile of TS 33.210 6.2, as the options that node:tls takes. */

import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** The versions that TS 33.210 6.2.1 allows: 1.0 and 1.1 shall not be used. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Narrows the profile to some of its versions; without it, both. */
export interface TlsVersions {
  minVersion?: TlsVersion;
  maxVersion?: TlsVersion;
}

/** TLS_AES_128_GCM_SHA256 is mandatory (RFC 8446 9.1) and comes first. */
const suites13 = ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'];

/**
 * An external PSK is bound to SHA-256 (RFC 8446 4.2.11), so where this suite is chosen the PSK is silently left out:
 * only for ends without PSK.
 */
const suites13WithoutPsk = ['TLS_AES_256_GCM_SHA384'];

const suites12 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

/** The only suite of OpenSSL with ECDHE, PSK and AEAD (RFC 7905); ECDHE-PSK with AES-GCM (RFC 8442) it does not have. */
const suites12WithPsk = ['ECDHE-PSK-CHACHA20-POLY1305'];

const signatureAlgorithms = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ed25519',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
];

/** How long a server waits for a handshake before it drops the connection. */
const handshakeTimeoutMs = 10_000;

/** A request that is not complete in time ends its connection; so does silence, which every answer announces. */
const requestTimeouts = {
  keepAliveTimeout: 5_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};

/** What a server is given; with `psk` it serves clients with a key beside those with or without a certificate. */
export function serverProfile({ psk, ...versions }: { psk: boolean } & TlsVersions) {
  const suites = psk
    ? [...suites13, ...suites12, ...suites12WithPsk]
    : [...suites13, ...suites13WithoutPsk, ...suites12];
  return {
    ...profile(suites, versions),
    honorCipherOrder: true,
    handshakeTimeout: handshakeTimeoutMs,
    ...requestTimeouts,
  };
}

/** What a client is given; with `psk` it offers, in TLS 1.2, nothing that could do without the key. */
export function clientProfile({ psk, ...versions }: { psk: boolean } & TlsVersions) {
  return profile(psk ? [...suites13, ...suites12WithPsk] : [...suites13, ...suites13WithoutPsk, ...suites12], versions);
}

/** No tickets: a resumed connection would have no identity of its own, and Annex A of TS 33.122 needs a full handshake. */
function profile(suites: string[], versions: TlsVersions) {
  return {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ...versions,
    ciphers: suites.join(':'),
    ecdhCurve: 'X25519:P-256:P-384',
    sigalgs: signatureAlgorithms.join(':'),
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  } satisfies SecureContextOptions;
}
