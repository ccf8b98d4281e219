/** CAPIF-3: what an exposing function asks the core, and what it tells it. */
import type { Store } from '../store/store.ts';
import type { Connector } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { writeAccessControlPolicyRequest } from '../wire/invocations/access-control-policy-api.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import type { Own } from './admissions/security-information.ts';
import type { Settled } from './exposing-options.ts';
import { AccessControl } from './invocations/access-control.ts';
import { AccessControlPolicies } from './invocations/access-control-policies.ts';
import { InvocationLogging } from './invocations/invocation-logging.ts';

/** Keys and rights of an invoker (TS 29.222 5.6.2.4). */
export async function fetchSecurityInformation(toCore: Connector, aefId: string, apiInvokerId: string) {
  const outcome = await toCore.request(writeSecurityInformationRequest({ apiInvokerId }));
  const request = 'GET trustedInvokers';
  return { outcome, facts: factsOf(outcome, { referencePoint: 'CAPIF-3', from: aefId, to: 'CCF', request }) };
}

type OfService = { toCore: Connector; own(): Own; store: Store };

/** How often and when invokers may invoke (TS 29.222 5.10.2.2), if this AEF enforces that. */
export function accessControlOf(
  { enforcePolicies, clock, onError }: Settled,
  { toCore, own, store }: OfService,
): AccessControl | undefined {
  if (!enforcePolicies) return undefined;
  const fetchPolicies = () => {
    const { aefId, apiId: serviceApiId } = own();
    return serviceApiId === undefined
      ? undefined
      : toCore.request(writeAccessControlPolicyRequest({ aefId, serviceApiId }));
  };
  return new AccessControl(new AccessControlPolicies({ fetchPolicies, clock, onError }), { clock, store });
}

/** Which invocations were answered, and how (TS 29.222 5.8.2.2), if this AEF logs them. */
export const loggingOf = (
  { logInvocations, clock, pause, onError }: Settled,
  { toCore, ...service }: OfService & { apiName: string; onLogsWaiting(bytes: number): void },
): InvocationLogging | undefined =>
  logInvocations
    ? new InvocationLogging({ ...service, clock, pause, onError, post: (request) => toCore.request(request) })
    : undefined;
