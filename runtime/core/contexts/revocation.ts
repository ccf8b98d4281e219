/** Revocations (TS 29.222 5.6.2.5, 6.2.2.3): by the operator of the core, and carried to the AEF over CAPIF-3. */
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Clock } from '../../clock.ts';
import type { OwnCertificate } from '../../credentials/core-contact.ts';
import { aefIdentityCheck } from '../../credentials/peer-identity.ts';
import { connector, requestOnce } from '../../transport/connector.ts';
import { factsOf } from '../../transport/exchange-facts.ts';
import { writeRevokeAuthorizationRequest } from '../../wire/aef-security-api.ts';
import type { AefInterface } from '../../wire/service-api-description.ts';
import type { Registry } from '../services/registry.ts';
import type { Contexts } from './contexts.ts';
import type { NegotiationOptions } from './negotiation-routes.ts';
import type { Revocation } from './repeated-revocation.ts';

type RevocationOptions = {
  registry: Registry;
  ca: string;
  certificate: OwnCertificate;
  timeoutMs: number;
  clock: Clock;
};

/**
 * Carries it once, to each interface of the AEF that it concerns: other instances of the AEF may be there. What the
 * transport saw of a revocation that all have acknowledged.
 */
export async function revokeAt(
  revocation: Revocation,
  options: RevocationOptions,
): Promise<TransportFacts | undefined> {
  const told = await Promise.all(
    options.registry.interfacesOf(revocation.aefId, revocation.apiIds).map((at) => tell(revocation, at, options)),
  );
  return told.every((facts) => facts !== undefined) ? told[0] : undefined;
}

/** Undefined unless it is acknowledged there. */
async function tell(
  { apiInvokerId, aefId, apiIds }: Revocation,
  { host, port }: Pick<AefInterface, 'host' | 'port'>,
  { ca, certificate, timeoutMs, clock }: RevocationOptions,
): Promise<TransportFacts | undefined> {
  const over = connector({
    host,
    port,
    ca,
    credential: { by: 'certificate', ...certificate },
    checkServerIdentity: aefIdentityCheck(aefId),
    timeoutMs,
    clock,
  });
  const request = writeRevokeAuthorizationRequest({
    revokeInfo: { apiInvokerId, aefId, apiIds, cause: 'UNEXPECTED_REASON' },
    supportedFeatures: '0',
  });
  const outcome = await requestOnce(over, request);
  if (outcome.outcome !== 'answered' || outcome.status !== 200) return undefined;
  const line = 'POST revoke-authorization';
  return factsOf(outcome, { referencePoint: 'CAPIF-3', from: 'CCF', to: aefId, request: line });
}

/** A revocation by the operator of the core. */
export function revokeByOperator(withdrawal: Parameters<Contexts['revoke']>[0], known: NegotiationOptions): void {
  const { apiInvokerId, aefId, apiIds = [] } = withdrawal;
  const { enrolment, registry, contexts } = known;
  if (!enrolment.isOnboarded(apiInvokerId)) throw new RangeError(`${apiInvokerId} is not an onboarded API invoker`);
  const exposed = registry.servicesOf(aefId).map(({ apiId }) => apiId);
  if (exposed.length === 0) throw new RangeError(`${aefId} is not a published AEF`);
  const unknown = apiIds.find((apiId) => !exposed.includes(apiId));
  if (unknown !== undefined) throw new RangeError(`${unknown} is not a service API of ${aefId}`);
  contexts.revoke(withdrawal);
}
