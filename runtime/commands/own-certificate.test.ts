/** `capif core --certificate`: reached under a certificate of the operator's own authority; and `capif onboard`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { printedBy, processFolder, someService } from '../testing/role-processes.ts';

const { folder, start, run, close } = processFolder();
const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
let service: Awaited<ReturnType<typeof someService>>;

beforeAll(async () => {
  const authority = await createAuthority({ name: 'the operator', now: Date.now() });
  const { publicKeyPem, privateKeyPem } = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'core.example' },
    publicKey: publicKeyPem,
    names: { dns: ['core.example', 'core.lan'] },
    usages: ['server'],
    now: Date.now(),
  });
  file('core.pem', `${cert}\n${authority.certificatePem}`);
  file('core.key', privateKeyPem);
  file('leaf.pem', cert);
  file('other.key', (await generateKeyPair()).privateKeyPem);
  service = await someService();
});

afterAll(async () => {
  service.close();
  await close();
});

test('the commands that the core prints work with it, and what the core sends to AEFs is known to be its own', async () => {
  const core = start('capif core --bind 127.0.0.1:0 --certificate core.pem --certificate-key-file core.key');
  const said = await core.until(/capif invoke .*\n/);
  const [, to = ''] = /invoke (--core \S+ --ca \S+trusted.certificates.pem --core-name \S+)/.exec(said)!;
  const { expose } = printedBy(said, service);
  const upstream = expose.replace('PKI', 'OAUTH');
  const [, aefId] = /^(\S+) is ready/m.exec(await start(`${upstream} --trace aef.ndjson`).until(/methods .*\n/))!;

  const onboarded = await run(`capif onboard ${to} --onboarding-token-file capif-core/onboarding-token`);
  expect(onboarded).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\w+\n$/) });
  const again = await run(`capif onboard ${to} --json`);
  expect(JSON.parse(again.stdout)).toEqual({ schema: 1, apiInvokerId: onboarded.stdout.trim() });
  expect(await run(`capif invoke ${to} GET /hello`)).toMatchObject({ status: 0, stdout: 'served' });

  expect((await run(`capif core revoke ${onboarded.stdout.trim()} ${aefId}`)).status).toBe(0);
  const seen = () => readFileSync(join(folder, 'aef.ndjson'), 'utf8');
  await expect.poll(seen, { timeout: 30_000 }).toContain('"RevokeAuthorizationRequest"');
  const unnamed = await run(`capif invoke ${to.replace(' --core-name core.example', '')} GET /hello`);
  expect(unnamed.stderr).toContain('not for 127.0.0.1');
}, 120_000);

test.each([
  ['--certificate core.pem', '--certificate-key-file <file> is missing'],
  ['--certificate leaf.pem --certificate-key-file core.key', 'the certificate of "CN=the operator" is missing'],
  ['--certificate core.pem --certificate-key-file other.key', 'is not that of "CN=core.example"'],
  ['--certificate core.key --certificate-key-file core.key', 'it has no certificate in PEM'],
  [
    '--certificate core.pem --certificate-key-file core.key --published else.example:1',
    'it is not for else.example, as --published says',
  ],
])(
  '%s is wrong usage, and it is said why',
  async (flags, because) => {
    const wrong = await run(`capif core --bind 127.0.0.1:0 --folder none ${flags}`);
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining(because) });
  },
  30_000,
);
