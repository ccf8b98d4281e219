/** A line of trace is whole, however much of it a disk takes at once. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { traceFile } from './trace-file.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (file: number, text: string | Buffer, from = 0) =>
    fs.writeSync(file, Buffer.from(text as string), from, Math.min(10, Buffer.byteLength(text) - from));
  return { ...fs, writeSync };
});

const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a line that is written in parts is one line', () => {
  const path = join(folder, 'trace.ndjson');
  const { record, close } = traceFile(path);
  const line = {
    role: 'über',
    instance: 'one/aef',
    event: { type: 'begin' },
    state: 'unknown',
    effects: [],
  };
  record(line);
  record(line);
  close();
  const text = JSON.stringify(line);
  expect(readFileSync(path, 'utf8')).toBe(`${text}\n${text}\n`);
});
