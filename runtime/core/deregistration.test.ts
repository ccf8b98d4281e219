/** A provider domain that is deregistered is gone with all its functions and what they have published (TS 29.222 5.8.2.3). */
import { afterEach, expect, test } from 'vitest';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import {
  all,
  ask,
  client,
  closeAll,
  type Known,
  notificationDestination,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeDiscoverServiceApiRequest } from '../wire/discover-api.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeRegisterApiProviderRequest } from '../wire/provider-management-api.ts';
import { writeSecurityMethodRequest } from '../wire/security-api.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

const deregistration = (n = 1): HttpRequest => ({
  method: 'DELETE',
  path: `/api-provider-management/v1/registrations/provider-${n}`,
});
const statusOf = async (at: Testbed, by: Known | undefined, request: HttpRequest) =>
  (await ask(client(at, by?.certificate), request)).status;
const later = { firstMs: 600_000, longestMs: 600_000 };

/** A domain with an AMF, its publication at an AEF that does not listen, and an invoker with a context about it. */
async function domain() {
  const at = await testbed({ ids: readableIds(), pause: later });
  const [aef, apf, amf] = await registered(at, 'AEF', 'APF', 'AMF');
  const aefs = [{ aefId: aef!.id, host: '127.0.0.1', port: 9, apiVersion: 'v1', methods: all }];
  const publication = writeServiceApiPublishRequest({ apfId: apf!.id, serviceApi: { apiName: 'weather', aefs } });
  expect(await statusOf(at, apf, publication)).toBe(201);
  const invoker = await onboarded(at);
  const entries = [{ aefId: aef!.id, supported: all }];
  const negotiation = writeSecurityMethodRequest({ apiInvokerId: invoker.id, entries, notificationDestination });
  expect(await statusOf(at, invoker, negotiation)).toBe(201);
  const information = writeSecurityInformationRequest({ apiInvokerId: invoker.id });
  return { at, aef: aef!, apf: apf!, amf: amf!, invoker, publication, information };
}
const contextOf = ({ lines }: Testbed) => lines.filter(({ role }) => role === 'capifCoreFunction').at(-1);

test('its certificates count no more, also on open connections, and its services are withdrawn', async () => {
  const { at, aef, apf, amf, invoker, publication, information } = await domain();
  const open = client(at, aef.certificate);
  expect((await ask(open, information)).status).toBe(200);
  expect(await statusOf(at, amf, deregistration())).toBe(204);

  expect(contextOf(at)).toMatchObject({ event: { type: 'exposingFunction.gone' }, state: 'outdated' });
  const discovery = writeDiscoverServiceApiRequest({ apiInvokerId: invoker.id });
  expect((await ask(client(at, invoker.certificate), discovery)).body).not.toHaveProperty('serviceAPIDescriptions');
  const detail = 'only with a certificate that this core has issued';
  expect((await ask(open, information)).body).toMatchObject({ status: 401, detail });
  expect(await statusOf(at, apf, publication)).toBe(401);
  expect(await statusOf(at, amf, deregistration())).toBe(401);
  expect([at.core.methodsOf(aef.id), at.errors]).toEqual([[], []]);
});

test('a revocation that the AEF has not acknowledged is given up (TS 29.222 5.6.2.5)', async () => {
  const { at, aef, amf, invoker } = await domain();
  await at.core.revoke(invoker.id, aef.id);
  await expect.poll(() => contextOf(at)?.state).toEqual({ revoked: 'pausing' });
  await statusOf(at, amf, deregistration());
  const states = at.lines.filter(({ event }) => event.type === 'exposingFunction.gone').map(({ state }) => state);
  expect(states).toEqual([{ revoked: 'abandoned' }]);
});

test('nobody is told of what is revoked later at an AEF that is gone (TS 29.222 5.6.2.5)', async () => {
  const { at, amf, invoker } = await domain();
  await statusOf(at, amf, deregistration());
  expect(await statusOf(at, invoker, writeOffboardApiInvokerRequest({ onboardingId: invoker.id }))).toBe(204);
  expect(contextOf(at)).toMatchObject({ event: { type: 'exposingFunction.gone' }, state: { revoked: 'abandoned' } });
});

test('only the AMF of a domain deregisters it; of a domain without one, any function (our choice)', async () => {
  const { at, aef, apf, amf, invoker } = await domain();
  const [other] = await registered(at, 'AMF');
  const [alone] = await registered(at, 'AEF');
  const before = at.lines.filter(({ event }) => !event.type.startsWith('tls.')).length;
  for (const by of [undefined, aef, apf, other, alone, invoker]) {
    expect([by?.id, await statusOf(at, by, deregistration())]).toEqual([by?.id, 401]);
    expect([by?.id, await statusOf(at, by, deregistration(99))]).toEqual([by?.id, 401]);
  }
  expect(await statusOf(at, amf, deregistration(3))).toBe(401);
  expect(at.lines.filter(({ event }) => !event.type.startsWith('tls.')).length).toBe(before);
  expect(await statusOf(at, alone, deregistration(3))).toBe(204);
  expect(await statusOf(at, amf, deregistration())).toBe(204);
});

test('the same registration after it makes another domain', async () => {
  const at = await testbed({ ids: readableIds() });
  const { registrationSecret } = at.core;
  const { publicKeyPem, privateKeyPem: key } = await generateKeyPair();
  const registration = writeRegisterApiProviderRequest({
    registrationSecret,
    functions: [{ role: 'AMF', publicKeyPem }],
  });
  const register = async () => (await ask(client(at), registration)).body as { apiProvDomId: string };
  const first = (await register()) as unknown as { apiProvFuncs: { regInfo: { apiProvCert: string } }[] };
  const cert = first.apiProvFuncs[0]!.regInfo.apiProvCert;
  expect(await statusOf(at, { id: '', certificate: { key, cert } }, deregistration())).toBe(204);
  expect(await register()).toMatchObject({ apiProvDomId: 'provider-2' });
});
