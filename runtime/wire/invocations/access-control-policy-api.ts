/** CAPIF_Access_Control_Policy_API (TS 29.222 8.6): an AEF learns how much API invokers may invoke a service API (5.10.2.2). */
import { z } from 'zod';
import { readForm, writeForm } from '../form-parameters.ts';
import {
  type HttpAnswer,
  type HttpRequest,
  mapRead,
  type Read,
  type ReceivedAnswer,
  together,
} from '../http-message.ts';
import { readJsonAnswer, writeJsonAnswer } from '../json-message.ts';
import { identifier, type PathParameters, path, readPathParameter } from '../paths.ts';
import { supportedFeatures } from '../security-method-list.ts';
import { dateTime, netSliceId } from './invocation-log.ts';

/** TimeRangeList (8.6.4.2.4): one range, open where an end of it is left out. */
const timeRange = z.object({ startTime: dateTime.optional(), stopTime: dateTime.optional() });

/** What ApiInvokerPolicy (8.6.4.2.3) says beside whom it is for; what is left out limits nothing. */
export const accessControlPolicy = z.object({
  allowedTotalInvocations: z.int().optional(),
  allowedInvocationsPerSecond: z.int().optional(),
  allowedInvocationTimeRangeList: z.array(timeRange).optional(),
  netSliceInfo: z.array(netSliceId.nullable()).min(1).optional(),
});
const policyList = z.object({
  apiInvokerPolicies: z.array(accessControlPolicy.extend({ apiInvokerId: z.string() })).default([]),
});

export type AccessControlPolicy = z.output<typeof accessControlPolicy>;
export type ApiInvokerPolicy = z.output<typeof policyList>['apiInvokerPolicies'][number];

type PolicyQuestion = {
  serviceApiId: string;
  aefId: string;
  /** Without it, all are asked about. */
  apiInvokerId?: string | undefined;
};

const query = z.object({
  'aef-id': identifier,
  'api-invoker-id': z.string().optional(),
  'supported-features': supportedFeatures.optional(),
});

export const writeAccessControlPolicyRequest = ({
  serviceApiId,
  aefId,
  apiInvokerId,
}: PolicyQuestion): HttpRequest => ({
  method: 'GET',
  path: `${path`/access-control-policy/v1/accessControlPolicyList/${serviceApiId}`}?${writeForm({ 'aef-id': aefId, 'api-invoker-id': apiInvokerId })}`,
});

/** `form` is what comes after the question mark of the URI. */
export const readAccessControlPolicyRequest = (parameters: PathParameters, form: string): Read<PolicyQuestion> =>
  mapRead(
    together({ serviceApiId: readPathParameter(parameters, 'serviceApiId'), asked: readForm(form, query) }),
    ({ serviceApiId, asked }) => ({
      serviceApiId,
      aefId: asked['aef-id'],
      apiInvokerId: asked['api-invoker-id'],
    }),
  );

export const writeAccessControlPolicyResponse = (apiInvokerPolicies: readonly ApiInvokerPolicy[]): HttpAnswer =>
  writeJsonAnswer(200, { apiInvokerPolicies });

export const readAccessControlPolicyResponse = (answer: ReceivedAnswer): Read<ApiInvokerPolicy[]> =>
  mapRead(readJsonAnswer(answer, [200], policyList), ({ apiInvokerPolicies }) => apiInvokerPolicies);
