/** What a client's transport saw of an exchange, for the trace. */
import type { TransportFacts } from '../../machines/trace.ts';
import type { ConnectOutcome } from './client-connection.ts';
import type { ExchangeOutcome } from './connector.ts';

export function factsOf(
  outcome: ExchangeOutcome | ConnectOutcome,
  base: Pick<TransportFacts, 'referencePoint' | 'from' | 'to'> & { request?: string },
): TransportFacts {
  if (outcome.outcome !== 'answered' && outcome.outcome !== 'established') {
    return { ...base, note: `${outcome.outcome}: ${outcome.because}` };
  }
  const { tls, suite, proof, peer } = outcome.facts;
  const status = outcome.outcome === 'answered' ? { status: outcome.status } : {};
  if (proof.by === 'PSK') {
    const identity = `PSK ${proof.identity}`;
    return { ...base, ...status, tls, suite, proof: identity, peer: identity };
  }
  const own = proof.by === 'certificate' ? `certificate ${proof.subject}` : 'nothing';
  return { ...base, ...status, tls, suite, proof: own, peer: `certificate ${peer}` };
}
