/** Versions of the machines, by name: of this checkout, of a revision in git, and exported. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { differencesOf } from './difference.ts';
import { amended, NoVersion, versionOf, written } from './versions.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const drawn = fileURLToPath(new URL('../drawn', import.meta.url));
const hasGit = spawnSync('git', ['rev-parse', '--verify', 'HEAD'], { cwd: drawn }).status === 0;
if (!hasGit) console.log('skipped: a revision is read (this is no clone, or there is no git)');

test.each([
  ['as-written', 'as-written/apiInvoker.chart.json'],
  ['as-written', 'as-written/apiInvoker.xstate.json'],
  ['amended', 'amended/invokerAdmission.chart.json'],
  ['amended', 'amended/invokerAdmission.xstate.json'],
])('%s is as it is exported in %s', async (name, file) => {
  expect(differencesOf(await versionOf(name, 'all'), await versionOf(join(drawn, file), 'all'))).toEqual([]);
});

test('an exported machine is compared with its own kind only', async () => {
  const of = await versionOf(join(drawn, 'as-written/apiPublishingFunction.chart.json'), 'all');
  expect(differencesOf(of, amended()).map(({ changes }) => changes.machine)).toEqual(['apiPublishingFunction']);
});

test.runIf(hasGit)('a revision has all its machines, without and with its amendments', async () => {
  const before = new Set(readdirSync(tmpdir()));
  const [all, none] = [await versionOf('HEAD', 'all'), await versionOf('HEAD', 'none')];
  expect(all.charts.map(({ machine }) => machine)).toContain('apiInvoker');
  expect(differencesOf(none, all).length).toBeGreaterThan(0);
  expect(none.charts.every(({ transitions }) => transitions.every(({ source }) => !source?.amendment))).toBe(true);
  const left = readdirSync(tmpdir()).filter((name) => /^capif-\w{6}$/.test(name) && !before.has(name));
  expect(left).toEqual([]);
});

test.each([
  ['nowhere', '"nowhere" is no file, and no revision'],
  ['--output=x', '"--output=x" is no file, and no revision'],
  ['HEAD; touch x', '"HEAD; touch x" is no file, and no revision'],
  ['nothing.json', 'nothing.json cannot be read: ENOENT'],
])('"%s" is said to be no version', async (name, says) => {
  await expect(versionOf(name, 'all')).rejects.toThrow(says);
  await expect(versionOf(name, 'all')).rejects.toBeInstanceOf(NoVersion);
});

test.each([
  ['{', /^.*is no exported machine: .*JSON/],
  ['[]', /is no exported machine: \/: /],
  ['{"id":7}', /is no exported machine: \/id: /],
  ['{"schema":1,"machine":"x","amendments":["more"]}', /is no exported machine: \/amendments\/0: /],
  ['{"id":"x","initial":"nowhere","states":{"here":{}}}', /is no exported machine: .*nowhere/],
])('%s is said to be no exported machine', async (text, says) => {
  const file = join(folder, 'machine.json');
  writeFileSync(file, text);
  await expect(versionOf(file, 'all')).rejects.toThrow(says);
});

test('what is here is as written, and amended', () => {
  expect(written().charts.map(({ machine }) => machine)).toEqual(amended().charts.map(({ machine }) => machine));
});
