/**
 * The TLS contexts of clients: what key, certificate, authority and profile are to OpenSSL. Reading them takes as long as much of a
 * handshake, and connections with the same of each share one.
 */
import { createSecureContext, type SecureContext } from 'node:tls';
import { clientProfile, type TlsVersions } from './tls-profile.ts';

/** What the client proves itself with; PEM throughout, the PSK as bytes. */
export type ClientCredential =
  | { by: 'nothing' }
  | { by: 'certificate'; key: string; cert: string }
  | { by: 'PSK'; identity: string; key: Buffer };

type Trusting = {
  /** Who may issue the server's certificate. */
  ca: string | string[];
  tls?: TlsVersions | undefined;
};
type Read = Trusting & { isPsk: boolean; key?: string | undefined; cert?: string | undefined };

/** So many that were used last; a process may be very many invokers. */
const keptMax = 64;
/** The latest last. */
const kept: { read: Read; context: SecureContext }[] = [];

/** Throws where the certificate is not that of the key, for one. */
export function clientContext({ credential, ca, tls }: Trusting & { credential: ClientCredential }): SecureContext {
  const { key, cert } = credential.by === 'certificate' ? credential : {};
  // The key of a PSK is asked for in each handshake.
  const read: Read = { ca, tls, isPsk: credential.by === 'PSK', key, cert };
  const at = kept.findLastIndex((one) => isSame(one.read, read));
  const [known] = at < 0 ? [] : kept.splice(at, 1);
  const context =
    known?.context ?? createSecureContext({ ...clientProfile({ psk: read.isPsk, ...tls }), ca, key, cert });
  kept.push({ read, context });
  if (kept.length > keptMax) kept.shift();
  return context;
}

const isSame = (one: Read, other: Read): boolean =>
  one.isPsk === other.isPsk &&
  one.cert === other.cert &&
  one.key === other.key &&
  one.ca === other.ca &&
  one.tls?.minVersion === other.tls?.minVersion &&
  one.tls?.maxVersion === other.tls?.maxVersion;
