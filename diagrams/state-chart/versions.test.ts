/** Versions of the machines by name: this checkout, a git revision, and exported machines. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { formatFiles } from '../format-files.ts';
import { differencesOf } from './difference.ts';
import { UnknownVersion, versionAmended, versionAsWritten, versionOf } from './versions.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const room = fileURLToPath(new URL('.', import.meta.url));
const hasGit = spawnSync('git', ['rev-parse', '--verify', 'HEAD'], { cwd: room }).status === 0;
if (!hasGit) console.log('skipped: reading a revision (not a clone, or git is not installed)');

for (const [file, text] of formatFiles(['chart-json', 'xstate-json'])) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

test.each([
  ['as-written', 'as-written/apiInvoker.chart.json'],
  ['as-written', 'as-written/apiInvoker.xstate.json'],
  ['amended', 'amended/invokerAdmission.chart.json'],
  ['amended', 'amended/invokerAdmission.xstate.json'],
])('%s does not differ from %s', async (name, file) => {
  expect(differencesOf(await versionOf(name, 'all'), await versionOf(join(folder, file), 'all'))).toEqual([]);
});

test('an exported machine is compared with the same machine only', async () => {
  const of = await versionOf(join(folder, 'as-written/apiPublishingFunction.chart.json'), 'all');
  expect(differencesOf(of, versionAmended()).map(({ changes }) => changes.machine)).toEqual(['apiPublishingFunction']);
});

test.runIf(hasGit)('a revision has all its machines, without and with its amendments', async () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  vi.stubEnv('TMPDIR', own);
  const [all, none] = [await versionOf('HEAD', 'all'), await versionOf('HEAD', 'none')];
  expect(all.charts.map(({ machine }) => machine)).toContain('apiInvoker');
  expect(differencesOf(none, all).length).toBeGreaterThan(0);
  expect(none.charts.every(({ transitions }) => transitions.every(({ source }) => !source?.amendment))).toBe(true);
  vi.unstubAllEnvs();
  expect(readdirSync(own)).toEqual([]);
});

test.each([
  ['nowhere', '"nowhere" is neither a file nor a git revision'],
  ['--output=x', '"--output=x" is neither a file nor a git revision'],
  ['HEAD; touch x', '"HEAD; touch x" is neither a file nor a git revision'],
  ['nothing.json', 'nothing.json cannot be read: ENOENT'],
])('"%s" is not a version', async (name, says) => {
  await expect(versionOf(name, 'all')).rejects.toThrow(says);
  await expect(versionOf(name, 'all')).rejects.toBeInstanceOf(UnknownVersion);
});

test.each([
  ['{', /^.*is not an exported machine: .*JSON/],
  ['[]', /is not an exported machine: \/: /],
  ['{"id":7}', /is not an exported machine: \/id: /],
  ['{"schema":1,"machine":"x","amendments":["more"]}', /is not an exported machine: \/amendments\/0: /],
  ['{"id":"x","initial":"nowhere","states":{"here":{}}}', /is not an exported machine: .*nowhere/],
])('%s is not an exported machine', async (text, says) => {
  const file = join(folder, 'machine.json');
  writeFileSync(file, text);
  await expect(versionOf(file, 'all')).rejects.toThrow(says);
});

test('this checkout has the same machines as written and amended', () => {
  expect(versionAsWritten().charts.map(({ machine }) => machine)).toEqual(
    versionAmended().charts.map(({ machine }) => machine),
  );
});
