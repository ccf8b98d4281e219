/** An invoker whose authorization is gone: refused at its next invocation, whatever its method, and told why (6.8). */
import { afterEach, expect, test } from 'vitest';
import {
  all,
  ask,
  client,
  closeAll,
  connected,
  exposing,
  hello,
  initiated,
  invoking,
  onboarded,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';

afterEach(closeAll);

const refused = { status: 403, body: { cause: 'NOT_AUTHORIZED' } };

/** Once the AEF has acknowledged a revocation, which the core hears on CAPIF-3. */
const told = (at: Testbed) =>
  expect.poll(() => at.lines.some(({ event }) => event.type === 'RevokeAuthorizationResponse')).toBe(true);

for (const method of all) {
  test(`an invoker by ${method} that is revoked is refused at its next invocation and not asked again (TS 29.222 6.2.2.3)`, async () => {
    const at = await testbed();
    let served = 0;
    const serve = () => {
      served += 1;
      return { status: 200 };
    };
    const aef = await exposing(at, { methods: [method], serve });
    const invoker = await invoking(at);
    const apiInvokerId = await invoker.onboard();
    await invoker.fetch(hello, { aefId: aef.aefId });
    await at.core.revoke(apiInvokerId, aef.aefId);
    await told(at);

    const all = await Promise.allSettled(Array.from({ length: 5 }, () => invoker.fetch(hello, { aefId: aef.aefId })));
    const codes = all.map((one) => one.status === 'rejected' && (one.reason as { code?: string }).code);
    expect(codes).toEqual(Array(5).fill('refused'));
    await expect(invoker.fetch(hello, { aefId: aef.aefId })).rejects.toMatchObject({
      name: 'InvocationError',
      code: 'refused',
    });
    expect([served, at.errors]).toEqual([1, []]);
  });

  test(`under revoke-at-offboarding, an AEF refuses what an offboarded invoker by ${method} has kept (6.8)`, async () => {
    const at = await testbed();
    const aef = await exposing(at, { methods: [method] });
    const by = await onboarded(at);
    const kept = await connected(at, by, aef, method);
    expect((await kept.invoke()).text).toBe(method);
    await ask(client(at, by.certificate), writeOffboardApiInvokerRequest({ onboardingId: by.id }));
    await told(at);
    expect(await kept.invoke()).toMatchObject(refused);
    const again = kept.again();
    if (method === 'PSK') expect((await again.over.open()).outcome).toBe('refused');
    else expect(await again.invoke()).toMatchObject(refused);
    expect((await initiated(at, by, aef)).status).toBe(401);
  });

  test(`as written, an AEF serves an offboarded invoker by ${method} as if nothing had happened (6.8)`, async () => {
    const at = await testbed({ amendments: [] });
    const aef = await exposing(at, { methods: [method] });
    const by = await onboarded(at);
    const kept = await connected(at, by, aef, method);
    await ask(client(at, by.certificate), writeOffboardApiInvokerRequest({ onboardingId: by.id }));
    expect((await kept.invoke()).text).toBe(method);
  });
}

test('a revocation refuses an authentication initiation that waits (TS 29.222 6.2.2.3)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'] });
  const by = await onboarded(at);
  expect((await (await connected(at, by, aef, 'PKI')).invoke()).status).toBe(200);
  await aef.changeMethods(['OAUTH']);
  // The AEF asks the core about it again; whichever comes first, the revocation or the core's answer, says no.
  const initiating = initiated(at, by, aef);
  await at.core.revoke(by.id, aef.aefId);
  expect((await initiating).status).toBe(401);
  await told(at);
});
