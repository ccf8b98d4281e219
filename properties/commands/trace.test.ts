/** `capif trace`: traces as other programs leave them, and its exit codes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { addCommands } from './trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

function trace(bytes: string | Buffer, ...options: string[]) {
  const file = join(folder, 'run.ndjson');
  writeFileSync(file, bytes);
  let said = '';
  const hear = (text: unknown) => {
    said += text;
    return true;
  };
  vi.spyOn(process.stderr, 'write').mockImplementation(hear);
  vi.spyOn(console, 'log').mockImplementation(hear);
  const program = new Command('capif');
  addCommands(program);
  for (const command of program.commands) command.exitOverride();
  try {
    program.parse(['trace', file, ...options], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // As in capif.ts.
    process.exitCode = 2;
  }
  return { status: process.exitCode, said };
}

const begin = (instance: string) =>
  JSON.stringify({ role: 'invokerProfile', instance, event: { type: 'begin' }, state: 'unknown', effects: [] });
const lines = [begin('é1'), begin('é2')];
const text = `${lines.join('\n')}\n`;
const utf16be = Buffer.from(`\uFEFF${text}`, 'utf16le').swap16();

test.each([
  ['plain', text],
  ['with a byte order mark', `\uFEFF${text}`],
  ['with a byte order mark inside', `${lines.join('\n\uFEFF')}\n`],
  ['with CRLF', `${lines.join('\r\n')}\r\n`],
  ['with CR', `${lines.join('\r')}\r`],
  ['with empty lines', `\n \n${lines.join('\n\t\n')}\n\n\n`],
  ['without a last line end', lines.join('\n')],
  ['in UTF-16, little-endian', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['in UTF-16, big-endian', utf16be],
  ['in UTF-16 without a mark', utf16be.subarray(2)],
])('a trace %s is read', (_, bytes) => {
  expect(trace(bytes)).toEqual({ status: 0, said: expect.stringContaining('all 2 lines of 2 machines are steps') });
});

test('a trace that ends within a line says so, and where', () => {
  for (const cut of [text.slice(0, -20), Buffer.from(text).subarray(0, Buffer.from(text).lastIndexOf('é') + 1)]) {
    expect(trace(cut)).toEqual({
      status: 1,
      said: expect.stringContaining('run.ndjson: ends within line 2 after 1 line that is a step of the model'),
    });
  }
  const told = { schema: 1, outcome: 'torn', file: join(folder, 'run.ndjson'), line: 4, lines: 2 };
  expect(JSON.parse(trace(`${text}\n{"ro`, '--json').said)).toEqual(told);
});

test('a malformed line is not a deviating one', () => {
  const malformed = trace(`${lines[0]}\n\n{"role":1}\n${lines[1]}\n`);
  expect(malformed).toEqual({
    status: 2,
    said: expect.stringContaining('run.ndjson:3: not a line of a trace: role: '),
  });
  expect(trace(`${lines[0]}\nwords\n`, '--json').said).toContain('"outcome":"malformed","line":2,');
  const deviating = trace(`${lines[0]}\n\n${lines[0]}\nwords\n`);
  expect(deviating).toEqual({ status: 1, said: expect.stringContaining('run.ndjson:3: not a step of the model') });
});

test.each([
  ['an empty file', '', 'it is empty'],
  ['empty lines', '\n\r\n \n', 'it is empty'],
  ['a byte order mark', '\uFEFF', 'it is empty'],
  ['another encoding', Buffer.from(text, 'latin1'), 'it is no text in UTF-8'],
  ['UTF-32', Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), Buffer.from(text)]), 'it is no text in UTF-32LE'],
  ['a compressed file', Buffer.from([0x1f, 0x8b, 8, 0, 0xff]), 'it is no text in UTF-8'],
])('%s is no success', (_, bytes, says) => {
  expect(trace(bytes)).toEqual({ status: 2, said: expect.stringContaining(says) });
});

test('of several files, the one that deviates is named, with its line there', () => {
  const other = join(folder, 'core.ndjson');
  writeFileSync(other, `${begin('é3')}\n\n${begin('é3')}\n`);
  const checked = trace(text, other);
  expect(checked).toEqual({
    status: 1,
    said: expect.stringMatching(/core\.ndjson:3: not a step of the model: .* second time/),
  });
  writeFileSync(other, `${begin('é1')}\n`);
  expect(trace(text, other)).toEqual({
    status: 0,
    said: expect.stringContaining('2 files: all 3 lines of 2 machines'),
  });
});

const numbered = (...texts: readonly string[]) => texts.map((one, n) => `{"n":${n + 1},${one.slice(1)}\n`).join('');
const [end, goesOn] = ['{"trace":"end"}', '{"trace":"goes on"}'];

test('a run that was cut is a run, and its answer says so; one that ended in order needs no word', () => {
  expect(trace(numbered(...lines, end))).toEqual({ status: 0, said: expect.not.stringContaining('ndjson: the') });
  const cut = trace(numbered(...lines));
  expect(cut).toEqual({ status: 0, said: expect.stringContaining('run.ndjson: the run was cut: its last line is no') });
  const killed = trace(numbered(lines[0]!, goesOn, lines[1]!, end));
  expect(killed).toEqual({ status: 0, said: expect.stringContaining('the role was killed and went on') });
  expect(trace(text).said).toContain('its lines have no numbers');
  expect(JSON.parse(trace(numbered(...lines), '--json').said)).toMatchObject({ outcome: 'conforms', ends: ['cut'] });
});

test('a line that is removed, repeated or moved is named by its place, and so is one after the end', () => {
  const [first, second, last] = numbered(...lines, end).split('\n') as [string, string, string];
  for (const [order, at, because] of [
    [[second, last], 1, 'its number is 2, and 1 comes next'],
    [[first, last], 2, 'its number is 3, and 2 comes next'],
    [[first, first, second, last], 2, 'its number is 1, and 2 comes next'],
    [[second, first, last], 1, 'its number is 2'],
    [[first, second, last, begin('é3')], 4, 'it follows the end of the trace'],
    [[first, begin('é3'), last], 2, 'it has no number'],
  ] as const) {
    const checked = trace(order.join('\n'));
    expect(checked).toEqual({ status: 1, said: expect.stringContaining(`run.ndjson:${at}: not a step of the model`) });
    expect(checked.said).toContain(because);
  }
});

test('the exit codes are documented', () => {
  expect(readFileSync(new URL('./trace.ts', import.meta.url), 'utf8')).toContain('2 a line is malformed');
});
