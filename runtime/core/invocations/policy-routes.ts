/** Access control policies over HTTP (TS 29.222 8.6): an AEF asks on CAPIF-3 for those of a service API that it exposes. */
import type { Call, Route } from '../../transport/http-service.ts';
import type { HttpAnswer } from '../../wire/http-message.ts';
import {
  readAccessControlPolicyRequest,
  writeAccessControlPolicyResponse,
} from '../../wire/invocations/access-control-policy-api.ts';
import { malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import type { ProviderDomains } from '../parties/provider-domains.ts';
import type { Registry } from '../services/registry.ts';
import type { AccessControlPolicies } from './access-control-policies.ts';

type Options = { providers: ProviderDomains; registry: Registry; policies: AccessControlPolicies };

const onlyTheAef = () => problemAnswer('NOT_AUTHENTICATED', 'an AEF asks for its own policies, by its certificate');

export const policyRoutes = (options: Options): Route[] => [
  {
    method: 'GET',
    path: '/access-control-policy/v1/accessControlPolicyList/:serviceApiId',
    refuse: ({ socket }) => (options.providers.provenFunction(socket, 'AEF') ? undefined : onlyTheAef()),
    answer: (call) => list(call, options),
  },
];

/** A service API that has been withdrawn is one still: it is not forgotten while it has policies, as an AEF takes 404 for none. */
function list(call: Call, { providers, registry, policies }: Options): HttpAnswer {
  const read = readAccessControlPolicyRequest(call.parameters, call.url.split('?')[1] ?? '');
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { serviceApiId, aefId, apiInvokerId } = read.value;
  if (providers.provenFunction(call.socket, 'AEF')?.id !== aefId) return onlyTheAef();
  if (!registry.servicesOf(aefId).some(({ apiId }) => apiId === serviceApiId))
    return problemAnswer('NOT_FOUND', 'this AEF exposes no such service API');
  return writeAccessControlPolicyResponse(policies.listOf(serviceApiId, aefId, apiInvokerId));
}
