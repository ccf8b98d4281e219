/** A trace that cannot be written, or that strangers would fill, is the trouble of its reader and of nobody else. */
import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import {
  ask,
  client,
  clientOf,
  closeAll,
  exposing,
  hello,
  initiated,
  invoking,
  saying,
  testbed,
} from './testing/roles.ts';
import { traceFile } from './trace-file.ts';
import { writeOnboardApiInvokerRequest } from './wire/invoker-management-api.ts';

afterEach(closeAll);

test.skipIf(!existsSync('/dev/full'))('a full disk ends neither core nor AEF, and each says so once', async () => {
  const file = traceFile('/dev/full');
  const at = await testbed({ record: file.record });
  const aef = await exposing(at, { record: file.record });
  const invoker = await invoking(at);
  for (const method of ['PSK', 'PKI', 'OAUTH'] as const) {
    await aef.changeMethods([method]);
    expect(await saying(invoker, aef)).toBe(method);
  }
  expect(at.errors.map(String)).toEqual([
    expect.stringContaining('the trace cannot be written any more: ENOSPC'),
    expect.stringContaining('the trace cannot be written any more: ENOSPC'),
  ]);
  file.close();
  file.close();
});

test('strangers cannot fill a trace: of 250 requests of a kind, 101 leave lines', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const [atCore, atAef] = [client(at), clientOf(aef, at, { by: 'nothing' })];
  const onboarding = writeOnboardApiInvokerRequest({
    publicKeyPem: '-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n',
    notificationDestination: 'https://stranger.invalid/',
  });
  for (let n = 0; n < 250; n += 1) {
    expect((await ask(atAef, { method: 'GET', path: hello })).status).toBe(401);
    expect((await ask(atCore, onboarding)).status).toBe(401);
  }
  await Promise.all(Array.from({ length: 50 }, (_, n) => strangers(n)));
  async function strangers(n: number) {
    for (let m = 0; m < 5; m += 1) await initiated(at, { id: `stranger-${5 * n + m}` }, aef);
  }
  const causedBy = (type: string) => at.lines.filter(({ event }) => event.type === type).length;
  expect(causedBy('invocation.unauthenticated')).toBe(101);
  expect(causedBy('onboarding.unauthenticated')).toBe(101);
  expect(causedBy('AuthenticationInitiationRequest')).toBe(101);
  // Whoever proves to be an invoker is recorded from the beginning.
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PSK');
  const own = at.lines.filter(({ role, instance }) => role === 'invokerAdmission' && !instance.startsWith('stranger-'));
  expect(own.map(({ event }) => event.type).slice(0, 3)).toEqual([
    'begin',
    'AuthenticationInitiationRequest',
    'SecurityInformationResponse',
  ]);
}, 30_000);
