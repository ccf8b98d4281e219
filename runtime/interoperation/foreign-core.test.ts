/** Our invoker, our AEF and its publisher with a core that is nobody's: a whole change of method, and a revocation (6.7). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { createExposingFunction, type ExposingFunction } from '../exposing/exposing-function.ts';
import { createInvoker, type Invoker } from '../invoker/invoker.ts';
import { type ForeignCore, foreignCore } from '../testing/foreign-core.ts';
import { hello, quick, saying } from '../testing/roles.ts';

let core: ForeignCore;
let aef: ExposingFunction;
let invoker: Invoker;
const errors: unknown[] = [];

beforeEach(async () => {
  core = await foreignCore();
  const common = { core: core.address, pause: quick, onError: (error: unknown) => errors.push(error) };
  aef = await createExposingFunction({
    ...common,
    registrationSecret: 'any',
    apiName: 'greetings',
    methods: ['PSK'],
    serve: ({ securityMethod, apiInvokerId }) => ({ status: 200, body: `${securityMethod} ${apiInvokerId}` }),
  });
  await aef.settled();
  invoker = createInvoker({ ...common, onboardingToken: 'any' });
});

afterEach(async () => {
  invoker.close();
  await aef.close();
  core.close();
  expect(errors.splice(0)).toEqual([]);
});

test('a method change is survived, from each method to each other', async () => {
  for (const method of ['PSK', 'PKI', 'OAUTH', 'PSK', 'OAUTH', 'PKI', 'PSK'] satisfies SecurityMethod[]) {
    await aef.changeMethods([method]);
    expect(await saying(invoker, aef)).toBe(`${method} invoker-of-nobody-1`);
  }
  const negotiations = core.asked.filter((line) => line.includes('/trustedInvokers/invoker') && !/^GET/.test(line));
  expect(negotiations.map((line) => line.split(' ')[0])).toEqual(['PUT', ...Array(6).fill('POST')]);
});

test('it may revoke, by its ordinary certificate', async () => {
  await aef.changeMethods(['PKI']);
  expect(await saying(invoker, aef)).toBe('PKI invoker-of-nobody-1');

  expect(await core.revoke('invoker-of-nobody-1', aef)).toBe(200);
  await expect(invoker.fetch(hello, { aefId: aef.aefId })).rejects.toMatchObject({ code: 'refused' });
});

test.each([
  ['a core without our URI, if that is asked for', { identity: 'capifUri' as const }, 'has no URI of a core'],
  [
    'a core with another certificate than the pinned one',
    { identity: { sha256: '00' } },
    'is not the one that is pinned',
  ],
  ['a core of another name', { serverName: 'core.example' }, 'core.example'],
])('%s is refused', async (_, more, because) => {
  const strict = createInvoker({ core: { ...core.address, ...more }, onboardingToken: 'any', pause: quick });
  await expect(strict.onboard()).rejects.toThrow(because);
  strict.close();
});
