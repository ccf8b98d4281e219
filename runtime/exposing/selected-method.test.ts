/** The method that the core selected is the one that counts, and so is its latest negotiation (6.3.1, 6.5.2). */
import { afterEach, expect, test } from 'vitest';
import {
  ask,
  bearer,
  clientOf,
  closeAll,
  connected,
  exposing,
  hello,
  initiated,
  invoking,
  negotiated,
  onboarded,
  saying,
  testbed,
  tokenFor,
} from '../testing/roles.ts';

afterEach(closeAll);

const mismatch = { status: 403, body: { cause: 'SECURITY_METHOD_MISMATCH' } };
const invoke = { method: 'GET', path: hello };

test('an AEF of two methods serves the one that was selected, and not the other (6.3.1)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI', 'OAUTH'] });
  const by = await onboarded(at);
  const over = clientOf(aef, at, { by: 'certificate', ...by.certificate });
  const headers = bearer(await tokenFor(at, by, aef));
  await initiated(at, by, aef);
  expect(await ask(over, invoke)).toMatchObject(mismatch);
  expect((await ask(over, { ...invoke, headers })).text).toBe('OAUTH');

  await negotiated(at, by, aef, ['PKI']);
  await initiated(at, by, aef);
  expect((await ask(over, { ...invoke, headers })).status).toBe(401);
  expect((await ask(over, invoke)).text).toBe('PKI');
  expect(at.errors).toEqual([]);
});

test('a token of before OAUTH → PKI → OAUTH is good no more, as a key of before is not (6.5.2)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK', 'PKI', 'OAUTH'] });
  const by = await onboarded(at);
  const byCertificate = clientOf(aef, at, { by: 'certificate', ...by.certificate });
  const withToken = (token: string) => ask(byCertificate, { ...invoke, headers: bearer(token) });
  const { over: early } = await connected(at, by, aef, 'PSK');
  expect((await ask(early, invoke)).text).toBe('PSK');

  const first = await tokenFor(at, by, aef);
  await initiated(at, by, aef);
  expect((await withToken(first)).text).toBe('OAUTH');
  expect((await ask(early, invoke)).status).toBe(401);
  await negotiated(at, by, aef, ['PKI']);
  await initiated(at, by, aef);
  expect((await withToken(first)).status).toBe(401);
  const second = await tokenFor(at, by, aef);
  // The AEF has not heard of this negotiation yet.
  expect((await withToken(second)).text).toBe('OAUTH');
  await initiated(at, by, aef);
  expect((await withToken(first)).status).toBe(401);
  expect((await withToken(second)).text).toBe('OAUTH');
});

test('our invoker follows the selection among methods that the AEF offers all the time (6.3.1)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK', 'PKI', 'OAUTH'] });
  for (const supported of [
    ['OAUTH', 'PKI'],
    ['PKI', 'PSK'],
    ['PSK', 'OAUTH'],
  ] as const)
    expect(await saying(await invoking(at, { supported }), aef)).toBe(supported[0]);
});
