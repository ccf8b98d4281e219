/** The recipes of docs/deployment: `capif` takes the settings of each role in them, which find each other, and systemd knows its units. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { addCommands as addCore } from './runtime/commands/core.ts';
import { addCommands as addExpose } from './runtime/commands/expose/expose.ts';
import { addCommands as addInvoke } from './runtime/commands/invoke.ts';

type Service = { command: string; entrypoint: string[]; environment: Record<string, string> };
type Composed = { services: Record<string, Service> };
type Printed = { settings: Record<string, { value: unknown }> };

const folder = 'docs/deployment';
const work = mkdtempSync(join(tmpdir(), 'capif-deployment-'));
afterAll(() => rmSync(work, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const composed = (file: string) =>
  (parse(readFileSync(join(folder, file), 'utf8'), { merge: true }) as Composed).services;

/** The settings with which `capif` would run; rejects if it refuses them. */
async function inForce(args: readonly string[], environment: Record<string, string> = {}) {
  const program = new Command().exitOverride();
  for (const addCommands of [addCore, addExpose, addInvoke]) addCommands(program);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const print = vi.spyOn(console, 'log').mockReturnValue();
  await expect(program.parseAsync([...args, '--print-config'], { from: 'user' })).rejects.toThrow(
    expect.objectContaining({ code: 'capif.printed' }),
  );
  const { settings } = JSON.parse(print.mock.lastCall![0]) as Printed;
  return Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value]));
}

test('the roles of compose.yaml find each other', async () => {
  const { core, aef, invoke } = composed('compose.yaml');
  const { published } = await inForce(core!.command.split(' '));
  const exposing = await inForce(aef!.command.split(' '));
  const invoking = await inForce([...invoke!.entrypoint.slice(2), 'GET', '/hello']);
  expect([exposing.core, invoking.core, exposing.ca]).toEqual([published, published, invoking.ca]);
});

test('the replicas of compose.replicas.yaml share a database, and differ in their folders and addresses', async () => {
  const { command } = composed('compose.yaml').core!;
  const { core, 'core-2': second } = composed('compose.replicas.yaml');
  const one = await inForce(command.split(' '), core!.environment);
  const other = await inForce(command.split(' '), second!.environment);
  expect(other).toMatchObject({ database: 'postgres://capif@database:5432/capif', published: one.published });
  expect([one.database, one.replicaAddress, other.replicaAddress]).toEqual([
    other.database,
    'core-1:8443',
    'core-2:8443',
  ]);
  expect(other.folder).not.toBe(one.folder);
});

const systemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const without = systemd ? '' : ' (skipped: no systemd-analyze)';

test.skipIf(!systemd).each(['capif-core.service', 'capif-aef.service'])(
  `systemd knows all of %s${without}`,
  async (name) => {
    const unit = readFileSync(join(folder, name), 'utf8');
    const [, line = ''] = /^ExecStart=\/usr\/bin\/capif (.*)$/m.exec(unit)!;
    expect(await inForce(line.replaceAll('%S', '/var/lib').replaceAll('%d', '/run').split(' '))).toHaveProperty(
      'folder',
    );
    // It looks whether the program is there.
    const file = join(work, name);
    writeFileSync(file, unit.replace('/usr/bin/capif', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  },
);
