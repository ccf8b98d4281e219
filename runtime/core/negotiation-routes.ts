/** CAPIF_Security_API, towards invokers (TS 29.222 8.5): the security contexts that they negotiate (6.3.1, 6.7). */
import type { Message } from '../../machines/messages.ts';
import { AefPskUnavailable } from '../credentials/aef-psk.ts';
import type { Call, Route } from '../transport/http-service.ts';
import type { HttpAnswer } from '../wire/http-message.ts';
import { malformedAnswer, problemAnswer } from '../wire/problem-details.ts';
import {
  readSecurityMethodRequest,
  type SelectedMethod,
  type SupportedMethods,
  writeSecurityMethodResponse,
  writeSecurityMethodUpdateResponse,
} from '../wire/security-api.ts';
import { callFacts } from './call-facts.ts';
import type { Contexts } from './contexts.ts';
import type { Enrolment } from './enrolment.ts';
import type { Registry } from './registry.ts';

export type NegotiationOptions = { enrolment: Enrolment; registry: Registry; contexts: Contexts };
type RequestType = 'SecurityMethodRequest' | 'SecurityMethodUpdateRequest';

export const securityContextPath = '/capif-security/v1/trustedInvokers/:apiInvokerId';

export const negotiationRoutes = (options: NegotiationOptions): Route[] => [
  {
    method: 'PUT',
    path: securityContextPath,
    consumes: 'application/json',
    answer: (call) => negotiate(call, 'SecurityMethodRequest', options),
  },
  {
    method: 'POST',
    path: `${securityContextPath}/update`,
    consumes: 'application/json',
    answer: (call) => negotiate(call, 'SecurityMethodUpdateRequest', options),
  },
];

/**
 * Each entry is a negotiation of its own (6.3.1: per AEF); an entry that is left out stays as it is (R23). An entry that
 * is refused is answered without a method, so that the other entries keep theirs; if all are refused, it is an error.
 */
function negotiate(call: Call, type: RequestType, options: NegotiationOptions): HttpAnswer {
  const read = readSecurityMethodRequest(call.body, call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { apiInvokerId, entries, notificationDestination } = read.value;
  if (options.enrolment.provenInvoker(call.socket) !== apiInvokerId) {
    return problemAnswer('NOT_AUTHENTICATED', 'an API invoker speaks for itself, by its own certificate');
  }
  const unacceptable = withoutNegotiation(entries, options.registry);
  if (unacceptable) return unacceptable;

  const selected: SelectedMethod[] = [];
  const refusals: HttpAnswer[] = [];
  for (const entry of entries) {
    const message = ask(call, type, apiInvokerId, entry, options);
    if ('status' in message) return message;
    const refused = refusalOf(message);
    if (refused) refusals.push(refused);
    if (message.type === 'SecurityMethodResponse') {
      selected.push({ ...entry, selected: message.selected, credential: message.credential });
    } else selected.push(entry);
  }
  const [refusal] = refusals;
  if (refusal && refusals.length === entries.length) return refusal;
  const security = { entries: selected, notificationDestination };
  if (type === 'SecurityMethodUpdateRequest') return writeSecurityMethodUpdateResponse(security);
  return writeSecurityMethodResponse(apiInvokerId, security);
}

/** The answer to a request from which nothing is negotiated. */
function withoutNegotiation(entries: readonly SupportedMethods[], registry: Registry): HttpAnswer | undefined {
  const unknown = entries.findIndex(({ aefId }) => !registry.interfaceOf(aefId));
  if (unknown >= 0) {
    const param = `/securityInfo/${unknown}/aefId`;
    const reason = 'names no AEF that is published';
    return malformedAnswer({ outcome: 'malformed', because: `${param} ${reason}`, invalidParams: [{ param, reason }] });
  }
  if (new Set(entries.map(({ aefId }) => aefId)).size === entries.length) return undefined;
  return problemAnswer('MALFORMED', 'an AEF may be named only once');
}

/** An invoker that has been offboarded gets no new contexts; those it had answer for themselves. */
function ask(
  call: Call,
  type: RequestType,
  apiInvokerId: string,
  { aefId, supported }: SupportedMethods,
  { enrolment, contexts }: NegotiationOptions,
): Message | HttpAnswer {
  const known = contexts.find(apiInvokerId, aefId);
  if (!known && !enrolment.isOnboarded(apiInvokerId)) {
    return problemAnswer('NOT_AUTHORIZED', 'this API invoker is not onboarded');
  }
  const context = known ?? contexts.of(apiInvokerId, aefId);
  try {
    return context.ask(
      { type, supported, names: 'serviceApi' },
      { exchange: call.socket, facts: callFacts('CAPIF-1e', call) },
    );
  } catch (error) {
    if (error instanceof AefPskUnavailable) return problemAnswer('UNAVAILABLE', `no AEFPSK: ${error.message}`);
    throw error;
  }
}

function refusalOf({ type }: Message): HttpAnswer | undefined {
  switch (type) {
    case 'SecurityMethodResponse':
    case 'NoCommonMethod':
      return undefined;
    case 'SecurityContextNotFound':
      return problemAnswer('SECURITY_CONTEXT_NOT_FOUND', 'PUT the security context first');
    default:
      return problemAnswer('NOT_AUTHORIZED', 'this API invoker is not authorized');
  }
}
