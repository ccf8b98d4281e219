/** What the core keeps of service APIs that were withdrawn: nothing, unless something is about them (TS 29.222 5.3.2.3). */
import { afterEach, expect, test } from 'vitest';
import { recordedStore } from '../testing/kept-records.ts';
import { negotiate } from '../testing/published-services.ts';
import { ask, client, closeAll, type Known, onboarded, registered, testbed } from '../testing/roles.ts';

afterEach(closeAll);

/** A core whose records can be looked at, and an AEF at which no server listens; `withdraw` gives the status. */
async function withdrawing() {
  const { store, records } = recordedStore();
  const at = await testbed({ store, pause: { firstMs: 600_000, longestMs: 600_000 } });
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const by = await onboarded(at);
  const over = client(at, apf.certificate);
  const path = `/published-apis/v1/${apf.id}/service-apis`;
  const headers = { 'content-type': 'application/json' };
  async function publish(apiName = 'greetings'): Promise<string> {
    const interfaceDescriptions = [{ ipv4Addr: '127.0.0.1', port: 1, securityMethods: ['PKI'] }];
    const aefProfiles = [{ aefId: aef.id, versions: [{ apiVersion: 'v1' }], interfaceDescriptions }];
    const { status, body } = await ask(over, {
      method: 'POST',
      path,
      headers,
      body: JSON.stringify({ apiName, aefProfiles }),
    });
    expect(status).toBe(201);
    return (body as { apiId: string }).apiId;
  }
  const withdraw = async (apiId: string) => (await ask(over, { method: 'DELETE', path: `${path}/${apiId}` })).status;
  const kept = () => records('service-apis').length;
  return { at, aef, by, store, publish, withdraw, kept };
}

test('a loop of publications and withdrawals leaves one record, whatever the names', async () => {
  const { at, aef, by, publish, withdraw, kept } = await withdrawing();
  await publish('first');
  await negotiate(at, by, [{ aefId: aef.id }]);
  const counts = new Set<number>();
  for (let n = 0; n < 50; n += 1) {
    expect(await withdraw(await publish(`api-${n % 3}`))).toBe(204);
    counts.add(kept());
  }
  expect([...counts]).toEqual([2]);
  expect((await negotiate(at, by, [{ aefId: aef.id }])).selected).toEqual(['PKI']);
});

test('what a security context is about by its name stays until its API invoker is offboarded', async () => {
  const { at, aef, by, publish, withdraw, kept } = await withdrawing();
  const named = await publish();
  await negotiate(at, by, [{ aefId: aef.id, apiId: named }]);
  await withdraw(named);
  for (let n = 0; n < 3; n += 1) await withdraw(await publish());
  expect(kept()).toBe(2);
  expect((await negotiate(at, by, [{ aefId: aef.id, apiId: named }])).selected).toEqual([undefined]);
  await ask(client(at, by.certificate), {
    method: 'DELETE',
    path: `/api-invoker-management/v1/onboardedInvokers/${by.id}`,
  });
  await at.core.giveUpOn(aef.id);
  await withdraw(await publish());
  expect(kept()).toBe(1);
});

test('a revocation that the AEF has not acknowledged still has its service APIs, and an address', async () => {
  const { at, aef, by, publish, withdraw, kept } = await withdrawing();
  const first = await publish();
  await negotiate(at, by, [{ aefId: aef.id }]);
  await at.core.revoke(by.id, aef.id);
  await withdraw(first);
  for (let n = 0; n < 3; n += 1) await withdraw(await publish());
  expect(kept()).toBe(4);
  await at.core.giveUpOn(aef.id);
  await withdraw(await publish());
  expect(kept()).toBe(1);
});

test('a service API with access control policies stays: to an AEF, an unknown one has none', async () => {
  const { at, aef, by, publish, withdraw, kept } = await withdrawing();
  const limited = await publish();
  await at.core.setAccessControlPolicy({ apiInvokerId: by.id, aefId: aef.id }, { allowedTotalInvocations: 1 });
  await withdraw(limited);
  for (let n = 0; n < 3; n += 1) await withdraw(await publish());
  expect(kept()).toBe(2);
});

test('after a restart, the numbers of services that were forgotten are given to no other', async () => {
  const { at, aef, store, publish, withdraw } = await withdrawing();
  for (let n = 0; n < 3; n += 1) await withdraw(await publish());
  await at.core.close();
  const again = await testbed({ store });
  const numbers = again.lines.map(({ instance }) => instance);
  expect(numbers).toEqual([`${aef.id}/3`]);
});
