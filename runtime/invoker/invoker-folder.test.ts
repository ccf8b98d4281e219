/** The folder of an invoker: who it is, and which subscription it goes on with, is there after a restart. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openInvokerFolder } from './invoker-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-invoker-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is saved is opened again, with its subscription if it has one', async () => {
  const { identity, keys, save } = await openInvokerFolder(folder);
  expect(identity).toBeUndefined();
  const certificate = { key: keys.privateKeyPem, cert: 'PEM' };
  const enrolled = { apiInvokerId: 'invoker-1', onboardingId: 'onboarding-1', certificate };
  for (const saved of [{ ...enrolled, subscriptionId: 'subscription-1' }, enrolled]) {
    await save(saved);
    expect((await openInvokerFolder(folder)).identity).toEqual(saved);
  }
});
