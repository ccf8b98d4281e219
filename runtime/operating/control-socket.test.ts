/** Commands to a role that runs, over the socket in its folder. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { control, controlSocket } from './control-socket.ts';

let folder: string;
let running: { close(): void } | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capif-'));
});
afterEach(() => {
  running?.close();
  rmSync(folder, { recursive: true });
});

test('a command is carried out, and its result comes back', async () => {
  running = await controlSocket(folder, { double: async (n) => Number(n) * 2 });
  expect(await control(folder, 'double', 21)).toBe(42);
});

test('what a command throws, and a command that there is not, are told', async () => {
  const refuse = async () => {
    throw new Error('not today');
  };
  running = await controlSocket(folder, { refuse });
  await expect(control(folder, 'refuse', null)).rejects.toThrow('not today');
  await expect(control(folder, 'other', null)).rejects.toThrow('there is no command "other"');
});

test('only its owner can open it, and a folder has one process', async () => {
  running = await controlSocket(folder, {});
  expect(statSync(join(folder, 'control.sock')).mode & 0o777).toBe(0o600);
  await expect(controlSocket(folder, {})).rejects.toThrow(`another process runs in ${folder}`);
});

test('where no process runs, or one has left its socket behind, that is said, and a new one can start', async () => {
  await expect(control(folder, 'any', null)).rejects.toThrow(`no role runs in ${folder}`);
  writeFileSync(join(folder, 'control.sock'), '');
  running = await controlSocket(folder, { any: async () => 1 });
  expect(await control(folder, 'any', null)).toBe(1);
});
