/** Access control policies at the core: its operator sets them, the AEF that they are for asks for them (TS 29.222 5.10). */
import { afterEach, expect, test } from 'vitest';
import { recordedStore } from '../testing/kept-records.ts';
import { restartable } from '../testing/restartable-core.ts';
import { ask, client, closeAll, type Known, onboarded, registered, type Testbed, testbed } from '../testing/roles.ts';
import { writeAccessControlPolicyRequest } from '../wire/invocations/access-control-policy-api.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';

afterEach(closeAll);

const day = { startTime: '2026-11-27T00:00:00Z', stopTime: '2026-11-27T23:59:59Z' };
const policy = {
  allowedTotalInvocations: 10,
  allowedInvocationsPerSecond: 2,
  allowedInvocationTimeRangeList: [day],
  netSliceInfo: [{ nsiId: 'x' }],
};

/** An AEF with a published API, in a domain with an APF, and two invokers. */
async function domain(at: Testbed) {
  const [aef, apf, other] = (await registered(at, 'AEF', 'APF', 'AEF')) as [Known, Known, Known];
  const aefs = [{ aefId: aef.id, host: '127.0.0.1', port: 9, apiVersion: 'v1', methods: ['PKI'] as const }];
  const publish = async (apiName: string) => {
    const publication = writeServiceApiPublishRequest({ apfId: apf.id, serviceApi: { apiName, aefs } });
    return ((await ask(client(at, apf.certificate), publication)).body as { apiId: string }).apiId;
  };
  const apiId = await publish('greetings');
  const invokers = [await onboarded(at), await onboarded(at)] as const;
  const list = (apiInvokerId?: string, by = aef, aefId = by.id, serviceApiId = apiId) =>
    ask(client(at, by.certificate), writeAccessControlPolicyRequest({ serviceApiId, aefId, apiInvokerId }));
  const subject = (n: 0 | 1) => ({ apiInvokerId: invokers[n].id, aefId: aef.id, apiId });
  return { aef, apf, other, publish, invokers, list, subject };
}

test('an AEF gets the policies of its service API: of all API invokers, or of one (5.10.2.2)', async () => {
  const at = await testbed();
  const { list, subject, invokers } = await domain(at);
  const [one, other] = invokers;
  expect(await list()).toMatchObject({ status: 200, body: { apiInvokerPolicies: [] } });
  await at.core.setAccessControlPolicy(subject(0), policy);
  await at.core.setAccessControlPolicy(subject(1), { allowedTotalInvocations: 0 });
  const ofOne = { apiInvokerId: one.id, ...policy };
  const ofOther = { apiInvokerId: other.id, allowedTotalInvocations: 0 };
  expect((await list()).body).toEqual({ apiInvokerPolicies: [ofOne, ofOther] });
  expect((await list(other.id)).body).toEqual({ apiInvokerPolicies: [ofOther] });
  expect((await list('unknown')).body).toEqual({ apiInvokerPolicies: [] });
  await at.core.setAccessControlPolicy(subject(0), undefined);
  expect((await list()).body).toEqual({ apiInvokerPolicies: [ofOther] });
});

test('an AEF asks for itself and for what it exposes (8.6.2.2.3.1)', async () => {
  const at = await testbed();
  const { list, aef, other, apf } = await domain(at);
  expect((await list(undefined, other)).status).toBe(404);
  expect((await list(undefined, other, aef.id)).status).toBe(401);
  expect((await list(undefined, apf, aef.id)).status).toBe(401);
  expect((await list(undefined, aef, aef.id, 'unknown')).status).toBe(404);
});

test('without a service API, a policy is for each that the AEF exposes', async () => {
  const at = await testbed();
  const { list, subject, publish } = await domain(at);
  const traffic = await publish('traffic');
  const { apiId: _, ...both } = subject(0);
  await at.core.setAccessControlPolicy(both, policy);
  const body = { apiInvokerPolicies: [{ apiInvokerId: both.apiInvokerId, ...policy }] };
  expect((await list()).body).toEqual(body);
  expect((await list(undefined, undefined, undefined, traffic)).body).toEqual(body);
});

test('a policy is of a known subject, and is one', async () => {
  const { core, ...at } = await testbed();
  const { subject, other } = await domain({ core, ...at });
  const set = core.setAccessControlPolicy;
  await expect(set({ ...subject(0), apiInvokerId: 'x' }, policy)).rejects.toThrow('x is not an onboarded API invoker');
  await expect(set({ ...subject(0), apiId: 'x' }, policy)).rejects.toThrow(RangeError);
  await expect(set({ ...subject(0), aefId: other.id }, policy)).rejects.toThrow(RangeError);
  await expect(set(subject(0), { allowedTotalInvocations: 1.5 })).rejects.toThrow('/allowedTotalInvocations must be');
  await expect(set(subject(0), { allowedInvocationsPerSecond: -1 })).rejects.toThrow(RangeError);
  const range = { startTime: 'tomorrow' };
  await expect(set(subject(0), { allowedInvocationTimeRangeList: [range] })).rejects.toThrow(RangeError);
});

test('policies are kept across a restart', async () => {
  const { at, restart } = await restartable();
  const { list, subject } = await domain(at);
  await at.core.setAccessControlPolicy(subject(0), policy);
  await at.core.setAccessControlPolicy(subject(1), policy);
  await at.core.setAccessControlPolicy(subject(1), undefined);
  await restart();
  expect((await list()).body).toEqual({ apiInvokerPolicies: [{ apiInvokerId: subject(0).apiInvokerId, ...policy }] });
  await at.core.close();
});

test('policies end with the API invoker and with the AEF that they are for', async () => {
  const { store, records } = recordedStore();
  const at = await testbed({ store });
  const { subject, invokers, apf } = await domain(at);
  await at.core.setAccessControlPolicy(subject(0), policy);
  await at.core.setAccessControlPolicy(subject(1), policy);
  const [gone] = invokers;
  await ask(client(at, gone.certificate), writeOffboardApiInvokerRequest({ onboardingId: gone.id }));
  expect(records('access-control-policies')).toMatchObject([subject(1)]);
  const [{ domainId }] = (records('provider-domains') as { functions: [{ domainId: string }] }[])[0]!.functions;
  const path = `/api-provider-management/v1/registrations/${domainId}`;
  expect((await ask(client(at, apf.certificate), { method: 'DELETE', path })).status).toBe(204);
  expect(records('access-control-policies')).toEqual([]);
});
