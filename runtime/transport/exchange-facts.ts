/** What a client's transport saw of an exchange, for the trace. */
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { ConnectOutcome, NotConnected } from './client-connection.ts';
import type { Cut } from './client-exchange.ts';
import type { ExchangeOutcome } from './connector.ts';
import type { PresentedCertificate } from './tls-failure.ts';

/** How node:tls names a chain that does not end at a given authority. */
const ofAnotherAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

const inWords = ({ subject, issuer, sha256 }: PresentedCertificate) =>
  `subject ${subject}, issuer ${issuer}, SHA-256 ${sha256}`;

/** Why there is no answer, for people; of a certificate that is refused, which one and why. */
export function noAnswer(outcome: NotConnected | Cut): string {
  const { because } = outcome;
  if ('own' in outcome && outcome.own) {
    return `${outcome.outcome}: ${because}: it does not accept the certificate of this side (${inWords(outcome.own)})`;
  }
  if (outcome.outcome !== 'refused' || !outcome.untrusted) return `${outcome.outcome}: ${because}`;
  const why = ofAnotherAuthority.has(because) ? 'is not from the authority in `ca`' : 'is not accepted';
  return `refused: its certificate ${why} (${because}; ${inWords(outcome.untrusted)})`;
}

export function factsOf(
  outcome: ExchangeOutcome | ConnectOutcome,
  base: Pick<TransportFacts, 'referencePoint' | 'from' | 'to'> & { request?: string },
): TransportFacts {
  if (outcome.outcome !== 'answered' && outcome.outcome !== 'established') {
    return { ...base, note: noAnswer(outcome) };
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
