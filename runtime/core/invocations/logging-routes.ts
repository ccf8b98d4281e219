/**
 * Invocation logs over HTTP (TS 29.222 8.7, 8.8): CAPIF-3 in, CAPIF-5 out. An AEF posts its own, and whoever manages a
 * provider domain reads those of its AEFs.
 */
import type { Call, Route } from '../../transport/http-service.ts';
import type { HttpAnswer } from '../../wire/http-message.ts';
import { readAuditRequest, writeAuditResponse } from '../../wire/invocations/auditing-api.ts';
import { readInvocationLogRequest, writeInvocationLogResponse } from '../../wire/invocations/logging-api.ts';
import { faultAnswer, malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import type { ProviderDomains } from '../parties/provider-domains.ts';
import { audited } from './audit.ts';
import type { InvocationLogs } from './invocation-logs.ts';

type Options = { providers: ProviderDomains; logs: InvocationLogs };

/** None of either API (8.7.6, 8.8.6). */
const features: readonly number[] = [];

export const loggingRoutes = (options: Options): Route[] => [
  {
    method: 'POST',
    path: '/api-invocation-logs/v1/:aefId/logs',
    consumes: 'application/json',
    refuse: ({ socket, parameters }) =>
      options.providers.provenFunction(socket, 'AEF')?.id === parameters.aefId
        ? undefined
        : problemAnswer('NOT_AUTHENTICATED', 'an AEF logs under its own id, by its certificate'),
    answer: (call) => post(call, options),
  },
  {
    method: 'GET',
    path: '/logs/v1/apiInvocationLogs',
    refuse: ({ socket }) =>
      options.providers.managedDomain(socket) === undefined
        ? problemAnswer('NOT_AUTHENTICATED', 'an AMF audits the AEFs of its domain, by its certificate')
        : undefined,
    answer: (call) => audit(call, options),
  },
];

function post(call: Call, { providers, logs }: Options): HttpAnswer {
  const read = readInvocationLogRequest(call.body, call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { aefId, log } = read.value;
  if (log.aefId !== aefId) return faultAnswer('MALFORMED', '/aefId', 'must be the AEF of the path');
  const aef = providers.function(aefId);
  // Its domain may have ended while the body was on its way.
  if (!aef) return problemAnswer('NOT_AUTHENTICATED', 'this AEF has ended');
  const logId = logs.keep(aef.domainId, log);
  return writeInvocationLogResponse(logId, {
    ...log,
    supportedFeatures: commonFeatures(log.supportedFeatures, features),
  });
}

/** What is of another domain is not there. */
function audit(call: Call, { providers, logs }: Options): HttpAnswer {
  const read = readAuditRequest(call.url.split('?')[1] ?? '');
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const domainId = providers.managedDomain(call.socket);
  const [first, ...others] = domainId === undefined ? [] : audited(logs.ofDomain(domainId), read.value);
  if (!first) return problemAnswer('NOT_FOUND', 'no invocation has been logged that matches');
  return writeAuditResponse([first, ...others], commonFeatures(read.value['supported-features'], features));
}
