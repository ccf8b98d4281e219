/** CAPIF_Security_API, towards AEFs (TS 29.222 5.6.2.4, 5.6.2.5): keys and rights of an invoker, and their end. */
import type { Call, Route } from '../transport/http-service.ts';
import { type HttpAnswer, writeNoContent } from '../wire/http-message.ts';
import { malformedAnswer, problemAnswer } from '../wire/problem-details.ts';
import {
  readDeleteSecurityContextRequest,
  readRevokeServiceApisRequest,
  readSecurityInformationRequest,
  writeSecurityInformationResponse,
} from '../wire/security-information-api.ts';
import { callFacts } from './call-facts.ts';
import type { Contexts } from './contexts.ts';
import type { Enrolment } from './enrolment.ts';
import { securityContextPath } from './negotiation-routes.ts';
import type { Registry } from './registry.ts';

type SecurityInformationOptions = {
  enrolment: Enrolment;
  registry: Registry;
  contexts: Contexts;
  trustAnchorPem: string;
  tokenKeyPem: string;
};

const notAnAef = () => problemAnswer('NOT_AUTHENTICATED', 'only a registered AEF may ask this, by its certificate');
const noContext = () =>
  problemAnswer('SECURITY_CONTEXT_NOT_FOUND', 'this API invoker has no security context about this AEF');

export const securityInformationRoutes = (options: SecurityInformationOptions): Route[] => [
  { method: 'GET', path: securityContextPath, answer: (call) => giveSecurityInformation(call, options) },
  {
    method: 'DELETE',
    path: securityContextPath,
    answer(call) {
      const read = readDeleteSecurityContextRequest(call.parameters);
      return read.outcome === 'malformed' ? malformedAnswer(read) : revoke(call, read.value, options);
    },
  },
  {
    method: 'POST',
    path: `${securityContextPath}/delete`,
    consumes: 'application/json',
    answer(call) {
      const read = readRevokeServiceApisRequest(call.body, call.parameters);
      return read.outcome === 'malformed' ? malformedAnswer(read) : revoke(call, read.value, options);
    },
  },
];

function giveSecurityInformation(call: Call, options: SecurityInformationOptions): HttpAnswer {
  const { enrolment, registry, contexts, trustAnchorPem, tokenKeyPem } = options;
  const read = readSecurityInformationRequest(call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const aef = enrolment.provenFunction(call.socket, 'AEF');
  if (!aef) return notAnAef();
  const context = contexts.find(read.value.apiInvokerId, aef.id);
  const message = context?.ask({ type: 'SecurityInformationRequest' }, { facts: callFacts('CAPIF-3', call) });
  if (!context || message?.type !== 'SecurityInformationResponse') return noContext();
  return writeSecurityInformationResponse({
    aefId: aef.id,
    selected: context.selection?.selected,
    credential: message.credential,
    aefPsk: message.hasAefPsk ? context.aefPsk : undefined,
    trustAnchorPem,
    tokenKeyPem,
    apiNames: registry.apiNamesOf(aef.id),
  });
}

/** An AEF may revoke only for itself, not for another AEF. */
function revoke(
  call: Call,
  { apiInvokerId, aefId }: { apiInvokerId: string; aefId?: string | undefined },
  { enrolment, contexts }: SecurityInformationOptions,
): HttpAnswer {
  const aef = enrolment.provenFunction(call.socket, 'AEF');
  if (!aef) return notAnAef();
  if (aefId !== undefined && aefId !== aef.id)
    return problemAnswer('NOT_AUTHORIZED', 'an AEF may revoke only for itself');
  const context = contexts.find(apiInvokerId, aef.id);
  if (!context) return noContext();
  context.tell({ type: 'authorization.revoked' }, { facts: callFacts('CAPIF-3', call) });
  return writeNoContent();
}
