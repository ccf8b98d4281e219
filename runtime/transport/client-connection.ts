/** One TLS connection as its client opens it: proven before it is handed out, or a reason why there is none. */

import { isIP } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { TlsEstablished, TlsFailed } from '../../machines/effects.ts';
import { type ClientCredential, clientContext } from './client-contexts.ts';
import { pskWasUsed } from './connection-facts.ts';
import { type PresentedCertificate, type TlsFailure, tlsFailure } from './tls-failure.ts';
import type { TlsVersion, TlsVersions } from './tls-profile.ts';

export interface Destination {
  host: string;
  port: number;
  credential: ClientCredential;
  /** Who may issue the server's certificate; a client with a PSK goes by the key alone. */
  ca: string | string[];
  /** The name the server's certificate must carry, if it is not `host`. */
  serverName?: string;
  /** Replaces the check of that name; an error refuses the server. */
  checkServerIdentity?(hostname: string, certificate: PeerCertificate): Error | undefined;
  tls?: TlsVersions | undefined;
}

/** What the client knows of a connection; `subject` is its own certificate, which the server may not have asked for. */
export interface ClientFacts {
  readonly tls: TlsVersion;
  readonly suite: string;
  readonly proof: Readonly<
    { by: 'PSK'; identity: string } | { by: 'certificate'; subject: string } | { by: 'nothing' }
  >;
  /** The name in the server's certificate, or the PSK identity that the server has the key of. */
  readonly peer: string;
}

interface Established {
  outcome: 'established';
  facts: ClientFacts;
  socket: TLSSocket;
}

/**
 * `refused`: the server was reached, but the handshake failed on either side; `untrusted` is the certificate of the server
 * if it was the client who refused it, and `own` that of the client if its alert says that the server refused that one.
 * `unreachable`: the server was not reached.
 */
export type NotConnected =
  | {
      outcome: 'refused';
      because: string;
      alert?: number;
      untrusted?: PresentedCertificate;
      own?: PresentedCertificate;
    }
  | { outcome: 'unreachable'; because: string };

export type ConnectOutcome = Established | NotConnected;

/** The same, as the event that a machine hears. */
export const tlsOutcome = (outcome: ConnectOutcome): TlsEstablished | TlsFailed =>
  outcome.outcome === 'established' ? { type: 'tls.established' } : tlsFailed(outcome);

export function tlsFailed(outcome: NotConnected): TlsFailed {
  if (outcome.outcome === 'unreachable') return { type: 'tls.failed', because: 'unreachable' };
  return { type: 'tls.failed', because: outcome.untrusted ? 'untrusted' : 'handshake' };
}

/** What may end an attempt early, once, and why: an AbortSignal costs much more. */
export class Bound {
  #because: string | undefined;
  readonly #ending = new Set<() => void>();

  get because(): string | undefined {
    return this.#because;
  }

  end(because: string): void {
    if (this.#because !== undefined) return;
    this.#because = because;
    for (const ended of this.#ending) ended();
  }

  /** The answer releases it. */
  whenEnded(ended: () => void): () => void {
    this.#ending.add(ended);
    return () => this.#ending.delete(ended);
  }
}

/** Opens a connection. One whose bound ends is `unreachable` because of that. */
export function openConnection(destination: Destination, bound: Bound): Promise<ConnectOutcome> {
  return new Promise((resolve) => {
    if (bound.because !== undefined) return resolve(endedBy(bound));

    let socket: TLSSocket;
    try {
      socket = connect(connectOptions(destination));
    } catch (error) {
      // Such as a certificate that is not that of the key.
      return resolve({ outcome: 'unreachable', because: (error as Error).message });
    }
    let reached = false;

    function settle(outcome: ConnectOutcome): void {
      release();
      if (outcome.outcome !== 'established') socket.destroy();
      resolve(outcome);
    }
    const release = bound.whenEnded(() => settle(endedBy(bound)));

    socket.once('connect', () => {
      reached = true;
      socket.setNoDelay(true);
    });
    // Stays for good: a late alert (RFC 8446 4.4.2.4) may come when no request listens.
    socket.on('error', (error) => settle(failed(tlsFailure(error), reached)));
    socket.once('close', () => settle(failed({ because: 'closed' }, reached)));
    socket.once('secureConnect', () => settle(judged(socket, destination.credential)));
  });
}

/** Nothing has been written yet: a server that has not proven itself is left before that. */
function judged(socket: TLSSocket, credential: ClientCredential): ConnectOutcome {
  if (credential.by === 'PSK' && !pskWasUsed(socket)) return { outcome: 'refused', because: 'psk not used' };
  if (credential.by !== 'PSK' && !socket.authorized) {
    // A name as node:tls says it; its types have an Error here.
    const because = String(socket.authorizationError);
    return { outcome: 'refused', because, untrusted: presented(socket.getPeerCertificate()) };
  }
  return { outcome: 'established', facts: clientFacts(socket, credential), socket };
}

function presented({ subject, issuer, fingerprint256 }: PeerCertificate): PresentedCertificate {
  const nameOf = (name: PeerCertificate['subject'] | undefined) =>
    Object.entries(name ?? {})
      .map(([type, value]) => `${type}=${value}`)
      .join(', ');
  return { subject: nameOf(subject), issuer: nameOf(issuer), sha256: fingerprint256 };
}

export const endedBy = ({ because = '' }: Bound): NotConnected => ({ outcome: 'unreachable', because });

function failed(failure: TlsFailure, reached: boolean): NotConnected {
  return reached ? { outcome: 'refused', ...failure } : { outcome: 'unreachable', because: failure.because };
}

function connectOptions({ host, port, credential, ca, serverName, checkServerIdentity, tls }: Destination) {
  const name = serverName ?? (isIP(host) ? undefined : host);
  return {
    host,
    port,
    secureContext: clientContext({ credential, ca, tls }),
    // Whether to go on is decided in `judged`, which can also say which certificate it was.
    rejectUnauthorized: false,
    ...(name !== undefined && { servername: name }),
    ...(checkServerIdentity && { checkServerIdentity }),
    ...(credential.by === 'PSK' && { pskCallback: () => ({ psk: credential.key, identity: credential.identity }) }),
  };
}

function clientFacts(socket: TLSSocket, credential: ClientCredential): ClientFacts {
  return Object.freeze({
    tls: socket.getProtocol() as TlsVersion,
    suite: socket.getCipher().standardName,
    proof: Object.freeze(ownProof(socket, credential)),
    peer: credential.by === 'PSK' ? credential.identity : commonName(socket.getPeerCertificate()),
  });
}

function ownProof(socket: TLSSocket, credential: ClientCredential): ClientFacts['proof'] {
  if (credential.by === 'PSK') return { by: 'PSK', identity: credential.identity };
  if (credential.by === 'nothing') return { by: 'nothing' };
  return { by: 'certificate', subject: commonName(socket.getCertificate() as PeerCertificate) };
}

function commonName(certificate: PeerCertificate): string {
  return String(certificate.subject.CN ?? certificate.subjectaltname ?? '');
}
