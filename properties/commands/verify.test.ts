/** `capif verify`: the shape of its JSON, counterexamples as files that can be replayed, partial reports, and exit codes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterAll, afterEach, expect, inject, test, vi } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import { settings } from '../model/setting.ts';
import { replay } from '../traces/scenario.ts';
import { addCommands } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

function verify(...args: string[]) {
  let stdout = '';
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  vi.spyOn(console, 'log').mockImplementation((text) => {
    stdout += `${text}\n`;
  });
  const program = new Command('capif');
  addCommands(program);
  for (const command of program.commands) command.exitOverride();
  try {
    program.parse(['verify', ...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // As in capif.ts.
    process.exitCode = 2;
  }
  return { status: process.exitCode, stdout };
}

const propertyOf = (verdict: string) => ({
  sentence: expect.stringMatching(/./),
  clause: expect.stringMatching(/./),
  kind: expect.stringMatching(/./),
  verdict,
  evidence: expect.stringMatching(/^(unbounded|exhaustive)$/),
  states: expect.any(Number),
  transitions: expect.any(Number),
  seconds: expect.any(Number),
  asked: expect.any(Number),
});

test('one setting with one set of amendments gives one object, with a verdict for each property', () => {
  const { status, stdout } = verify('--setting', 'three', '--amendments', 'all', '--json');
  const report = JSON.parse(stdout);
  expect(status).toBe(0);
  expect(report).toMatchObject({ schema: 1, setting: 'three', amendments: allAmendments, complete: true });
  expect(report.assumptions.length).toBeGreaterThan(2);
  expect(report.memory.bytesPerState).toBeGreaterThan(8);
  expect(report.memory.peakBytes).toBeGreaterThan(report.memory.graphBytes);
  expect(report.properties.length).toBeGreaterThan(15);
  for (const property of report.properties) expect(property).toMatchObject(propertyOf('holds'));
  expect(report).not.toHaveProperty('results');
  expect(report).not.toHaveProperty('mutants');
});

test('several searches are reported in "results", and the object itself is the last one: all amendments', () => {
  const { status, stdout } = verify('--setting', 'three', '--json');
  const { results, setting, amendments, properties } = JSON.parse(stdout);
  expect(status).toBe(0);
  expect(results.map((one: { amendments: string[] }) => one.amendments)).toEqual([[], allAmendments]);
  expect({ setting, amendments, properties }).toEqual({
    setting: 'three',
    amendments: allAmendments,
    properties: results[1].properties,
  });
});

test('a counterexample lists its actions, and is saved as a file that reads as it is replayed', () => {
  const args = ['--setting', 'fair', '--amendments', 'none', '--counterexamples', folder];
  const { status, stdout } = verify(...args, '--json');
  const failing = JSON.parse(stdout).properties.filter(({ verdict }: { verdict: string }) => verdict === 'fails');
  expect(status).toBe(1);
  expect(failing.length).toBeGreaterThan(2);
  expect(readdirSync(folder)).toContain('fair-as-written-L1.txt');
  expect(readdirSync(folder).length).toBe(failing.length);
  for (const { sentence, counterexample } of failing) {
    expect(counterexample.forEver.length).toBeGreaterThan(0);
    const text = readFileSync(counterexample.file, 'utf8');
    expect(text).toContain(sentence);
    const replayed = replay(text);
    expect(replayed).toMatchObject({ outcome: 'played', text, loopAt: counterexample.moves.length });
  }
  expect(verify(...args).stdout).toMatch(/ {2}FAILS {2}L1 [\s\S]*saved as .*fair-as-written-L1\.txt\n/);
}, 60_000);

test('a search that stops at its limit reports no property to hold, but what it has seen happen', () => {
  const { status, stdout } = verify('--setting', 'fair', '--amendments', 'all', '--limit', '500', '--json');
  const { complete, properties } = JSON.parse(stdout);
  expect({ status, complete }).toEqual({ status: 3, complete: false });
  for (const { kind, verdict, evidence } of properties) {
    expect(evidence).toBe('partial');
    if (kind !== 'sometimes') expect(verdict).toBe('not violated so far');
  }
});

test('a property that fails in some of the states fails', () => {
  const { status, stdout } = verify('--setting', 'fair', '--amendments', 'none', '--limit', '6000', '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout).complete).toBe(false);
  expect(stdout).toContain('"verdict":"fails","evidence":"partial"');
});

test('options that exclude each other, or name an unknown setting, are wrong usage', () => {
  expect(verify('--setting', 'nowhere').status).toBe(2);
  expect(verify('--ablation', '--mutants').status).toBe(2);
  expect(verify('--setting', 'all', '--promela', join(folder, 'model.pml')).status).toBe(2);
});

test('Ctrl-C ends a search with a report that says it is partial (exit code 130)', async () => {
  // Far too large to be explored before the signal comes.
  const args = [inject('capif'), 'verify', '--setting', 'all', '--limit', '900000000', '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  // Once it tells of its progress.
  child.stderr.once('data', () => child.kill('SIGINT'));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status).toBe(130);
  const { partial, complete, properties, results, notAsked, setting } = JSON.parse(stdout);
  expect(partial).toBe(true);
  // On a slow machine the first search is also the last, and its report stands by itself.
  expect((results?.length ?? 1) + notAsked.length).toBe(2 * settings.length);
  expect(notAsked.length).toBeGreaterThan(0);
  expect(notAsked.at(-1)).toEqual({ setting: settings.at(-1)!.name, amendments: allAmendments });
  if (!complete) {
    expect(properties.some(({ verdict }: { verdict: string }) => verdict === 'not violated so far')).toBe(true);
    for (const { kind, verdict } of properties) if (kind !== 'sometimes') expect(verdict).not.toBe('holds');
  }
  expect(typeof setting).toBe('string');
}, 60_000);
