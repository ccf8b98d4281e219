/** What those whom the core trusts may leave with it: they are refused beyond it, the limit is counted, and what is repeated or ended is no more. */
import { afterEach, expect, test } from 'vitest';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { requestOf } from '../testing/alterations/altered-requests.ts';
import { ownParties, rememberedIds } from '../testing/alterations/core-parties.ts';
import { ask, client, closeAll, type Known, registered, testbed } from '../testing/roles.ts';
import { type ApiProviderFunctionRole, writeRegisterApiProviderRequest } from '../wire/provider-management-api.ts';
import type { CoreLimitName, CoreLimits } from './core-function.ts';

afterEach(closeAll);

async function limited(limits: Partial<CoreLimits>) {
  const counted: CoreLimitName[] = [];
  const remembered = rememberedIds();
  const pause = { firstMs: 600_000, longestMs: 600_000 };
  const notifications = { hosts: ['127.0.0.1'] };
  const onLimit = (limit: CoreLimitName) => void counted.push(limit);
  const at = await testbed({ ids: remembered.ids, limits, onLimit, pause, notifications });
  const registration = async (...roles: ApiProviderFunctionRole[]) => {
    const { publicKeyPem } = await generateKeyPair();
    const functions = roles.map((role) => ({ role, publicKeyPem }));
    return writeRegisterApiProviderRequest({ registrationSecret: at.core.registrationSecret, functions });
  };
  return { at, counted, remembered, registration };
}

test('one domain more than there may be is asked to come later, and one that is repeated is not one more (TS 29.222 8.9)', async () => {
  const { at, counted, registration } = await limited({ providerDomains: 2 });
  const [first, second, third] = [await registration('AEF'), await registration('AEF'), await registration('AEF')];
  const register = (request: typeof first) => ask(client(at), request);
  // At once: those that are being made count.
  const answers = await Promise.all([register(first), register(second), register(third)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 503]);
  const refused = [first, second, third][answers.findIndex(({ status }) => status === 503)]!;
  const made = [first, second, third].find((one) => one !== refused)!;
  expect((await register(made)).status).toBe(201);
  expect((await register(refused)).body).toMatchObject({ cause: 'UNAVAILABLE' });
  expect(counted).toEqual(['providerDomains', 'providerDomains']);
});

test('a domain that is deregistered makes room for another (TS 29.222 5.8.2.3)', async () => {
  const { at, remembered, registration } = await limited({ providerDomains: 1 });
  const [amf] = await registered(at, 'AMF');
  const path = `/api-provider-management/v1/registrations/${remembered.latest('provider')}`;
  expect((await ask(client(at), await registration('AEF'))).status).toBe(503);
  expect((await ask(client(at, amf!.certificate), { method: 'DELETE', path })).status).toBe(204);
  expect((await ask(client(at), await registration('AEF'))).status).toBe(201);
});

test('a domain may not have more functions, neither at first nor by an update', async () => {
  const { at, counted, remembered, registration } = await limited({ functionsPerDomain: 3 });
  expect((await ask(client(at), await registration('AEF', 'AEF', 'APF', 'AMF'))).status).toBe(403);
  const { parties, requests } = await ownParties(at, remembered);
  const update = requests.get('PATCH /api-provider-management/v1/registrations/:registrationId')!;
  const { publicKeyPem } = await generateKeyPair();
  const one = { apiProvFuncRole: 'AEF', regInfo: { apiProvPubKey: publicKeyPem } };
  const request = requestOf({ ...update, body: { apiProvFuncs: Array(4).fill(one) } });
  expect((await ask(client(at, parties.AMF.certificate), request)).status).toBe(403);
  expect(counted).toEqual(['functionsPerDomain', 'functionsPerDomain']);
});

test.each([
  ['serviceApisPerDomain', 403],
  ['serviceApis', 503],
] as const)(
  'of %s, one more is refused: what was published before is found, updated and withdrawn',
  async (name, status) => {
    const { at, counted, remembered } = await limited({ [name]: 2 });
    const { parties, requests } = await ownParties(at, remembered);
    const over = client(at, parties.APF.certificate);
    const publication = requests.get('POST /published-apis/v1/:apfId/service-apis')!;
    const publish = async (apiName: string) => {
      const body = { ...(publication.body as object), apiName };
      return (await ask(over, requestOf({ ...publication, body }))).status;
    };
    expect([await publish('weather'), await publish('maps'), await publish('weather')]).toEqual([201, status, 201]);
    expect(counted).toEqual([name]);
    const found = requests.get('PUT /published-apis/v1/:apfId/service-apis/:serviceApiId')!;
    expect((await ask(over, requestOf(found))).status).toBe(200);
    await ask(over, requestOf(requests.get('DELETE /published-apis/v1/:apfId/service-apis/:serviceApiId')!));
    expect(await publish('maps')).toBe(201);
  },
);

test('a domain that comes and goes leaves no service API behind (TS 29.222 5.8.2.3)', async () => {
  const { at, remembered } = await limited({ serviceApis: 2 });
  for (let n = 0; n < 4; n += 1) {
    const { parties, requests } = await ownParties(at, remembered);
    const end = requests.get('DELETE /api-provider-management/v1/registrations/:registrationId')!;
    expect((await ask(client(at, parties.AMF.certificate), requestOf(end))).status).toBe(204);
  }
});

test('a service API that is withdrawn counts as long as an API invoker has negotiated about it', async () => {
  const { at, remembered } = await limited({ serviceApisPerDomain: 2 });
  const { parties, requests } = await ownParties(at, remembered);
  const send = async (by: Known, route: string, change: object = {}) => {
    const sent = requests.get(route)!;
    return (
      await ask(client(at, by.certificate), requestOf({ ...sent, body: { ...(sent.body as object), ...change } }))
    ).status;
  };
  const serviceApis = 'POST /published-apis/v1/:apfId/service-apis';
  expect(await send(parties.APF, serviceApis, { apiName: 'weather' })).toBe(201);
  const of = { aefId: parties.AEF.id, apiId: remembered.latest('service-api'), prefSecurityMethods: ['PSK'] };
  const security = { securityInfo: [of], supportedFeatures: '4' };
  expect(await send(parties.invoker, 'PUT /capif-security/v1/trustedInvokers/:apiInvokerId', security)).toBe(201);
  const path = `/published-apis/v1/${parties.APF.id}/service-apis/${of.apiId}`;
  expect((await ask(client(at, parties.APF.certificate), { method: 'DELETE', path })).status).toBe(204);
  expect(await send(parties.APF, serviceApis, { apiName: 'maps' })).toBe(403);
  expect(await send(parties.invoker, 'DELETE /api-invoker-management/v1/onboardedInvokers/:onboardingId')).toBe(204);
});
