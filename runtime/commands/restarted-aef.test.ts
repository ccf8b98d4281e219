/** `capif expose` after SIGKILL, and before its core is there. */
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { control } from '../operating/control-socket.ts';
import { printedBy, processFolder, type RoleProcess, someService } from '../testing/role-processes.ts';

const { folder, start, run, close } = processFolder();
let service: Awaited<ReturnType<typeof someService>>;
let core: RoleProcess;
let aef: RoleProcess;
let bind: string;
let invoke: string;
let expose: string;

const ready = /^(\S+) is ready on (\S+): \/api\/v1 with (.*), known/m;
async function startCore(address: string): Promise<string> {
  core = start(`capif core --bind ${address} --trace core.ndjson`);
  return core.until(/capif invoke .*\n/);
}
/** Of each life of the AEF, as an invoker that it knew begins anew in the next. */
const traces: string[] = [];
function nextLife(): void {
  traces.push(`aef-${traces.length + 1}.ndjson`);
  aef = start(`${expose} --trace ${traces.at(-1)}`);
}
/** What it says of itself: id, address, methods. */
async function startAef(): Promise<string[]> {
  nextLife();
  const [, ...said] = ready.exec(await aef.until(/methods .*\n/))!;
  return said;
}

beforeAll(async () => {
  service = await someService();
  const said = await startCore('127.0.0.1:0');
  ({ bind, invoke, expose } = printedBy(said, service));
  await core.kill();
}, 60_000);

afterAll(async () => {
  service.close();
  await close();
});

test('started before its core, it waits and says so, and is ready once the core is there', async () => {
  nextLife();
  aef.process.stderr!.setEncoding('utf8');
  for (let said = ''; !said.includes('waiting: the core cannot be reached'); )
    said += (await once(aef.process.stderr!, 'data'))[0] as string;
  expect(aef.said()).toBe('');
  await startCore(bind);
  await aef.until(ready);
  expect((await run(`${invoke} --trace invoker-1.ndjson`)).stdout).toBe('served');
}, 120_000);

test('killed and started again, it is the same AEF at the same place, with the methods that it had (6.7)', async () => {
  const [, aefId, address, methods] = ready.exec(aef.said())!;
  expect(methods).toBe('PKI');
  expect((await run('capif expose methods OAUTH')).status).toBe(0);
  await aef.kill();
  expect(await startAef()).toEqual([aefId, address, 'OAUTH']);
  const again = invoke.replace(/ --onboarding-token-file \S+/, '');
  expect(await run(`${again} --trace invoker-2.ndjson`)).toMatchObject({ status: 0, stdout: 'served' });
}, 120_000);

const traced = () => readFileSync(join(folder, traces.at(-1)!), 'utf8');

test('a revocation that it has acknowledged holds after it was killed (TS 29.222 6.2.2.3)', async () => {
  const [, aefId = ''] = ready.exec(aef.said())!;
  const { apiInvokerId } = JSON.parse(readFileSync(join(folder, 'capif-invoker/invoker.json'), 'utf8')) as {
    apiInvokerId: string;
  };
  await run(`capif core revoke ${apiInvokerId} ${aefId}`);
  await expect.poll(() => readFileSync(join(folder, 'core.ndjson'), 'utf8')).toContain('RevokeAuthorizationResponse');
  await aef.kill();
  await startAef();
  const restarted = traced()
    .split('\n')
    .filter((line) => line.includes('"role.restarted"'));
  expect(restarted.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { role: 'invokerAdmission', instance: `${apiInvokerId}/${aefId}`, state: 'revoked' },
  ]);
}, 120_000);

test('what the roles recorded, each for itself, is one run of the model', async () => {
  const checked = await run(`capif trace core.ndjson ${traces.join(' ')} invoker-1.ndjson invoker-2.ndjson`);
  expect(checked).toMatchObject({ status: 0, stdout: expect.stringMatching(/had been sent\n/) });
}, 60_000);

test('it takes commands while the core is away, before its methods are known there', async () => {
  const command = (name: string, argument: string | null) => control(join(folder, 'capif-aef'), name, argument);
  await core.kill();
  const changed = command('methods', 'PKI').catch(() => 'killed');
  // All that was put before is durable when this is.
  await command('withdraw', null);
  await aef.kill();
  expect(await changed).toBe('killed');
  nextLife();
  await expect.poll(() => command('withdraw', null), { timeout: 30_000 }).toBeNull();
  const changedAgain = command('methods', 'PSK');
  expect(aef.said()).toBe('');
  await startCore(bind);
  expect(await changedAgain).toEqual(['PSK']);
  expect(ready.exec(await aef.until(ready))![3]).toBe('PSK');
}, 120_000);

test('its store and the key of it are for nobody else, and serve one process at a time', async () => {
  for (const name of ['store.db', 'store.key'])
    expect(statSync(join(folder, 'capif-aef', name)).mode & 0o777).toBe(0o600);
  const second = await run(expose);
  expect(second.status).toBe(3);
  expect(second.stderr).toContain('another process has it');
}, 60_000);
