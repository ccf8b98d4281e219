/** The lines of a trace are whole, however much of them a disk takes at once, and numbered through all lives of a role to the end. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { readTrace } from './recorded-trace.ts';
import { traceFile } from './trace-file.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (file: number, text: string | Buffer, from = 0) =>
    fs.writeSync(file, Buffer.from(text as string), from, Math.min(10, Buffer.byteLength(text) - from));
  return { ...fs, writeSync };
});

const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const line = { role: 'über', instance: 'one/aef', event: { type: 'begin' }, state: 'unknown', effects: [] };
const text = JSON.stringify(line).slice(1);

test('a line that is written in parts is one line', () => {
  const path = join(folder, 'trace.ndjson');
  const { record, close } = traceFile(path);
  record(line);
  record(line);
  close();
  record(line);
  expect(readFileSync(path, 'utf8')).toBe(`{"n":1,${text}\n{"n":2,${text}\n{"n":3,"trace":"end"}\n`);
});

test('a role that goes on counts on, whether it had ended or was killed within a line', () => {
  const path = join(folder, 'lives.ndjson');
  const live = () => {
    const file = traceFile(path, { goesOn: true });
    file.record(line);
    return file;
  };
  live().close();
  live();
  appendFileSync(path, '{"n":6,"ro');
  live();
  expect(readFileSync(path, 'utf8').split('\n')).toEqual([
    `{"n":1,${text}`,
    '{"n":2,"trace":"end"}',
    '{"n":3,"trace":"goes on"}',
    `{"n":4,${text}`,
    '{"n":5,"trace":"goes on"}',
    `{"n":6,${text}`,
    '',
  ]);
  expect(readTrace(path)).toMatchObject({
    outcome: 'read',
    numbers: [1, 4, 6],
    lives: [
      { from: 0, end: 'in order' },
      { from: 1, end: 'cut' },
      { from: 2, end: 'cut' },
    ],
  });
});
