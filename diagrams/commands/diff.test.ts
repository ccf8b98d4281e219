/** `capif diff` on the command line: what it prints, writes, and ends with. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const cli = fileURLToPath(new URL('../../capif.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function diff(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', cli, 'diff', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('a difference is told, drawn where it is wanted, and ends with 1', () => {
  const out = join(folder, 'drawn');
  const { status, stdout } = diff('as-written', 'amended', '--machine', 'apiPublishingFunction', '--out', out, '--png');
  expect(status).toBe(1);
  expect(stdout).toContain(
    'apiPublishingFunction: 1 state added, 1 state removed, 1 transition added, 1 transition changed',
  );
  expect(stdout).toContain(
    '  + state pausing\n  - state unpublished\n  ! publishing: publication.failed → unpublished',
  );
  expect(readdirSync(out).sort()).toEqual([
    'apiPublishingFunction.png',
    'apiPublishingFunction.svg',
    'changes.csv',
    'changes.md',
  ]);
});

test('no difference ends with 0, and --json says so', () => {
  const { status, stdout } = diff('amended', 'amended', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ schema: 1, old: 'amended', new: 'amended', machines: [] });
});

test.each([
  [['as-written', 'nowhere'], '"nowhere" is no file, and no revision'],
  [['as-written', 'amended', '--machine', 'coffee'], '"coffee" is none of apiInvokerEnrolment, '],
  [['as-written', 'amended', '--png'], 'say where the pictures are to be, with --out'],
  [['as-written'], "missing required argument 'new'"],
])('wrong usage ends with 2: %s', (args, says) => {
  expect(diff(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(says) });
});
