/** `capif core` after SIGKILL, and what its operator may ask of it. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printedBy, processFolder, type RoleProcess, someService } from '../testing/role-processes.ts';

const { folder, start, run, close } = processFolder();
const inFolder = (name: string) => join(folder, 'capif-core', name);
let service: Awaited<ReturnType<typeof someService>>;
let core: RoleProcess;
let bind: string;
let invoke: string;

beforeAll(async () => {
  service = await someService();
  core = start('capif core --bind 127.0.0.1:0 --trace core.ndjson');
  const said = await core.until(/capif invoke .*\n/);
  const printed = printedBy(said, service);
  ({ bind, invoke } = printed);
  await start(`${printed.expose} --trace aef.ndjson`).until(/methods .*\n/);
}, 60_000);

afterAll(async () => {
  service.close();
  await close();
});

async function restart(): Promise<void> {
  await core.kill();
  core = start(`capif core --bind ${bind} --trace core.ndjson`);
  await core.until(/capif invoke .*\n/);
}

test('killed and started again, it goes on with whom it knows, and they need nothing new', async () => {
  expect((await run(`${invoke} --trace invoker-1.ndjson`)).stdout).toBe('served');
  await restart();
  const again = invoke.replace(/ --onboarding-token-file \S+/, '');
  expect(await run(`${again} --trace invoker-2.ndjson`)).toMatchObject({ status: 0, stdout: 'served' });
  expect((await run('capif expose methods OAUTH')).status).toBe(0);
  await restart();
  expect(await run(`${again} --trace invoker-3.ndjson`)).toMatchObject({ status: 0, stdout: 'served' });
}, 120_000);

test('what the roles recorded, each for itself, is one run of the model', async () => {
  const invokers = [1, 2, 3].map((n) => `invoker-${n}.ndjson`).join(' ');
  const checked = await run(`capif trace core.ndjson aef.ndjson ${invokers}`);
  expect(checked).toMatchObject({ status: 0, stdout: expect.stringMatching(/^5 files: all .*had been sent\n/s) });
  expect(readFileSync(join(folder, 'core.ndjson'), 'utf8')).toContain('"event":{"type":"resumed"');
}, 60_000);

test('tokens are issued, listed and revoked while it runs, and are known after it was killed (6.1)', async () => {
  const issued = await run('capif core token issue', 'the billing app', '--lifetime', '600');
  expect(issued.stdout).toMatch(/^\S+\.\S+\.\S+\n$/);
  await restart();
  const list = async () =>
    (JSON.parse((await run('capif core token list --json')).stdout) as { tokens: { [name: string]: string }[] }).tokens;
  const tokens = await list();
  const states = tokens.map(({ subject, state }) => `${subject}: ${state}`);
  expect([...new Set(states)].sort()).toEqual([
    'the billing app: unused',
    'the first invoker: revoked',
    'the first invoker: unused',
    'the first invoker: used',
  ]);
  expect(states.filter((one) => one === 'the first invoker: unused')).toHaveLength(1);
  const { tokenId } = tokens.find(({ subject }) => subject === 'the billing app')!;
  expect((await run(`capif core token revoke ${tokenId}`)).stdout).toBe(
    `The token ${tokenId} onboards nobody any more.\n`,
  );
  expect((await list()).find((one) => one.tokenId === tokenId)!.state).toBe('revoked');
  expect(await run('capif core token revoke none')).toMatchObject({
    status: 1,
    stderr: 'error: there is no token "none"\n',
  });
}, 120_000);

test('the operator says how often and when an invoker may invoke, while the core runs (TS 29.222 8.6)', async () => {
  const { apiInvokerId } = JSON.parse(readFileSync(join(folder, 'capif-invoker/invoker.json'), 'utf8')) as {
    apiInvokerId: string;
  };
  const discovered = await run(invoke.replace('invoke', 'discover').replace(' GET /hello', ''));
  const aefId = discovered.stdout.split('  ')[1]!;
  const policy = (what: string) => run(`capif core policy ${what}`);
  expect(await policy(`set ${apiInvokerId} ${aefId} --total 0`)).toMatchObject({
    status: 0,
    stdout: `The policy of ${apiInvokerId} at ${aefId} is set.\n`,
  });
  await restart();
  expect((await policy(`set nobody ${aefId} --total 1`)).stderr).toMatch(/^error: nobody is not an onboarded/);
  const wrong = await policy(`set ${apiInvokerId} ${aefId} --from yesterday`);
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('must be a date and a time') });
  expect((await policy(`set ${apiInvokerId} ${aefId} --total x`)).status).toBe(2);
  expect(await policy(`set ${apiInvokerId} ${aefId} --total 2`)).toMatchObject({ status: 0 });
  const refused = await policy(`remove ${apiInvokerId} ${aefId} --api unknown`);
  expect(refused.stderr).toBe(`error: unknown is not a service API of ${aefId}\n`);
  expect((await policy(`remove ${apiInvokerId} ${aefId}`)).stdout).toBe(`${apiInvokerId} has no policy at ${aefId}.\n`);
}, 120_000);

test('an invoker that the operator revokes is not served any more, whatever is killed meanwhile (6.8)', async () => {
  const { apiInvokerId } = JSON.parse(readFileSync(join(folder, 'capif-invoker/invoker.json'), 'utf8')) as {
    apiInvokerId: string;
  };
  const discovered = await run(invoke.replace('invoke', 'discover').replace(' GET /hello', ''));
  const aefId = discovered.stdout.split('  ')[1]!;
  const revoked = await run(`capif core revoke ${apiInvokerId} ${aefId}`);
  expect(revoked.stdout).toBe(`${apiInvokerId} is revoked at ${aefId}.\n`);
  await restart();
  expect(await run(invoke)).toMatchObject({ status: 1, stdout: '' });
  expect((await run(`capif core revoke nobody ${aefId}`)).stderr).toMatch(/^error: .*nobody/);
}, 120_000);

test('one process at a time has the folder', async () => {
  const second = await run('capif core --bind 127.0.0.1:0');
  expect(second).toMatchObject({ status: 3, stderr: expect.stringContaining('another process has it') });
}, 60_000);

test('private keys are encrypted; a key of the store that is lost, wrong or open to others is named', async () => {
  for (const name of ['authority.key.pem', 'core.key.pem'])
    expect(readFileSync(inFolder(name), 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  await core.kill();
  const refused = async () => (await run('capif core --bind 127.0.0.1:0')).stderr;
  const key = readFileSync(inFolder('store.key'));
  chmodSync(inFolder('store.key'), 0o644);
  expect(await refused()).toMatch(/^capif: .*store\.key can be read by others: chmod 600/);
  rmSync(inFolder('store.key'));
  expect(await refused()).toMatch(/store\.key is gone/);
  writeFileSync(inFolder('store.key'), Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 });
  expect(await refused()).toMatch(/was written with another key/);
  writeFileSync(inFolder('store.key'), 'short', { mode: 0o600 });
  expect(await refused()).toMatch(/is no key: it must be 32 bytes in base64/);
  rmSync(inFolder('store.key'));
  core = start(`capif core --bind ${bind}`, { CAPIF_STORE_KEY: key.toString().trim() });
  await core.until(/capif invoke .*\n/);
  expect(existsSync(inFolder('store.key'))).toBe(false);
}, 120_000);
