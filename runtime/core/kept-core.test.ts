/** A core that goes on with its store: whatever it has acknowledged is there (6.1, 6.3.1, 6.7, TS 29.222 5.6.2.5). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import type { PublicationNetwork } from '../exposing/exposing-function.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { noStore, type Store, StoreError } from '../store/store.ts';
import { recordedStore } from '../testing/kept-records.ts';
import { restartable } from '../testing/restartable-core.ts';
import {
  ask,
  bearer,
  client,
  closeAll,
  connected,
  exposing,
  initiated,
  invoking,
  onboarded,
  saying,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeOffboardApiInvokerRequest, writeOnboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeSecurityMethodRequest } from '../wire/security-api.ts';

let folder: string;
const open = () => openSqliteStore(join(folder, 'store.db'), Buffer.alloc(32, 1));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capif-core-'));
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true });
});

test('after a restart, all of them go on, and a change of method while the core is away is taken up (6.7)', async () => {
  const { at, restart } = await restartable();
  const aef = await exposing(at);
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PSK');
  await restart();
  expect(await saying(invoker, aef)).toBe('PSK');
  expect(await saying(await invoking(at), aef)).toBe('PSK');

  await at.core.close();
  const changed = aef.changeMethods(['OAUTH']);
  await restart();
  await changed;
  expect(await saying(invoker, aef)).toBe('OAUTH');
  expect(at.core.methodsOf(aef.aefId)).toEqual(['OAUTH']);
  await at.core.close();
});

test('the AEFPSK of before serves at an AEF that asks for it after the restart (A.1)', async () => {
  const { at, restart } = await restartable();
  const { store } = recordedStore();
  const aef = await exposing(at, { store });
  const by = await onboarded(at);
  const { again } = await connected(at, by, aef, 'PSK');
  await restart();
  await aef.close();
  await initiated(at, by, await exposing(at, { store }));
  expect((await again().invoke()).status).toBe(200);
  await at.core.close();
});

test('a revocation that the AEF has not acknowledged is sent after the restart, and no request brings the right back', async () => {
  const { at, restart } = await restartable();
  const aef = await exposing(at, { methods: ['PKI'] });
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PKI');
  const id = await invoker.onboard();
  await aef.close();
  await at.core.revoke(id, aef.aefId);
  await restart();
  const before = at.lines.length;
  await expect.poll(() => at.lines.slice(before).map(({ event }) => event.type)).toContain('timer.expired');
  const { apiInvokerId, certificate } = await invoker.identity();
  const negotiate = writeSecurityMethodRequest({
    apiInvokerId,
    entries: [{ aefId: aef.aefId, supported: ['PKI'] }],
    notificationDestination: 'https://x.invalid/',
  });
  expect((await ask(client(at, certificate), negotiate)).status).toBe(403);
  await at.core.close();
});

test('an onboarding token serves one key across restarts, is listed, and is revoked (6.1)', async () => {
  const { at, restart } = await restartable();
  const tokens = [await at.core.onboardingToken('one'), await at.core.onboardingToken('two', 60)];
  const [key, other] = [(await generateKeyPair()).publicKeyPem, (await generateKeyPair()).publicKeyPem];
  const first = await onboard(at, key, tokens[0]!);
  expect(first.status).toBe(201);
  await restart();
  expect(await onboard(at, key, tokens[0]!)).toEqual(first);
  expect((await onboard(at, other, tokens[0]!)).status).toBe(403);
  const [used, unused] = at.core.onboardingTokens();
  expect([used, unused]).toMatchObject([
    { subject: 'one', state: 'used', apiInvokerId: (first.body as { apiInvokerId: string }).apiInvokerId },
    { subject: 'two', state: 'unused' },
  ]);
  expect(await at.core.revokeOnboardingToken(unused!.tokenId)).toBe(true);
  await restart();
  expect((await onboard(at, other, tokens[1]!)).text).toContain('has been revoked');
  expect(await at.core.revokeOnboardingToken('unknown')).toBe(false);
  await at.core.close();
});

test('an invoker that was offboarded stays so after a restart, and its token is used up (6.8)', async () => {
  const { at, restart } = await restartable();
  const aef = await exposing(at, { methods: ['PKI'] });
  const token = await at.core.onboardingToken('test');
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const { apiInvokerId, onboardingInformation } = (await onboard(at, publicKeyPem, token)).body as Onboarded;
  const certificate = { key: privateKeyPem, cert: onboardingInformation.apiInvokerCertificate };
  const gone = await ask(client(at, certificate), writeOffboardApiInvokerRequest({ onboardingId: apiInvokerId }));
  expect(gone.status).toBe(204);
  await restart();
  const negotiate = writeSecurityMethodRequest({
    apiInvokerId,
    entries: [{ aefId: aef.aefId, supported: ['PKI'] }],
    notificationDestination: 'https://x.invalid/',
  });
  expect((await ask(client(at, certificate), negotiate)).status).toBe(403);
  expect((await onboard(at, publicKeyPem, token)).status).toBe(403);
  await at.core.close();
});

test('while nothing can be made durable, nothing is acknowledged, and later all is as it was asked for (6.3.1)', async () => {
  const store = await open();
  let isFull = false;
  const committed = () => (isFull ? Promise.reject(new StoreError('the disk is full')) : store.committed());
  const failing: Store = Object.assign(Object.create(store) as Store, {
    collection: store.collection.bind(store),
    close: store.close.bind(store),
    committed,
  });
  const at = await testbed({ store: failing });
  const aef = await exposing(at, { methods: ['PKI'] });
  const by = await onboarded(at);
  isFull = true;
  const negotiate = writeSecurityMethodRequest({
    apiInvokerId: by.id,
    entries: [{ aefId: aef.aefId, supported: ['PKI'] }],
    notificationDestination: 'https://x.invalid/',
  });
  const refused = await ask(client(at, by.certificate), negotiate);
  expect(refused).toMatchObject({ status: 503, body: { detail: expect.stringContaining('durable') } });
  const { core } = at;
  for (const command of [
    () => core.setAccessControlPolicy({ apiInvokerId: by.id, aefId: aef.aefId }, { allowedTotalInvocations: 1 }),
    () => core.revoke(by.id, aef.aefId),
    () => core.giveUpOn('an AEF'),
    () => core.onboardingToken('somebody'),
    () => core.revokeOnboardingToken('a token'),
    () => core.decideOnboarding('a token', true),
  ])
    await expect(command()).rejects.toThrow('the disk is full');
  isFull = false;
  expect((await ask(client(at, by.certificate), negotiate)).status).toBe(403);
  expect(at.errors.map(String)).toContain('StoreError: the disk is full');
  at.errors.splice(0);
  await at.core.close();
  store.close();
});

/** Keeps nothing, and knows whether all that was put has been made durable. */
function counting() {
  const state = { waiting: 0 };
  const store: Store = {
    ...noStore,
    collection: () => ({
      kept: new Map(),
      put() {
        state.waiting += 1;
      },
    }),
    async committed() {
      state.waiting = 0;
    },
  };
  return { store, state };
}

