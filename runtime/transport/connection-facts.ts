/** What a finished handshake proves about the client, as the server may rely on it for the life of the connection. */

import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { TlsVersion } from './tls-profile.ts';

/** `suite` by its standard name, for instance `TLS_AES_128_GCM_SHA256`. Frozen: a connection never changes what it is. */
export interface ConnectionFacts {
  readonly tls: TlsVersion;
  readonly suite: string;
  readonly proof: Readonly<Proof>;
}

/** How the client proved who it is; `credential` is the generation of the key, `because` why an attempt proves nothing. */
type Proof =
  | { by: 'PSK'; identity: string; credential: number }
  | { by: 'certificate'; certificate: PeerCertificate }
  | { by: 'nothing'; because?: string };

/** For the trace. */
export function inWords(proof: Readonly<Proof>): string {
  if (proof.by === 'PSK') return `PSK ${proof.identity}`;
  return proof.by === 'certificate' ? `certificate ${proof.certificate.subject.CN}` : 'nothing';
}

/** The identity that a client claimed, and the generation of the key that was found for it, if there was one. */
export interface PskClaim {
  identity: string;
  credential: number | undefined;
}

/** The facts of a server's socket; `claim` is what the last pskCallback for exactly this socket saw and gave. */
export function connectionFacts(socket: TLSSocket, claim?: PskClaim): ConnectionFacts {
  return Object.freeze({
    tls: socket.getProtocol() as TlsVersion,
    suite: socket.getCipher().standardName,
    proof: Object.freeze(proofOf(socket, claim)),
  });
}

/**
 * Whether the handshake used the PSK. A claimed identity is not enough: with a SHA-384 suite TLS 1.3 asks for the key
 * and then goes on by certificate without checking it.
 */
export function pskWasUsed(socket: TLSSocket): boolean {
  const suite = socket.getCipher().standardName;
  if (socket.getProtocol() === 'TLSv1.3') return socket.isSessionReused() && suite.endsWith('_SHA256');
  return suite.includes('_PSK_');
}

/** `authorized` alone proves nothing: Node 20 and 22 say true on PSK and resumed connections without any certificate. */
function proofOf(socket: TLSSocket, claim: PskClaim | undefined): Proof {
  if (claim?.credential !== undefined && pskWasUsed(socket)) {
    return { by: 'PSK', identity: claim.identity, credential: claim.credential };
  }

  const certificate = socket.getPeerCertificate();
  if (certificate.raw === undefined) return claim ? { by: 'nothing', because: 'psk not proven' } : { by: 'nothing' };
  if (socket.authorized) return { by: 'certificate', certificate };
  return { by: 'nothing', because: String(socket.authorizationError) };
}
