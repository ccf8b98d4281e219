/** CAPIF_Security_API, towards invokers (TS 29.222 8.5): the security contexts that they negotiate (6.3.1, 6.7). */
import type { Message } from '../../../machines/messages.ts';
import { AefPskUnavailable } from '../../credentials/aef-psk.ts';
import type { Call, CallHead, Route } from '../../transport/http-service.ts';
import {
  type HttpAnswer,
  type Malformed,
  malformedBecause,
  mostInvalidParams,
  type Read,
} from '../../wire/http-message.ts';
import { malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import {
  readSecurityMethodRequest,
  type SelectedMethod,
  type SupportedMethods,
  securityContextOf,
  writeSecurityMethodResponse,
  writeSecurityMethodUpdateResponse,
} from '../../wire/security-api.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import { callFacts } from '../parties/call-facts.ts';
import type { Enrolment } from '../parties/enrolment.ts';
import type { Registry } from '../services/registry.ts';
import type { Contexts } from './contexts.ts';
import { keyOf, resolve } from './subjects.ts';

export type NegotiationOptions = { enrolment: Enrolment; registry: Registry; contexts: Contexts };
type NegotiationRoutesOptions = NegotiationOptions & {
  /** Sends a test notification about this resource. */
  test(apiInvokerId: string, destination: string, resource: string): void;
};
type RequestType = 'SecurityMethodRequest' | 'SecurityMethodUpdateRequest';

export const securityContextPath = '/capif-security/v1/trustedInvokers/:apiInvokerId';

export const negotiationRoutes = (options: NegotiationRoutesOptions): Route[] => [
  {
    method: 'PUT',
    path: securityContextPath,
    consumes: 'application/json',
    refuse: (head) => refuseOthers(head, options),
    answer: (call) => negotiate(call, 'SecurityMethodRequest', options),
  },
  {
    method: 'POST',
    path: `${securityContextPath}/update`,
    consumes: 'application/json',
    refuse: (head) => refuseOthers(head, options),
    answer: (call) => negotiate(call, 'SecurityMethodUpdateRequest', options),
  },
];

function refuseOthers({ socket, parameters }: CallHead, { enrolment }: NegotiationOptions): HttpAnswer | undefined {
  if (enrolment.provenInvoker(socket) === parameters.apiInvokerId) return undefined;
  return problemAnswer('NOT_AUTHENTICATED', 'an API invoker speaks for itself, by its own certificate');
}

/** Of CAPIF_Security_API (TS 29.222 8.5.6). */
const features = { NotificationTestEvent: 1, SecurityInfoPerAPI: 3 };

/** An entry, and the AEF that it is about. */
type Entry = SupportedMethods & { ofAef: string };

/**
 * Each entry is a negotiation of its own (6.3.1, TS 29.222 8.5.4.2.3); an entry that is left out stays as it is (R23). An
 * entry that is refused is answered without a method, so that the other entries keep theirs; if all are refused, it is an
 * error.
 */
function negotiate(call: Call, type: RequestType, options: NegotiationRoutesOptions): HttpAnswer {
  const read = readSecurityMethodRequest(call.body, call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { apiInvokerId, notificationDestination } = read.value;
  const entries = negotiable(read.value.entries, options.registry);
  if (entries.outcome === 'malformed') return malformedAnswer(entries);

  const selected: SelectedMethod[] = [];
  const refusals: HttpAnswer[] = [];
  for (const { ofAef, ...entry } of entries.value) {
    const message = ask(call, type, apiInvokerId, { ofAef, ...entry }, options);
    if ('status' in message) return message;
    const refused = refusalOf(message);
    if (refused) refusals.push(refused);
    if (message.type === 'SecurityMethodResponse') {
      selected.push({ ...entry, selected: message.selected, credential: message.credential });
    } else selected.push(entry);
  }
  const [refusal] = refusals;
  if (refusal && refusals.length === entries.value.length) return refusal;
  options.contexts.rights.notifyAt(apiInvokerId, notificationDestination);
  if (read.value.requestTestNotification)
    options.test(apiInvokerId, notificationDestination, securityContextOf(apiInvokerId));
  const supportedFeatures = commonFeatures(read.value.supportedFeatures, Object.values(features));
  const security = { entries: selected, notificationDestination, supportedFeatures };
  if (type === 'SecurityMethodUpdateRequest') return writeSecurityMethodUpdateResponse(security);
  return writeSecurityMethodResponse(apiInvokerId, security);
}

/** The entries, if all can be negotiated: a request with one that names nothing, or what another names, changes nothing. */
function negotiable(entries: readonly SupportedMethods[], registry: Registry): Read<Entry[]> {
  const { services } = registry;
  const wrong: Malformed['invalidParams'] = [];
  const found = new Map<string, Entry>();
  entries.forEach((entry, n) => {
    const resolved = resolve(entry, services);
    if ('param' in resolved) {
      wrong.push({ param: `/securityInfo/${n}/${resolved.param}`, reason: resolved.reason });
    } else if (found.has(keyOf(entry))) {
      wrong.push({ param: `/securityInfo/${n}`, reason: 'names what an entry before it names' });
    } else found.set(keyOf(entry), { ...entry, ofAef: resolved.aefId });
  });
  if (wrong.length === 0) return { outcome: 'read', value: [...found.values()] };
  const some = wrong.slice(0, mostInvalidParams);
  return malformedBecause(some.map(({ param, reason }) => `${param} ${reason}`).join('; '), some);
}

/** An invoker that has been offboarded gets no new contexts; those it had answer for themselves. */
function ask(
  call: Call,
  type: RequestType,
  apiInvokerId: string,
  { ofAef, ...entry }: Entry,
  { enrolment, contexts }: NegotiationOptions,
): Message | HttpAnswer {
  const { aefId, interfaceDetails, apiId } = entry;
  const subject = { aefId, interfaceDetails, apiId };
  const known = contexts.find(apiInvokerId, ofAef, subject);
  if (!known && !enrolment.isOnboarded(apiInvokerId)) {
    return problemAnswer(
      'NOT_AUTHORIZED',
      'this API invoker is not onboarded: it was offboarded, or its onboarding has expired',
    );
  }
  const context = known ?? contexts.of(apiInvokerId, ofAef, subject);
  try {
    return context.negotiate(type, entry, { exchange: call.socket, facts: callFacts('CAPIF-1e', call) });
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
