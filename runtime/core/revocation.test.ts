/** Authorization that is taken back at the core: by an AEF, by the operator, and by offboarding (6.8, TS 29.222 5.6.2.5). */
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { writeDeleteSecurityContextRequest, writeRevokeServiceApisRequest } from '../testing/revocation-requests.ts';
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
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeSecurityMethodRequest, writeSecurityMethodUpdateRequest } from '../wire/security-api.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';
import type { CoreFunctionOptions } from './core-function.ts';

afterEach(closeAll);

/** Two AEFs of two providers, at which no server listens, and an invoker with a context about each. */
async function twoAefs(options: CoreFunctionOptions = { pause: { firstMs: 600_000, longestMs: 600_000 } }) {
  const at = await testbed(options);
  const aefs: (Known & { apiId: string })[] = [];
  for (const _ of [1, 2]) {
    const [aef, apf] = await registered(at, 'AEF', 'APF');
    const listed = [{ aefId: aef!.id, host: '127.0.0.1', port: 9, apiVersion: 'v1', methods: all }];
    const serviceApi = { apiName: `api-of-${aef!.id}`, aefs: listed };
    const publication = writeServiceApiPublishRequest({ apfId: apf!.id, serviceApi });
    const { body } = await ask(client(at, apf!.certificate), publication);
    aefs.push({ ...aef!, apiId: (body as { apiId: string }).apiId });
  }
  const invoker = await onboarded(at);
  for (const { id } of aefs) expect(await negotiate(at, invoker, id)).toBe(201);
  const [one, two] = aefs;
  return { at, invoker, one: one!, two: two! };
}

async function negotiate(at: Testbed, by: Known, aefId: string, write = writeSecurityMethodRequest) {
  const entries = [{ aefId, supported: all }];
  return (await ask(client(at, by.certificate), write({ apiInvokerId: by.id, entries, notificationDestination })))
    .status;
}
const known = async (at: Testbed, aef: Known, { id }: Known) =>
  (await ask(client(at, aef.certificate), writeSecurityInformationRequest({ apiInvokerId: id }))).status;

test('an AEF revokes authorization only at itself, and no request brings it back (TS 29.222 5.6.2.5)', async () => {
  const { at, invoker, one, two } = await twoAefs();
  const over = client(at, one.certificate);
  expect((await ask(over, writeDeleteSecurityContextRequest({ apiInvokerId: invoker.id }))).status).toBe(204);
  expect([await known(at, one, invoker), await known(at, two, invoker)]).toEqual([404, 200]);
  for (const write of [writeSecurityMethodRequest, writeSecurityMethodUpdateRequest]) {
    expect(await negotiate(at, invoker, one.id, write)).toBe(403);
  }
  expect(await negotiate(at, invoker, two.id, writeSecurityMethodUpdateRequest)).toBe(200);
  expect((await ask(over, writeDeleteSecurityContextRequest({ apiInvokerId: invoker.id }))).status).toBe(204);
  expect((await ask(over, writeDeleteSecurityContextRequest({ apiInvokerId: 'nobody' }))).status).toBe(404);
  expect(at.errors).toEqual([]);
});

test('an AEF that names another AEF in a revocation is refused, and nothing is revoked (TS 29.222 5.6.2.5)', async () => {
  const { at, invoker, one, two } = await twoAefs();
  const revocation = { apiInvokerId: invoker.id, apiIds: [one.apiId], cause: 'OVERLIMIT_USAGE' };
  const revoke = (aefId: string) =>
    ask(client(at, one.certificate), writeRevokeServiceApisRequest({ ...revocation, aefId }));
  expect((await revoke(two.id)).status).toBe(403);
  expect([await known(at, one, invoker), await known(at, two, invoker)]).toEqual([200, 200]);
  expect((await revoke(one.id)).status).toBe(204);
  expect([await known(at, one, invoker), await known(at, two, invoker)]).toEqual([404, 200]);
});

