/** A core that was restarted with the authority of before: certificates and ids of before are nobody else's (6.1, 6.8). */
import { afterEach, expect, test } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import {
  ask,
  client,
  clientOf,
  closeAll,
  connected,
  exposing,
  hello,
  invoking,
  onboarded,
  registered,
  saying,
  type Testbed,
  testbed,
  withBearer,
} from '../testing/roles.ts';
import { writeOffboardApiInvokerRequest, writeOnboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

test('a certificate of before the restart takes over no identity at the core, even if ids are given again (6.1)', async () => {
  const authority = await createAuthority({ name: 'kept', now: Date.now() });
  const before = await testbed({ authority, ids: readableIds() });
  const oldInvoker = await onboarded(before);
  const [oldAef, oldApf] = await registered(before, 'AEF', 'APF');
  await before.core.close();

  const at = await testbed({ authority, ids: readableIds() });
  const [aef, apf] = await registered(at, 'AEF', 'APF');
  const invoker = await onboarded(at);
  expect([invoker.id, aef!.id, apf!.id]).toEqual([oldInvoker.id, oldAef!.id, oldApf!.id]);

  const offboard = writeOffboardApiInvokerRequest({ onboardingId: invoker.id });
  const publish = writeServiceApiPublishRequest({ apfId: apf!.id, serviceApi: { apiName: 'x', aefs: [] } });
  const discover = { method: 'GET', path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${invoker.id}` };
  const trusted = { method: 'GET', path: `/capif-security/v1/trustedInvokers/${invoker.id}?authenticationInfo=true` };
  for (const [{ certificate }, request] of [
    [oldInvoker, offboard],
    [oldInvoker, discover],
    [oldAef!, trusted],
    [oldApf!, publish],
  ] as const) {
    expect(await ask(client(at, certificate), request)).toMatchObject({
      status: 401,
      body: { cause: 'NOT_AUTHENTICATED' },
    });
  }
  expect((await ask(client(at, invoker.certificate), discover)).status).toBe(200);
});

test('ids are random and alphanumeric, and an old certificate invokes nothing after a restart (TS 29.222 8.4, 6.5.2)', async () => {
  const authority = await createAuthority({ name: 'kept', now: Date.now() });
  const before = await testbed({ authority });
  const old = await onboarded(before);
  await before.core.close();

  const at = await testbed({ authority });
  const aef = await exposing(at, { methods: ['PKI'] });
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PKI');
  const refused = await ask(clientOf(aef, at, { by: 'certificate', ...old.certificate }), {
    method: 'GET',
    path: hello,
  });
  expect(refused).toMatchObject({ status: 401, body: { cause: 'NOT_AUTHENTICATED' } });

  const by = await onboarded(at);
  const ids = [old.id, by.id, aef.aefId, ...(await registered(at, 'AEF', 'APF', 'AMF')).map(({ id }) => id)];
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await (await connected(at, by, aef, 'PKI')).invoke()).status).toBe(200);
});

test('an onboarding credential of before the restart, used or not, onboards no one, though the key of the core is kept (6.1)', async () => {
  const kept = { authority: await createAuthority({ name: 'kept', now: Date.now() }), keys: await generateKeyPair() };
  const before = await testbed(kept);
  const credentials = [await before.core.onboardingToken('used'), await before.core.onboardingToken('unused')];
  expect((await onboard(before, credentials[0]!)).status).toBe(201);
  await before.core.close();

  const at = await testbed(kept);
  for (const credential of credentials) {
    expect(await onboard(at, credential)).toMatchObject({ status: 401, body: { cause: 'NOT_AUTHENTICATED' } });
  }
  expect((await onboard(at, await at.core.onboardingToken('new'))).status).toBe(201);
});

async function onboard(at: Testbed, credential: string) {
  const { publicKeyPem } = await generateKeyPair();
  const wanted = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination: 'https://x.invalid/' });
  return ask(client(at), withBearer(wanted, credential));
}
