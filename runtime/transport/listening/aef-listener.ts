/** The universal listener of the API exposing function: PSK, client certificate or neither, all on one port (CAPIF-2e). */

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { connectionFacts, type PskClaim } from '../connection-facts.ts';
import { tlsFailure } from '../tls-failure.ts';
import { serverProfile, type TlsVersions } from '../tls-profile.ts';
import type { ListenerCredentials } from './https-listener.ts';
import { type HandshakeFailure, type Listener, type ListenerEvents, listener } from './listener.ts';

export interface AefListenerOptions extends ListenerCredentials, ListenerEvents {
  onHandshakeFailure(failure: HandshakeFailure): void;
  /**
   * The key of an invoker and its generation, at once: node:tls cannot wait for it. Asked for withdrawn methods too, as
   * an invoker that still uses one must get an authenticated answer.
   */
  pskFor(identity: string): { key: Buffer; credential: number } | undefined;
  tls?: TlsVersions;
}

const aefPskOctets = 32;

export function aefListener({ key, cert, ca, tls, pskFor, ...events }: AefListenerOptions): Listener {
  const claims = new WeakMap<TLSSocket, PskClaim>();

  /**
   * A client may name several identities (RFC 8446 4.2.11): the first counts. An unknown one gets a key that nobody has, so
   * that it fails as a wrong key does: strangers must not learn which invokers there are (RFC 4279 2).
   */
  function pskCallback(socket: TLSSocket, identity: string): Buffer {
    const found = findKey(identity);
    claims.set(socket, { identity, credential: found?.credential });
    return found?.key ?? randomBytes(aefPskOctets);
  }

  /** An exception here would end in OpenSSL's callback, so a failed search is reported and then an unknown identity. */
  function findKey(identity: string) {
    try {
      return pskFor(identity);
    } catch (error) {
      events.onHandshakeFailure({ identity, error: tlsFailure(error as Error).because });
      return undefined;
    }
  }

  const server = createServer({
    ...serverProfile({ psk: true, ...tls }),
    // The body of an invocation may take as long as it takes; the others are read within a time.
    requestTimeout: 0,
    key,
    cert,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
    pskCallback,
  });
  return listener(server, events, {
    factsOf: (socket) => connectionFacts(socket, claims.get(socket)),
    claimedIdentity: (socket) => claims.get(socket)?.identity,
  });
}
