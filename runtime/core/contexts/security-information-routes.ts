/** CAPIF_Security_API, towards AEFs (TS 29.222 5.6.2.4, 5.6.2.5): keys and rights of an invoker, and their end. */
import type { SecurityInformationResponse } from '../../../machines/messages.ts';
import type { SecurityMethod } from '../../../machines/vocabulary.ts';
import type { Call, CallHead, Route } from '../../transport/http-service.ts';
import { type HttpAnswer, malformedParam, writeNoContent } from '../../wire/http-message.ts';
import { malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import {
  type InformationEntry,
  readDeleteSecurityContextRequest,
  readRevokeServiceApisRequest,
  readSecurityInformationRequest,
  writeSecurityInformationResponse,
} from '../../wire/security-information-api.ts';
import type { SecurityNotification } from '../../wire/security-notification.ts';
import { callFacts } from '../parties/call-facts.ts';
import type { ProviderDomains } from '../parties/provider-domains.ts';
import type { Registry } from '../services/registry.ts';
import type { Contexts } from './contexts.ts';
import { securityContextPath } from './negotiation-routes.ts';
import type { SecurityContext } from './security-context.ts';

type SecurityInformationOptions = {
  providers: ProviderDomains;
  registry: Registry;
  contexts: Contexts;
  trustAnchorPem: string;
  tokenKeyPem: string;
};

const noContext = () =>
  problemAnswer('SECURITY_CONTEXT_NOT_FOUND', 'this API invoker has no security context about this AEF');

export function securityInformationRoutes(options: SecurityInformationOptions): Route[] {
  /** Before it is said whether there is such an invoker. */
  const refuse = ({ socket }: CallHead) =>
    options.providers.provenFunction(socket, 'AEF')
      ? undefined
      : problemAnswer('NOT_AUTHENTICATED', 'only a registered AEF may ask this, by its certificate');
  return [
    { method: 'GET', path: securityContextPath, refuse, answer: (call) => giveSecurityInformation(call, options) },
    {
      method: 'DELETE',
      path: securityContextPath,
      refuse,
      answer(call) {
        const read = readDeleteSecurityContextRequest(call.parameters);
        return read.outcome === 'malformed' ? malformedAnswer(read) : revoke(call, read.value, options);
      },
    },
    {
      method: 'POST',
      path: `${securityContextPath}/delete`,
      consumes: 'application/json',
      refuse,
      answer(call) {
        const read = readRevokeServiceApisRequest(call.body, call.parameters);
        return read.outcome === 'malformed' ? malformedAnswer(read) : revoke(call, read.value, options);
      },
    },
  ];
}

/** Every entry that concerns the AEF, as the invoker has named it: first what was negotiated last, which is what counts. */
function giveSecurityInformation(call: Call, options: SecurityInformationOptions): HttpAnswer {
  const { providers, contexts } = options;
  const read = readSecurityInformationRequest(call.parameters, call.url.split('?')[1]);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { apiInvokerId, ...asked } = read.value;
  const aefId = providers.provenFunction(call.socket, 'AEF')?.id;
  const about = aefId === undefined ? [] : contexts.about(apiInvokerId, aefId).sort(latestFirst);
  const facts = callFacts('CAPIF-3', call);
  const entries = about.flatMap((context): InformationEntry[] => {
    const message = context.ask({ type: 'SecurityInformationRequest' }, { facts });
    const { selection } = context.negotiated;
    return message.type === 'SecurityInformationResponse' && selection
      ? [entryOf(context, selection.selected, message, asked, options)]
      : [];
  });
  if (entries.length === 0) return noContext();
  const notificationDestination = contexts.rights.destinations.get(apiInvokerId) ?? '';
  return writeSecurityInformationResponse({ entries, notificationDestination });
}

const latestFirst = ({ negotiated: one }: SecurityContext, { negotiated: other }: SecurityContext) =>
  (other.nth ?? 0) - (one.nth ?? 0);

function entryOf(
  { subject, negotiated: { preferred, aefPsk }, coverage: { apiNames } }: SecurityContext,
  selected: SecurityMethod,
  { credential, hasAefPsk }: SecurityInformationResponse,
  asked: { authenticationInfo: boolean; authorizationInfo: boolean },
  { trustAnchorPem, tokenKeyPem }: SecurityInformationOptions,
): InformationEntry {
  const keys = { credential, aefPsk: hasAefPsk ? aefPsk : undefined, trustAnchorPem, tokenKeyPem };
  return {
    ...subject,
    preferred,
    selected,
    authenticationInfo: asked.authenticationInfo ? keys : undefined,
    authorizationInfo: asked.authorizationInfo ? { apiNames } : undefined,
  };
}

/** An AEF may revoke only for itself, and only service APIs that it has exposed. */
function revoke(
  call: Call,
  { apiInvokerId, aefId, apiIds, cause }: Partial<SecurityNotification> & { apiInvokerId: string },
  { providers, registry, contexts }: SecurityInformationOptions,
): HttpAnswer {
  const own = providers.provenFunction(call.socket, 'AEF')?.id;
  if (own === undefined || (aefId !== undefined && aefId !== own)) {
    return problemAnswer('NOT_AUTHORIZED', 'an AEF may revoke only for itself');
  }
  const exposed = registry.servicesOf(own).map(({ apiId }) => apiId);
  const unknown = apiIds?.findIndex((apiId) => !exposed.includes(apiId)) ?? -1;
  if (unknown >= 0) {
    return malformedAnswer(malformedParam(`/apiIds/${unknown}`, 'is not the id of a service API of this AEF'));
  }
  if (contexts.about(apiInvokerId, own).length === 0) return noContext();
  contexts.revoke({ apiInvokerId, aefId: own, apiIds, cause }, callFacts('CAPIF-3', call));
  return writeNoContent();
}
