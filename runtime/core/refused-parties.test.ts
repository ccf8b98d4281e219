/** Parties that are who they say, and are refused: offboarded, or of another domain; and what a refusal tells of others. */
import { afterEach, expect, test } from 'vitest';
import { writeRevokeServiceApisRequest } from '../testing/revocation-requests.ts';
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
import { writeAccessTokenRequest } from '../wire/access-token-api.ts';
import { writeDiscoverServiceApiRequest } from '../wire/discover-api.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { writeOffboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeSecurityMethodRequest, writeSecurityMethodUpdateRequest } from '../wire/security-api.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import { writeServiceApiPublishRequest, writeServiceApiUpdateRequest } from '../wire/services/publish-api.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

const api = (aefId: string) => {
  const aefs = [{ aefId, host: '127.0.0.1', port: 9, apiVersion: 'v1', methods: ['OAUTH'] as const }];
  return { apiName: 'greetings', aefs };
};
const negotiation = (apiInvokerId: string, aefId: string) => ({
  ...{ apiInvokerId, notificationDestination, entries: [{ aefId, supported: all }] },
});
const tokenRequest = (id: string, aefId: string) =>
  writeAccessTokenRequest({ securityId: id, clientId: id, scope: `3gpp#${aefId}:greetings` });
const statusOf = async (at: Testbed, by: Known, request: HttpRequest) =>
  (await ask(client(at, by.certificate), request)).status;

/** A service API of one domain, another domain, and an invoker that was offboarded after it had negotiated. */
async function parties() {
  const at = await testbed({ ids: readableIds(), pause: { firstMs: 600_000, longestMs: 600_000 } });
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const [otherAef, otherApf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const offboarded = await onboarded(at);
  const done = [
    await statusOf(at, apf, writeServiceApiPublishRequest({ apfId: apf.id, serviceApi: api(aef.id) })),
    await statusOf(at, offboarded, writeSecurityMethodRequest(negotiation(offboarded.id, aef.id))),
    await statusOf(at, offboarded, writeOffboardApiInvokerRequest({ onboardingId: offboarded.id })),
  ];
  expect(done).toEqual([201, 201, 204]);
  return { at, aef, apf, otherAef, otherApf, offboarded };
}

test('an offboarded invoker whose certificate is still valid is granted nothing (6.8)', async () => {
  const { at, aef, offboarded } = await parties();
  const { id } = offboarded;
  const asked = [
    writeSecurityMethodRequest(negotiation(id, aef.id)),
    writeSecurityMethodUpdateRequest(negotiation(id, aef.id)),
    tokenRequest(id, aef.id),
    writeDiscoverServiceApiRequest({ apiInvokerId: id }),
    writeOffboardApiInvokerRequest({ onboardingId: id }),
  ];
  const statuses = [];
  for (const request of asked) statuses.push(await statusOf(at, offboarded, request));
  expect(statuses).toEqual([403, 403, 400, 403, 204]);
  expect(await statusOf(at, aef, writeSecurityInformationRequest({ apiInvokerId: id }))).toBe(404);
});

test('an APF publishes only for AEFs of its own provider domain (TS 29.222 5.3.2.2)', async () => {
  const { at, aef, apf, otherAef, otherApf } = await parties();
  const before = at.lines.filter(({ role }) => role === 'publishedService').length;
  for (const stranger of [aef.id, apf.id, otherApf.id, 'aef-99', '__proto__']) {
    const publication = writeServiceApiPublishRequest({ apfId: otherApf.id, serviceApi: api(stranger) });
    expect([stranger, await statusOf(at, otherApf, publication)]).toEqual([stranger, 403]);
  }
  const serviceApi = { apiName: 'greetings', aefs: [...api(otherAef.id).aefs, ...api(aef.id).aefs] };
  const mixed = writeServiceApiPublishRequest({ apfId: otherApf.id, serviceApi });
  expect(await statusOf(at, otherApf, mixed)).toBe(403);
  const taken = { apfId: otherApf.id, serviceApiId: 'service-api-1', serviceApi: api(otherAef.id) };
  expect(await statusOf(at, otherApf, writeServiceApiUpdateRequest(taken))).toBe(404);
  const after = at.lines.filter(({ role }) => role === 'publishedService').length;
  expect([after, at.core.methodsOf(otherAef.id)]).toEqual([before, []]);
});

test('who may not ask learns nothing of which invokers there are, and its body is not read (TS 29.222 7.6)', async () => {
  const { at, aef, otherAef, offboarded } = await parties();
  const [invoker, another] = [await onboarded(at), await onboarded(at)];
  const body = 'x'.repeat(200_000);
  const about = (id: string): HttpRequest[] => [
    { ...writeSecurityMethodRequest(negotiation(id, aef.id)), body },
    { ...writeSecurityMethodUpdateRequest(negotiation(id, aef.id)), body },
    { ...tokenRequest(id, aef.id), body },
    writeOffboardApiInvokerRequest({ onboardingId: id }),
    writeDiscoverServiceApiRequest({ apiInvokerId: id }),
    { ...writeRevokeServiceApisRequest({ apiInvokerId: id, apiIds: ['x'], cause: 'OTHER' }), body },
    writeSecurityInformationRequest({ apiInvokerId: id }),
    { ...writeServiceApiPublishRequest({ apfId: id, serviceApi: api(aef.id) }), body },
  ];
  for (const caller of [undefined, another]) {
    const answers = async (id: string) => {
      const given = [];
      for (const request of about(id)) given.push(await ask(client(at, caller?.certificate), request));
      return given.map(({ status, text }) => [status, text]);
    };
    const ofNobody = await answers('no-such-invoker');
    expect(ofNobody.map(([status]) => status)).toEqual([401, 401, 400, 401, 401, 401, 401, 401]);
    for (const id of [invoker.id, offboarded.id]) expect(await answers(id)).toEqual(ofNobody);
  }
  const ofAnotherAef = [];
  for (const apiInvokerId of [invoker.id, 'no-such-invoker']) {
    const request = writeSecurityInformationRequest({ apiInvokerId });
    ofAnotherAef.push((await ask(client(at, otherAef.certificate), request)).text);
  }
  expect(ofAnotherAef[0]).toBe(ofAnotherAef[1]);
});
