/** What an invocation is told of itself, and what the AEF does not do again for it. */
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { invokerOf } from '../credentials/peer-identity.ts';
import { closeAll, connected, exposing, hello, onboarded, testbed } from '../testing/roles.ts';
import type { ServiceAnswer } from '../wire/http-message.ts';
import type { AdmittedInvocation } from './service-invocations.ts';

afterEach(closeAll);

test('what a connection proves is read once, and whether the invoker may invoke is asked at each invocation', async () => {
  const at = await testbed();
  let reads = 0;
  const aef = await exposing(at, {
    methods: ['PKI'],
    invokerOf(certificate) {
      reads += 1;
      return invokerOf(certificate);
    },
  });
  const by = await onboarded(at);
  const { invoke } = await connected(at, by, aef, 'PKI');
  expect((await invoke()).text).toBe('PKI');
  const before = reads;
  expect((await invoke()).text).toBe('PKI');
  expect(reads).toBe(before);

  await at.core.revoke(by.id, aef.aefId);
  await expect.poll(() => at.lines.some(({ event }) => event.type === 'RevokeAuthorizationResponse')).toBe(true);
  expect((await invoke()).status).toBe(403);
});

test('an invocation without a body has an empty one, and no token, in any copy of it', async () => {
  const at = await testbed();
  const aef = await exposing(at, {
    methods: ['OAUTH'],
    serve: async (invocation: AdmittedInvocation) => {
      const { body, headers, signal } = { ...invocation };
      return { status: 200, body: JSON.stringify([await text(body), headers.authorization ?? null, signal.aborted]) };
    },
  });
  const { invoke } = await connected(at, await onboarded(at), aef, 'OAUTH');
  expect((await invoke()).text).toBe('["",null,false]');
});

test.each([
  ['at once', (answer: ServiceAnswer) => answer],
  ['later', (answer: ServiceAnswer) => Promise.resolve(answer)],
  // biome-ignore lint/suspicious/noThenProperty: a promise of another kind
  ['by a promise of its own kind', (answer: ServiceAnswer) => ({ then: (give: (a: unknown) => void) => give(answer) })],
])('a service may answer %s', async (_, give) => {
  const at = await testbed();
  const aef = await exposing(at, { serve: () => give({ status: 200, body: 'served' }) as ServiceAnswer });
  const { invoke } = await connected(at, await onboarded(at), aef, 'PSK');
  expect((await invoke()).text).toBe('served');
  expect(at.errors).toEqual([]);
});

test.each([
  [
    'at once',
    () => {
      throw new Error('of the service');
    },
  ],
  ['later', () => Promise.reject(new Error('of the service'))],
])('a service that fails %s is a 500, and is told of', async (_, serve) => {
  const at = await testbed();
  const aef = await exposing(at, { serve });
  const { invoke } = await connected(at, await onboarded(at), aef, 'PSK');
  expect((await invoke()).status).toBe(500);
  expect(at.errors).toEqual([new Error('of the service')]);
});

test('the length that a service gives to its answer is the only one', async () => {
  const at = await testbed();
  const headers = { 'Content-Length': '6', 'Set-Cookie': ['a=1', 'b=2'] };
  const aef = await exposing(at, { serve: () => ({ status: 200, headers, body: 'served' }) });
  const { over, invoke } = await connected(at, await onboarded(at), aef, 'PSK');
  expect((await invoke()).text).toBe('served');
  expect(await over.request({ method: 'GET', path: hello })).toMatchObject({
    headers: { 'set-cookie': ['a=1', 'b=2'] },
  });
});
