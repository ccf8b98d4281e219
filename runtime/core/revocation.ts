/** CAPIF-3, from the core to the AEF: a revocation, carried once (TS 29.222 5.6.2.5, 6.2.2.3). */
import type { TransportFacts } from '../../machines/trace.ts';
import type { Clock } from '../clock.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { aefIdentityCheck } from '../credentials/peer-identity.ts';
import { connector } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { writeRevokeAuthorizationRequest } from '../wire/aef-security-api.ts';
import type { Registry } from './registry.ts';
import type { Revocation } from './security-context.ts';

type RevocationOptions = {
  registry: Registry;
  ca: string;
  certificate: OwnCertificate;
  timeoutMs: number;
  clock: Clock;
};

/** What the transport saw of a revocation that the AEF has acknowledged. */
export async function revokeAt(
  { apiInvokerId, aefId, apiIds }: Revocation,
  { registry, ca, certificate, timeoutMs, clock }: RevocationOptions,
): Promise<TransportFacts | undefined> {
  const address = registry.interfaceOf(aefId);
  if (!address) return undefined;
  const over = connector({
    host: address.host,
    port: address.port,
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
  const outcome = await over.request(request);
  over.close();
  if (outcome.outcome !== 'answered' || outcome.status !== 200) return undefined;
  const line = 'POST revoke-authorization';
  return factsOf(outcome, { referencePoint: 'CAPIF-3', from: 'CCF', to: aefId, request: line });
}
