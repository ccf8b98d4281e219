/** `capif play --over tls`: what it prints, and its exit codes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { addCommands } from './play.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function capif(...args: string[]) {
  const printed = { stdout: '', stderr: '' };
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.stderr += text;
    return true;
  });
  vi.spyOn(console, 'log').mockImplementation((text) => {
    printed.stdout += `${text}\n`;
  });
  const program = new Command('capif');
  addCommands(program);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // As in capif.ts.
    process.exitCode = 2;
  }
  return { status: process.exitCode, ...printed };
}
const pathOf = (file: string) => fileURLToPath(new URL(`../scenarios/${file}`, import.meta.url));

test('capif play --over tls says how much was compared', async () => {
  const path = pathOf('psk-is-negotiated-and-used.txt');
  expect(await capif('play', path, '--over', 'tls')).toEqual({
    status: 0,
    stdout: `${path}: over TLS, 13 steps of the real roles in 11 transitions are those of the model\n`,
    stderr: '',
  });
  const { stdout } = await capif('play', path, '--over', 'tls', '--json');
  expect(JSON.parse(stdout)).toEqual({ schema: 1, over: 'tls', outcome: 'agrees', moves: 11, steps: 13 });
});

test('capif play --over tls names the line that it cannot play', async () => {
  const path = pathOf('forged-indication-costs-a-question.txt');
  const line = readFileSync(path, 'utf8').split('\n').indexOf('forge IncorrectMethodFailure 1') + 1;
  const { status, stdout, stderr } = await capif('play', path, '--over', 'tls');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(`${path}:${line}: "forge IncorrectMethodFailure 1" cannot be done over TLS: `);
  expect((await capif('play', path, '--over', 'tls', '--chart')).status).toBe(2);
});
