/** What a role needs to reach the core: where it is, how it is known there, and the certificate that the core has issued. */

/**
 * How the core is known, once its certificate leads to the trust anchor. `name`: the certificate is for the name or
 * address at which the core is reached, as for any TLS server (TS 33.310 6.1.3a). `capifUri`: it has our URI
 * `urn:capif:capifCoreFunction:ID`. `sha256`: it is the certificate with this fingerprint, in hexadecimal, with or
 * without colons.
 */
export type CoreIdentity = 'name' | 'capifUri' | { sha256: string };

export type CoreAddress = {
  host: string;
  port: number;
  /** PEM: the certificates that the certificate of the core must lead to. */
  ca: string;
  /** The name in its certificate, if that is not `host`. */
  serverName?: string;
  /** By default `name`. */
  identity?: CoreIdentity;
};

/** PEM, both. */
export type OwnCertificate = { key: string; cert: string };