test('what a peer has answered since the last request is durable once a role is closed', async () => {
  const [ofCore, ofAef] = [counting(), counting()];
  const at = await testbed({ store: ofCore.store });
  const network: PublicationNetwork = (_, send) => send();
  const first = await exposing(at, { apiName: 'tides', store: ofAef.store, network });
  await expect.poll(() => first.snapshot().value).toBe('settled');
  expect(ofAef.state.waiting).toBeGreaterThan(0);
  await first.close();
  expect(ofAef.state.waiting).toBe(0);

  const aef = await exposing(at, { methods: ['PKI'] });
  const by = await onboarded(at);
  await connected(at, by, aef, 'PKI');
  await at.core.revoke(by.id, aef.aefId);
  const answered = () => at.lines.filter(({ role }) => role === 'capifCoreFunction').map(({ event }) => event.type);
  await expect.poll(answered).toContain('RevokeAuthorizationResponse');
  expect(ofCore.state.waiting).toBeGreaterThan(0);

  await at.core.close();
  expect(ofCore.state.waiting).toBe(0);
});

type Onboarded = { apiInvokerId: string; onboardingInformation: { apiInvokerCertificate: string } };

async function onboard(at: Testbed, publicKeyPem: string, token: string) {
  const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination: 'https://x.invalid/' });
  return ask(client(at), { ...request, headers: { ...request.headers, ...bearer(token) } });
}
