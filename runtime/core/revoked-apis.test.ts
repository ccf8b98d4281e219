/** Service APIs whose authorization is revoked one by one, and what stays of the others of their AEF (TS 29.222 5.6.2.5). */
import { afterEach, expect, test } from 'vitest';
import { host, negotiate, provider, told } from '../testing/published-services.ts';
import { writeRevokeServiceApisRequest } from '../testing/revocation-requests.ts';
import { ask, client, closeAll, onboarded } from '../testing/roles.ts';
import { writeAccessTokenRequest } from '../wire/access-token-api.ts';

afterEach(closeAll);

/** A context about the AEF alone, and one about each of its two APIs. */
async function twoApis() {
  const made = await provider();
  const { at, aef, publish, by } = made;
  const ids = [await publish('weather', { 9: ['OAUTH'] }), await publish('traffic', { 9: ['OAUTH'] })] as const;
  const subjects = [{ aefId: aef.id }, ...ids.map((apiId) => ({ aefId: aef.id, apiId }))];
  expect((await negotiate(at, by, [subjects[0]!])).status).toBe(201);
  const revoke = (...apiIds: string[]) =>
    ask(
      client(at, aef.certificate),
      writeRevokeServiceApisRequest({ apiInvokerId: by.id, apiIds, cause: 'OVERLIMIT_USAGE' }),
    );
  const scopeGiven = async (...names: string[]) => {
    const scope = names.length > 0 ? `3gpp#${aef.id}:${names}` : undefined;
    const request = writeAccessTokenRequest({ securityId: by.id, clientId: by.id, scope });
    const body = (await ask(client(at, by.certificate), request)).body as { scope?: string; error?: string };
    return body.error ?? body.scope?.split(':')[1];
  };
  return { ...made, ids, subjects, revoke, scopeGiven };
}

test('one service API is revoked, and the others of the AEF go on, however they are named (TS 29.222 5.6.2.5)', async () => {
  const { at, aef, by, ids, subjects, revoke, scopeGiven } = await twoApis();
  expect(await scopeGiven('weather', 'traffic')).toBe('weather,traffic');
  expect((await revoke(ids[0])).status).toBe(204);
  const informed = () =>
    at.lines.filter(({ effects }) => JSON.stringify(effects).includes('RevokeAuthorizationRequest'));
  expect(informed().map(({ instance }) => instance)).toEqual([`${by.id}/${aef.id}/${ids[0]}`]);
  expect(await told(at, aef, by)).toMatchObject({ status: 200, entries: [{ apiNames: ['traffic'] }] });
  expect([await scopeGiven('weather'), await scopeGiven('traffic'), await scopeGiven()]).toEqual([
    'unauthorized_client',
    'traffic',
    'traffic',
  ]);
  const { status, selected } = await negotiate(at, by, subjects);
  expect([status, selected]).toEqual([201, ['OAUTH', undefined, 'OAUTH']]);
  expect((await negotiate(at, by, [subjects[1]!])).status).toBe(403);
  expect(informed()).toHaveLength(1);

  expect((await revoke(ids[1])).status).toBe(204);
  expect((await told(at, aef, by)).status).toBe(404);
  expect((await negotiate(at, by, subjects)).status).toBe(403);
  expect(at.errors).toEqual([]);
});

test('an API id that is not known, or is of another AEF, is refused, and nothing is revoked', async () => {
  const { at, aef, by, ids, revoke } = await twoApis();
  const { status, body } = await revoke(ids[0], 'api-99');
  expect([status, body]).toMatchObject([400, { invalidParams: [{ param: '/apiIds/1' }] }]);
  await expect(at.core.revoke(by.id, aef.id, [ids[0], 'api-99'])).rejects.toThrow('api-99 is not a service API of');
  expect((await told(at, aef, by)).entries).toMatchObject([{ apiNames: ['weather', 'traffic'] }]);
});

test('a revocation by the operator stays for a service API that is named later, and ends with a new onboarding', async () => {
  const { at, aef, by, ids, subjects, publish } = await twoApis();
  await at.core.revoke(by.id, aef.id, [ids[1]]);
  expect((await negotiate(at, by, [{ interfaceDetails: { host, port: 9 }, apiId: ids[1] }])).status).toBe(403);
  await at.core.revoke(by.id, aef.id);
  const later = await publish('later', { 9: ['OAUTH'] });
  expect((await negotiate(at, by, [...subjects, { aefId: aef.id, apiId: later }])).status).toBe(403);
  expect((await negotiate(at, await onboarded(at), subjects)).selected).toEqual(['OAUTH', 'OAUTH', 'OAUTH']);
});

test('a name that two service APIs of an AEF share is no right once one of them is revoked', async () => {
  const { at, aef, by, ids, otherApf, publish, revoke, scopeGiven } = await twoApis();
  await publish('weather', { 8: ['OAUTH'] }, undefined, otherApf);
  expect((await revoke(ids[0])).status).toBe(204);
  expect(await told(at, aef, by)).toMatchObject({ entries: [{ apiNames: ['traffic'] }] });
  expect(await scopeGiven('weather', 'traffic')).toBe('traffic');
});
