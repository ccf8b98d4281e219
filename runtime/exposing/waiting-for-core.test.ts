/** An AEF that is started before its core: it waits if it is told to, and gives up where waiting does not help (TS 29.222 8.9). */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { closeAll, closeLater, quick, testbed } from '../testing/roles.ts';
import { createExposingFunction, type ExposingFunctionOptions } from './exposing-function.ts';

afterEach(closeAll);

/** What a core will have, and a place where none is yet. */
async function withoutCore() {
  const authority = await createAuthority({ name: 'later', now: Date.now() });
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  const keys = { authority, keys: await generateKeyPair(), registrationSecret: 'secret', port };
  const options: ExposingFunctionOptions = {
    core: { host: '127.0.0.1', port, ca: authority.certificatePem },
    registrationSecret: 'secret',
    apiName: 'greetings',
    methods: ['PKI'],
    serve: () => ({ status: 200 }),
    pause: quick,
  };
  return { keys, options };
}

test('it says that it waits, again and again, and is published once the core is there', async () => {
  const { keys, options } = await withoutCore();
  const waits: string[] = [];
  const created = createExposingFunction({ ...options, onWaitingForCore: (because) => waits.push(because) });
  await expect.poll(() => waits.length).toBeGreaterThan(2);
  const at = await testbed(keys);
  const aef = await created;
  closeLater(aef.close);
  await aef.settled();
  expect(at.core.methodsOf(aef.aefId)).toEqual(['PKI']);
  expect(waits[0]).toContain('the core cannot be reached');
});

test('without being told to, it does not wait', async () => {
  const { options } = await withoutCore();
  await expect(createExposingFunction(options)).rejects.toMatchObject({ name: 'EnrolmentError' });
});

test('a core that refuses, or is not the one that is meant, is not asked again', async () => {
  const { keys, options } = await withoutCore();
  await testbed(keys);
  let waits = 0;
  const onWaitingForCore = () => {
    waits += 1;
  };
  const wrong = createExposingFunction({ ...options, onWaitingForCore, registrationSecret: 'another' });
  await expect(wrong).rejects.toThrow('refuses the registration');
  const { certificatePem: ca } = await createAuthority({ name: 'another', now: Date.now() });
  const foreign = createExposingFunction({ ...options, onWaitingForCore, core: { ...options.core, ca } });
  await expect(foreign).rejects.toMatchObject({ name: 'EnrolmentError' });
  expect(waits).toBe(0);
});
