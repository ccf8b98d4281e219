/** Access control policies, there and back, and those of others (TS 29.222 8.6). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { givesBack, id, invalidParamsOf, optional, routed, withstands } from '../../testing/wire-values.ts';
import {
  readAccessControlPolicyRequest,
  readAccessControlPolicyResponse,
  writeAccessControlPolicyRequest,
  writeAccessControlPolicyResponse,
} from './access-control-policy-api.ts';

const route = '/access-control-policy/v1/accessControlPolicyList/:serviceApiId';
const time = fc.constantFrom(undefined, '2026-11-27T02:00:00Z', '2026-11-27T02:00:00.5+01:00');
const policy = fc.record({
  apiInvokerId: id,
  allowedTotalInvocations: optional(fc.nat()),
  allowedInvocationsPerSecond: optional(fc.nat()),
  allowedInvocationTimeRangeList: optional(fc.array(fc.record({ startTime: time, stopTime: time }), { maxLength: 2 })),
  netSliceInfo: optional(fc.array(fc.constant({ nsiId: 'x' }), { minLength: 1, maxLength: 2 })),
});

test('a question and a list are read as they were written', () => {
  givesBack(fc.record({ serviceApiId: id, aefId: id, apiInvokerId: optional(id) }), (value) => {
    const request = writeAccessControlPolicyRequest(value);
    return readAccessControlPolicyRequest(routed(route, request), request.path.split('?')[1]!);
  });
  givesBack(fc.array(policy, { maxLength: 3 }), (value) =>
    readAccessControlPolicyResponse(writeAccessControlPolicyResponse(value)),
  );
});

test('a list as TS 29.222 8.6 has it; one without policies, and with members that are not known here', () => {
  expect(writeAccessControlPolicyRequest({ serviceApiId: 'a', aefId: 'b' })).toEqual({
    method: 'GET',
    path: '/access-control-policy/v1/accessControlPolicyList/a?aef-id=b',
  });
  const read = (body: unknown) => readAccessControlPolicyResponse({ status: 200, body: JSON.stringify(body) });
  expect(read({})).toEqual({ outcome: 'read', value: [] });
  const of = { apiInvokerId: 'x', allowedTotalInvocations: null, allowedInvocationsPerSecond: 3, ofALaterRelease: 1 };
  expect(read({ apiInvokerPolicies: [of] })).toEqual({
    outcome: 'read',
    value: [{ apiInvokerId: 'x', allowedInvocationsPerSecond: 3 }],
  });
});

test('what is wrong is named, and a policy that cannot be read is not left out', () => {
  expect(invalidParamsOf(readAccessControlPolicyRequest({ serviceApiId: 'a' }, ''))).toEqual([
    { param: 'aef-id', reason: 'is required' },
  ]);
  const of = { apiInvokerId: 'x', allowedTotalInvocations: '3', allowedInvocationTimeRangeList: [{ startTime: 1 }] };
  const answer = { status: 200, body: JSON.stringify({ apiInvokerPolicies: [{ apiInvokerId: 'y' }, of] }) };
  expect(invalidParamsOf(readAccessControlPolicyResponse(answer))).toEqual([
    { param: '/apiInvokerPolicies/1/allowedTotalInvocations', reason: 'must be of type number' },
    {
      param: '/apiInvokerPolicies/1/allowedInvocationTimeRangeList/0/startTime',
      reason: 'must be a date and a time with an offset',
    },
  ]);
  expect(readAccessControlPolicyResponse({ ...answer, status: 204 }).outcome).toBe('malformed');
  withstands((body) => readAccessControlPolicyResponse({ status: 200, body }), answer.body);
});
