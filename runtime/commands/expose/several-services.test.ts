/** `capif expose` with several services, and as a second instance of the AEF, as processes; all that they record agrees. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInvoker, type Invoker } from '../../invoker/invoker.ts';
import { printedBy, processFolder, type RoleProcess } from '../../testing/role-processes.ts';

const { folder, start, run, close } = processFolder();
const servers: Server[] = [];
let core: { bind: string; expose: string; invoke: string };
let aef: RoleProcess;
let second: RoleProcess;
let invoker: Invoker;

/** An HTTP service that says its name. */
async function named(name: string): Promise<string> {
  const server = createServer((_, response) => response.end(name));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What each line of readiness says: id, address, API and methods. */
const ready = (said: string) =>
  [...said.matchAll(/^(\S+) is ready on (\S+): \/(\w+)\/v1 with (.*), known/gm)].map(([, ...found]) => found);
const addressOf = (of: RoleProcess, api: string) => ready(of.said()).find(([, , name]) => name === api)![1]!;
const say = async (address: string, api: string): Promise<string> => {
  try {
    return await (await invoker.fetch(`https://${address}/${api}/v1/hello`)).text();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

beforeAll(async () => {
  const said = start('capif core --bind 127.0.0.1:0 --trace core.ndjson');
  core = printedBy(await said.until(/capif invoke .*\n/));
  const settings = {
    service: [`api=sms upstream=${await named('sms')}`, `api=tides methods=OAUTH upstream=${await named('tides')}`],
  };
  writeFileSync(join(folder, 'aef.json'), JSON.stringify(settings));
  const line = core.expose.replace(/ --upstream \S+/, '');
  aef = start(`${line} --config aef.json --trace aef.ndjson`);
  await aef.until(/Of one service: capif expose methods OAUTH tides --folder capif-aef\n/);
  const [host = '', port] = core.bind.split(':');
  invoker = createInvoker({
    core: { host, port: Number(port), ca: readFileSync(join(folder, 'capif-core/authority.certificate.pem'), 'utf8') },
    onboardingToken: readFileSync(join(folder, 'capif-core/onboarding-token'), 'utf8').trim(),
    record: (one) => writeFileSync(join(folder, 'invoker.ndjson'), `${JSON.stringify(one)}\n`, { flag: 'a' }),
  });
}, 60_000);

afterAll(async () => {
  invoker?.close();
  for (const server of servers) server.close();
  await close();
});

test('each service is ready on a port of its own, with its methods, and in front of its own upstream', async () => {
  const lines = ready(aef.said());
  expect(lines.map(([, , api, methods]) => [api, methods])).toEqual([
    ['sms', 'PKI'],
    ['tides', 'OAUTH'],
  ]);
  expect(new Set(lines.map(([, address]) => address)).size).toBe(2);
  expect([await say(addressOf(aef, 'sms'), 'sms'), await say(addressOf(aef, 'tides'), 'tides')]).toEqual([
    'sms',
    'tides',
  ]);
});

test('the operator changes the methods of one service, or of all', async () => {
  expect(await run('capif expose methods PSK,OAUTH sms')).toMatchObject({
    status: 0,
    stdout: 'The core knows the methods PSK, OAUTH of sms, and the others are withdrawn.\n',
  });
  expect((await run('capif expose withdraw tides')).stdout).toBe('Only the latest methods of tides are accepted.\n');
  expect(await run('capif expose methods PKI smss')).toMatchObject({
    status: 1,
    stderr: 'error: no service is named "smss": these are sms, tides\n',
  });
  expect([await say(addressOf(aef, 'sms'), 'sms'), await say(addressOf(aef, 'tides'), 'tides')]).toEqual([
    'sms',
    'tides',
  ]);
  expect((await run('capif expose methods PKI')).stdout).toBe(
    'The core knows the methods PKI, and the others are withdrawn.\n',
  );
  expect(await say(addressOf(aef, 'tides'), 'tides')).toBe('tides');
}, 60_000);

test('a second instance beside it has its id, and changes its methods alone', async () => {
  const line = core.expose.replace(/ --(upstream|registration-secret-file|methods) \S+/g, '');
  // In the environment, one text has all.
  const service = { CAPIF_EXPOSE_SERVICE: `api=sms methods=OAUTH upstream=${await named('second')}` };
  second = start(`${line} --folder capif-aef-2 --beside capif-aef --trace aef-2.ndjson`, service);
  await second.until(/To change .*\n/);
  const [[aefId = ''] = []] = ready(aef.said());
  expect(ready(second.said())[0]![0]).toBe(aefId);
  const both = async () => [await say(addressOf(aef, 'sms'), 'sms'), await say(addressOf(second, 'sms'), 'sms')];
  expect(await both()).toEqual(['sms', 'second']);
  const token = (await run('capif core token issue another')).stdout.trim().split('\n').at(-1)!;
  writeFileSync(join(folder, 'another'), token);
  const invoke = `${core.invoke.replace(/--onboarding-token-file \S+/, '--onboarding-token-file another')} --api sms`;
  const { stderr } = await run(invoke);
  const among = [aef, second].map((one) => `  --aef ${aefId} --api sms --at ${addressOf(one, 'sms')}\n`);
  expect(stderr).toBe(`error: there are several; choose one:\n${among.join('')}`);
  expect((await run(`${invoke} --at ${addressOf(second, 'sms')}`)).stdout).toBe('second');
  expect((await run('capif expose methods PSK --folder capif-aef-2')).status).toBe(0);
  expect(await both()).toEqual(['sms', 'second']);
  expect((await run('capif expose methods OAUTH sms')).status).toBe(0);
  expect(await both()).toEqual(['sms', 'second']);

  expect((await run(`capif core revoke ${await invoker.onboard()} ${aefId}`)).status).toBe(0);
  // Of a context each: at tides, and at sms of each instance.
  const acknowledged = () => readFileSync(join(folder, 'core.ndjson'), 'utf8').split('"RevokeAuthorizationResponse"');
  await expect.poll(acknowledged).toHaveLength(1 + 3);
  expect(await both()).toEqual(['refused', 'refused']);
}, 120_000);

test('killed and started again without the first, the second instance knows who it is', async () => {
  const [id, address] = ready(second.said())[0]!;
  await second.kill();
  await aef.kill();
  const line = core.expose.replace(/ --(upstream|registration-secret-file|methods) \S+/g, '');
  const service = { CAPIF_EXPOSE_SERVICE: `api=sms upstream=${await named('again')}` };
  second = start(`${line} --folder capif-aef-2 --beside capif-aef --trace aef-2.ndjson`, service);
  await second.until(/To change .*\n/);
  expect(ready(second.said())[0]).toEqual([id, address, 'sms', 'PSK']);
}, 60_000);

test('what the roles recorded, each for itself, is one run of the model', async () => {
  const checked = await run('capif trace core.ndjson aef.ndjson aef-2.ndjson invoker.ndjson');
  expect(checked).toMatchObject({ status: 0, stdout: expect.stringMatching(/had been sent\n/) });
}, 60_000);

test('settings that do not go together are named with what would be right', async () => {
  const line = `${core.expose} --folder other`;
  for (const [more, because] of [
    [
      ['--service', 'api=sms', '--api-name', 'x'],
      '"apiName" is of the only service: of one of several, it is api=NAME',
    ],
    [['--service', 'api=sms', '--bind', '127.0.0.1:8444'], 'it is port=PORT in --service'],
    [['--service', 'sms'], '"sms" is none of api=,'],
  ] as const) {
    const { status, stderr } = await run(line, ...more);
    expect([status, stderr]).toEqual([2, expect.stringContaining(because)]);
  }
  const twice = await run(line, '--service', 'api=sms', '--service', 'api=sms');
  expect(twice.stderr).toContain('two services are named "sms": give each a name of its own');
}, 60_000);
