/** `capif play`: what it prints where, and its exit codes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { addCommands } from './play.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-play-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const scenario = fileURLToPath(new URL('../scenarios/psk-is-negotiated-and-used.txt', import.meta.url));
const text = readFileSync(scenario, 'utf8');

function capif(...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const hear = (stream: 'stdout' | 'stderr') => (text: unknown) => {
    said[stream] += text;
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(hear('stdout'));
  vi.spyOn(process.stderr, 'write').mockImplementation(hear('stderr'));
  vi.spyOn(console, 'log').mockImplementation((text) => void hear('stdout')(`${text}\n`));
  const program = new Command('capif');
  addCommands(program);
  for (const command of program.commands) command.exitOverride();
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // As in capif.ts.
    process.exitCode = 2;
  }
  return { status: process.exitCode, ...said };
}

function saved(text: string): string {
  const file = join(folder, 'scenario.txt');
  writeFileSync(file, text);
  return file;
}

test('a file that reads as it is replayed is printed', () => {
  expect(capif('play', scenario)).toEqual({ status: 0, stdout: text, stderr: '' });
  expect(capif('play', scenario, '--quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(capif('play', scenario, '--chart').stdout).toMatch(/^ +apiInvoker +capifCoreFunction +/);
});

test('a scenario of another editor reads as it should: byte order mark, CRLF, UTF-16', () => {
  expect(capif('play', saved(`\uFEFF${text.replaceAll('\n', '\r\n')}`))).toEqual({
    status: 0,
    stdout: text,
    stderr: '',
  });
  const file = saved('');
  writeFileSync(file, `\uFEFF${text}`, 'utf16le');
  expect(capif('play', file)).toEqual({ status: 0, stdout: text, stderr: '' });
});

test('another file is printed as it should read, and the first line that differs is named', () => {
  const file = saved(text.replace('{"selected":"PSK","credential":1}', '{"selected":"PKI","credential":1}'));
  const line = text.split('\n').findIndex((one) => one.includes('"selected"')) + 1;
  const { status, stdout, stderr } = capif('play', file);
  expect({ status, stdout }).toEqual({ status: 1, stdout: text });
  expect(stderr).toMatch(`${file}:${line}: reads "  SecurityMethodResponse to apiInvoker {"selected":"PKI"`);
  const json = JSON.parse(capif('play', file, '--json').stdout);
  expect(json).toMatchObject({ schema: 1, outcome: 'differs', line, setting: 'three', amendments: [], text });
  expect(json.moves.slice(0, 2)).toEqual(['want', 'open CAPIF-1e']);
});

test('a file that cannot be read or replayed is wrong usage, and the message lists the enabled actions', () => {
  const absent = capif('play', join(folder, 'absent.txt'));
  expect(absent.status).toBe(2);
  expect(absent.stderr).toMatch('absent.txt cannot be read: ENOENT');
  const { status, stdout, stderr } = capif('play', saved('begin setting=three amendments=all\n\nopen CAPIF-1e\n'));
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch('scenario.txt:3: "open CAPIF-1e" cannot happen here; these can: want, change methods to PKI');
});
