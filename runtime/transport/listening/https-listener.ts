/** The listener of the CAPIF core function: its own certificate, and a client certificate from those who have one. */

import { createServer } from 'node:https';
import { connectionFacts } from '../connection-facts.ts';
import { serverProfile, type TlsVersions } from '../tls-profile.ts';
import { type Listener, type ListenerEvents, listener } from './listener.ts';

/** PEM throughout; `ca` issued the client certificates. */
export interface ListenerCredentials {
  key: string | string[];
  cert: string | string[];
  ca: string | string[];
}

interface HttpsListenerOptions extends ListenerCredentials, ListenerEvents {
  tls?: TlsVersions;
}

/**
 * A client without a certificate, or with a wrong one, gets through the handshake and its facts say `nothing`: onboarding
 * needs it (TS 33.122 6.1), and a refusal over HTTP is one that the client can read.
 */
export function httpsListener({ key, cert, ca, tls, ...events }: HttpsListenerOptions): Listener {
  const server = createServer({
    ...serverProfile({ psk: false, ...tls }),
    key,
    cert,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
  });
  return listener(server, events, {
    factsOf: (socket) => connectionFacts(socket),
    claimedIdentity: () => undefined,
  });
}
