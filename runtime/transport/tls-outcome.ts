/** How the opening of a connection ended, as the event that a machine hears. */
import type { TlsEstablished, TlsFailed } from '../../machines/effects.ts';
import type { ConnectOutcome, NotConnected } from './client-connection.ts';

export const tlsOutcome = (outcome: ConnectOutcome): TlsEstablished | TlsFailed =>
  outcome.outcome === 'established' ? { type: 'tls.established' } : tlsFailed(outcome);

export function tlsFailed(outcome: NotConnected): TlsFailed {
  if (outcome.outcome === 'unreachable') return { type: 'tls.failed', because: 'unreachable' };
  return { type: 'tls.failed', because: outcome.untrusted ? 'untrusted' : 'handshake' };
}
