/** How the opening of a connection ended, as the event that a machine hears. */
import type { TlsEstablished, TlsFailed } from '../../machines/effects.ts';
import type { ConnectOutcome } from './client-connection.ts';

export function tlsOutcome({ outcome }: ConnectOutcome): TlsEstablished | TlsFailed {
  if (outcome === 'established') return { type: 'tls.established' };
  return { type: 'tls.failed', because: outcome === 'refused' ? 'handshake' : 'unreachable' };
}
