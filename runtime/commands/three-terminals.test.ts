/** Core, AEF and invoker as processes: the commands are those that the core prints, and nothing else is typed or edited. */
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processFolder, type RoleProcess } from '../testing/role-processes.ts';

const { folder, start, run, close } = processFolder();
const bind = { CAPIF_CORE_BIND: '127.0.0.1:0' };
const running: RoleProcess[] = [];
let service: Server;
let printed: { core: string; expose: string; invoke: string; aef: string };

/** What a role says on standard output until it is ready. */
async function started(line: string, isReady: RegExp): Promise<string> {
  const role = start(line, bind);
  running.push(role);
  return role.until(isReady);
}

beforeAll(async () => {
  service = createServer((request, response) => {
    const { 'x-capif-security-method': method } = request.headers;
    response.statusCode = request.url === '/none' ? 404 : 200;
    response.end(`${request.method} ${request.url} by ${method}`);
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;

  const core = await started('capif core', /invoke --core .*\n/);
  const [expose = '', invoke = ''] = core.split('\n').flatMap((line) => /^ {2}(capif .*)$/.exec(line)?.[1] ?? []);
  const aef = await started(expose.replace('127.0.0.1:8080', `127.0.0.1:${port}`), /methods .*\n/);
  printed = { core, expose, invoke, aef };
}, 60_000);

afterAll(async () => {
  service.close();
  await close();
});

test('the core prints where it is, whom to trust, and the command of each other role', () => {
  expect(printed.core).toMatch(
    /^The core is ready on 127\.0\.0\.1:\d+\.\nIts authority: .*, SHA-256 ([0-9A-F]{2}:){31}/,
  );
  expect(printed.expose).toMatch(/^capif expose --core .* --registration-secret-file .* --methods PKI$/);
  expect(printed.aef).toMatch(/ is ready on 127\.0\.0\.1:\d+: \/api\/v1 with PKI, known to the core\.\n/);
});

test('secrets are in files of their owner, and in no output', () => {
  for (const name of ['store.key', 'authority.key.pem', 'core.key.pem', 'registration-secret', 'onboarding-token']) {
    const file = join(folder, 'capif-core', name);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(printed.core).not.toContain(readFileSync(file, 'utf8').trim());
  }
});

test('the invoker is served, and served again after a change of method, by one identity', async () => {
  const first = await run(printed.invoke);
  expect(first).toMatchObject({ status: 0, stdout: 'GET /hello by PKI' });
  expect(existsSync(join(folder, 'capif-invoker/invoker.json'))).toBe(true);

  const changed = await run('capif expose methods OAUTH');
  expect(changed).toMatchObject({
    status: 0,
    stdout: 'The core knows the methods OAUTH, and the others are withdrawn.\n',
  });

  const again = printed.invoke.replace(/ --onboarding-token-file \S+/, '').replace('GET /hello', 'POST /orders');
  expect(await run(again, '--data', 'one')).toMatchObject({ status: 0, stdout: 'POST /orders by OAUTH' });
  expect(await run(again.replace('POST /orders', 'GET /none'))).toMatchObject({
    status: 1,
    stdout: 'GET /none by OAUTH',
  });
  expect((await run(again.replace('invoke', 'discover').replace(' POST /orders', ''))).stdout).toMatch(
    /^api .* OAUTH\n$/,
  );
}, 60_000);

test('an operator may end the old methods of a change at once', async () => {
  expect(await run('capif expose withdraw')).toMatchObject({
    status: 0,
    stdout: 'Only the latest methods are accepted.\n',
  });
}, 60_000);

test('what is missing or wrong is named with what would be right', async () => {
  expect(await run('capif invoke GET /hello')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(
      '--core <address> is missing (where the core is, HOST:PORT): give it, or "core" in the file of --config, or the variable CAPIF_INVOKE_CORE',
    ),
  });
  expect(await run('capif core --names', 'core.lan,of mine')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('"of mine" is no host name or address'),
  });
  expect((await run('capif expose methods ODD')).stderr).toContain('"ODD" is none of PSK, PKI, OAUTH');
  expect(await run('capif expose methods PKI --folder none')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no role runs in none: start it, or name its folder with --folder'),
  });
}, 60_000);

test('a role that gets SIGTERM ends in order, with 0', async () => {
  for (const { process: role } of running.reverse()) {
    role.kill('SIGTERM');
    expect(await once(role, 'exit')).toEqual([0, null]);
  }
}, 30_000);
