/** `capif draw` on the command line: its text formats and its exit codes. `drawn.test.ts` compares the figures. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { formatNames } from '../text/formats.ts';

const cli = inject('capif');
const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function draw(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'draw', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('--format writes only the formats of its list', () => {
  const out = join(folder, 'some');
  const { status, stdout } = draw('--format', 'dot,chart-json', '--out', out);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `28 files are in ${out}\n` });
  const files = readdirSync(join(out, 'amended'));
  expect(files.filter((file) => !/\.(dot|chart\.json)$/.test(file))).toEqual([]);
  expect(readFileSync(join(out, 'amended', 'apiInvoker.dot'), 'utf8')).toMatch(/^digraph "apiInvoker" \{/);
});

test('--format all writes every format', () => {
  const out = join(folder, 'all');
  const { files } = JSON.parse(draw('--format', 'all', '--out', out, '--json').stdout);
  const ofOneMachine = files.filter((file: string) => file.startsWith('as-written/apiInvoker.'));
  expect(ofOneMachine).toHaveLength(formatNames.length);
});

test.each([
  [['--format', 'visio', '--out', folder], '"visio" is not a format; the formats are mmd, puml, dot, '],
  [['--format', 'dot'], '--format needs a folder: --out DIR'],
  [['--format', 'dot', '--out', folder, '--check'], '--format is not part of them'],
  [['--format', 'dot', '--out', folder, '--png'], '--format writes text only'],
  [['--format', 'dot', '--out', folder, '--path', 'run.ndjson'], '--format and --path exclude each other'],
  [['--path', 'run.ndjson'], '--path needs a folder: --out DIR'],
  [['--path', 'nothing.txt', '--out', folder], 'nothing.txt cannot be read: '],
])('wrong usage exits with 2: %s', (args, says) => {
  expect(draw(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(says) });
});
