/** `capif annex` on the command line: its files, its comparison and its exit codes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';

const cli = inject('capif');
const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function annex(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'annex', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('the annex has the same bytes in another folder and time zone, and --check compares it', () => {
  const [one, other] = [join(folder, 'one.docx'), join(folder, 'other.docx')];
  const { status, stdout } = annex('--out', one, '--amendments', 'none', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schema: 1,
    out: one,
    version: 'none',
    bytes: readFileSync(one).length,
    differs: false,
  });

  const env = { ...process.env, TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8' };
  spawnSync(process.execPath, [cli, 'annex', '--out', other, '--amendments', 'none'], { env });
  expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['one.docx', 'other.docx']);

  expect(annex('--out', one, '--check')).toMatchObject({ status: 1, stdout: `${one} differs from the machines\n` });
}, 120_000);

test('a missing annex cannot be compared', () => {
  const { status, stderr } = annex('--out', join(folder, 'nowhere.docx'), '--check');
  expect(status).toBe(3);
  expect(stderr).toMatch(/^capif: there is no annex to compare: ENOENT/);
  expect(annex('--amendments', 'some').status).toBe(2);
});

test.skipIf(!existsSync('/dev/full'))('a full disk is an error, and a device is not replaced', () => {
  const { status, stderr } = annex('--out', '/dev/full');
  expect(status).toBe(3);
  expect(stderr).toMatch(/^capif: the annex cannot be written: ENOSPC/);
  expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
});