test('the operator of the core revokes one invoker at one AEF (TS 29.222 5.6.2.5)', async () => {
  const { at, invoker, one, two } = await twoAefs();
  const other = await onboarded(at);
  expect(await negotiate(at, other, one.id)).toBe(201);
  await at.core.revoke(invoker.id, one.id);
  const left = [await known(at, one, invoker), await known(at, two, invoker), await known(at, one, other)];
  expect(left).toEqual([404, 200, 200]);
});

test('an offboarded invoker loses its authorization at every AEF (6.8)', async () => {
  const { at, invoker, one, two } = await twoAefs();
  const other = await onboarded(at);
  expect(await negotiate(at, other, one.id)).toBe(201);
  const offboard = writeOffboardApiInvokerRequest({ onboardingId: invoker.id });
  expect((await ask(client(at, invoker.certificate), offboard)).status).toBe(204);
  const left = [await known(at, one, invoker), await known(at, two, invoker), await known(at, one, other)];
  expect(left).toEqual([404, 404, 200]);
  expect(await negotiate(at, invoker, one.id)).toBe(403);
  expect(await negotiate(at, other, one.id, writeSecurityMethodUpdateRequest)).toBe(200);
  expect(at.errors).toEqual([]);
});

test('a request about two AEFs is answered for the one that is not revoked (6.3.1)', async () => {
  const { at, invoker, one, two } = await twoAefs();
  await at.core.revoke(invoker.id, one.id);
  const entries = [one, two].map(({ id }) => ({ aefId: id, supported: all }));
  const request = writeSecurityMethodUpdateRequest({ apiInvokerId: invoker.id, entries, notificationDestination });
  const { status, body } = await ask(client(at, invoker.certificate), request);
  expect(status).toBe(200);
  const { securityInfo } = body as { securityInfo: { aefId: string; selSecurityMethod?: string }[] };
  expect(securityInfo.map(({ aefId, selSecurityMethod }) => [aefId, selSecurityMethod])).toEqual([
    [one.id, undefined],
    [two.id, 'PSK'],
  ]);
});

test('the operator cannot revoke what does not exist', async () => {
  const { at, invoker, one } = await twoAefs();
  await expect(at.core.revoke('nobody', one.id)).rejects.toThrow('nobody is not an onboarded API invoker');
  await expect(at.core.revoke(invoker.id, 'nowhere')).rejects.toThrow('nowhere is not a published AEF');
});

test('a revocation that an AEF never takes is sent again after longer and longer pauses, until the operator gives up (TS 29.222 5.6.2.5)', async () => {
  const pauses: number[] = [];
  let stopped = 0;
  const after = (ms: number, call: () => void) => {
    const isTimeout = ms === 10_000;
    if (!isTimeout) pauses.push(ms);
    const cancel = systemClock.after(isTimeout ? ms : pauses.length < 16 ? 0 : 3_600_000, call);
    return () => {
      if (!isTimeout) stopped += 1;
      cancel();
    };
  };
  const { at, invoker, one, two } = await twoAefs({ clock: { ...systemClock, after }, pause: undefined });
  await at.core.revoke(invoker.id, one.id);
  await expect.poll(() => pauses.length, { timeout: 10_000 }).toBe(16);
  // Chance takes up to half.
  const longest = [50, 100, 200, 400, ...Array.from({ length: 9 }, () => 0), 300_000, 300_000, 300_000];
  longest.forEach((ms, n) => {
    if (ms === 0) return;
    expect(pauses[n]).toBeLessThanOrEqual(ms);
    expect(pauses[n]).toBeGreaterThanOrEqual(ms / 2);
  });
  const before = stopped;
  at.core.giveUpOn(two.id);
  expect(stopped).toBe(before);
  at.core.giveUpOn(one.id);
  at.core.giveUpOn('nobody');
  expect(stopped).toBe(before + 1);
  const contexts = at.lines.filter(({ role }) => role === 'capifCoreFunction');
  expect(contexts.at(-1)).toMatchObject({ event: { type: 'exposingFunction.gone' }, state: { revoked: 'abandoned' } });
  expect(await known(at, one, invoker)).toBe(404);
});
