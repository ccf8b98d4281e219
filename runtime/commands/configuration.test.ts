/** Settings from flags, from a file and from the environment, in this order, under the same names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { readMethods } from './arguments.ts';
import { configurable, required } from './configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function file(text: string): string {
  const path = join(folder, 'settings.json');
  writeFileSync(path, text);
  return path;
}

type Settings = { bindPort?: string; methods?: string[]; header?: string[]; loud?: true; clientSecret?: string };

/** What a command sees as its settings; what it says where they are wrong. */
async function settings(...args: string[]): Promise<Settings | string> {
  let seen: Settings = {};
  let said = '';
  const command = new Command('core')
    .exitOverride()
    .configureOutput({ writeErr: (text) => (said += text) })
    .option('--bind-port <port>', 'the port')
    .option('--methods <list>', 'the methods', readMethods)
    .option('--header <line>', 'one more', (line, before: string[] | undefined) => [...(before ?? []), line])
    .option('--client-secret <text>', 'a secret')
    .option('--database <url>', 'with a password', (text) => new URL(text))
    .addOption(new Option('--loud', 'as it says'))
    .action(function (this: Command, options: Settings) {
      required(this, options.bindPort, 'bindPort');
      seen = options;
    });
  try {
    await configurable(command).parseAsync(args, { from: 'user' });
    return seen;
  } catch {
    return said.trim();
  }
}

test('a flag goes before the file, the file before the environment', async () => {
  const config = file('{"bindPort": 2, "methods": ["psk", "PKI"], "loud": true}');
  vi.stubEnv('CAPIF_CORE_BIND_PORT', '3');

  expect(await settings()).toMatchObject({ bindPort: '3' });
  expect(await settings('--config', config)).toMatchObject({ bindPort: '2', methods: ['PSK', 'PKI'], loud: true });
  expect(await settings('--config', config, '--bind-port', '1')).toMatchObject({ bindPort: '1' });
  vi.stubEnv('CAPIF_CORE_CONFIG', config);
  expect(await settings()).toMatchObject({ bindPort: '2' });
});

test('what may be repeated is a list in the file, and one in the environment', async () => {
  vi.stubEnv('CAPIF_CORE_HEADER', 'a: 1, 2');
  vi.stubEnv('CAPIF_CORE_BIND_PORT', '1');
  expect(await settings()).toMatchObject({ header: ['a: 1, 2'] });
  expect(await settings('--config', file('{"header": ["a: 1", "b: 2"]}'))).toMatchObject({ header: ['a: 1', 'b: 2'] });
});

test('a command below it has its settings too', async () => {
  vi.stubEnv('CAPIF_CORE_FOLDER', 'from-environment');
  const folders: string[] = [];
  const ask = async (...args: string[]) => {
    const command = new Command('core').option('--folder <folder>', 'where', 'core');
    configurable(command)
      .command('list')
      .action(function (this: Command) {
        folders.push(this.optsWithGlobals<{ folder: string }>().folder);
      });
    await command.parseAsync(args, { from: 'user' });
  };
  await ask('list');
  await ask('list', '--config', file('{"folder": "from-file"}'));
  expect(folders).toEqual(['from-environment', 'from-file']);
});

test.each([
  ['{"bindport": 2}', '"bindport" is no setting; these are: bindPort, methods, header, clientSecret, database, loud'],
  ['{"methods": "ODD"}', '"methods": "ODD" is none of PSK, PKI, OAUTH.'],
  ['{"methods": {}}', '"methods": It must be a text, a number or a list of these.'],
  ['{"loud": "yes"}', '"loud": It must be true or false.'],
  ['[]', 'it must be one JSON object'],
  ['{', 'not JSON'],
])('of the file %s it is said what is wrong', async (text, because) => {
  expect(await settings('--config', file(text))).toContain(because);
});

test('a file that is missing, and a setting that is, are named with what would be right', async () => {
  expect(await settings('--config', join(folder, 'none'))).toContain('no such file');
  expect(await settings()).toBe(
    'error: --bind-port <port> is missing (the port): give it, or "bindPort" in the file of --config, or the variable CAPIF_CORE_BIND_PORT',
  );
});

test('what is in force is printed with its source, and no secret', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.stubEnv('CAPIF_CORE_CLIENT_SECRET', 'hush');
  vi.stubEnv('CAPIF_CORE_DATABASE', 'postgres://capif:hush@127.0.0.1/capif');
  await settings('--print-config', '--config', file('{"loud": true}'), '--bind-port', '1');

  const printed = JSON.parse(String(log.mock.calls[0]?.[0])) as { settings: object };
  expect(printed.settings).toMatchObject({
    bindPort: { value: '1', from: 'flag' },
    loud: { value: true, from: 'file' },
    clientSecret: { value: '(given)', from: 'environment' },
    database: { value: 'postgres://capif:(given)@127.0.0.1/capif', from: 'environment' },
  });
});
