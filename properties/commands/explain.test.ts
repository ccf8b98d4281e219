/** `capif explain`: its exit codes, its scenario, and which of several parties it is about. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { replay } from '../traces/scenario.ts';
import { addCommands } from './explain.ts';

const folder = mkdtempSync(join(tmpdir(), 'capif-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});
const example = readFileSync(new URL('../../examples/exchanges.ndjson', import.meta.url), 'utf8');

function explain(text: string, ...options: string[]) {
  const file = join(folder, 'log.ndjson');
  writeFileSync(file, text);
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
    program.parse(['explain', file, ...options], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // As in capif.ts.
    process.exitCode = 2;
  }
  return { status: process.exitCode, said };
}

test('the answer is a scenario that can be played, with the lines that it explains', () => {
  const { status, said } = explain(example);
  expect(status).toBe(0);
  expect(said).toMatch(/^# .*log\.ndjson: this run of the model explains its 7 exchanges\nbegin setting=/);
  expect(said).toContain('# line 4: i1 to aef1, GET /tides/v1/hello, 403\ndeliver IncorrectMethodFailure 1');
  expect(replay(said)).toMatchObject({ outcome: 'played', text: `${said}\n` });
  const { run, ...told } = JSON.parse(explain(example, '--json').said);
  expect(told).toMatchObject({ schema: 1, outcome: 'explained', scenario: said });
  expect(run.filter(({ lines }: { lines: number[] }) => lines.length > 0)).toHaveLength(7);
});

test('the first exchange without an explanation is named; too few states leave it open', () => {
  const lines = example.split('\n');
  const wrong = [...lines.slice(0, 4), lines[6]].join('\n');
  const said = expect.stringContaining('log.ndjson:5: GET /tides/v1/hello, 200: no run of the model explains this');
  const written = ['--amendments', 'none'];
  expect(explain(wrong, ...written)).toEqual({ status: 1, said });
  expect(JSON.parse(explain(wrong, ...written, '--json').said)).toEqual({ schema: 1, outcome: 'unexplained', line: 5 });
  expect(explain(wrong, '--states', '5')).toEqual({ status: 1, said: expect.stringContaining('--states sets') });
  expect(explain(wrong, '--states', '5', '--quiet')).toEqual({ status: 1, said: '' });
}, 120_000);

test('of several invokers one must be chosen; a line that is no exchange is named', () => {
  const two = example + example.replaceAll('"i1"', '"i2"');
  expect(explain(two)).toEqual({ status: 2, said: expect.stringContaining('choose one with --invoker: i1, i2') });
  expect(explain(two, '--invoker', 'i2').status).toBe(0);
  expect(explain('{}\n')).toEqual({
    status: 2,
    said: expect.stringContaining('log.ndjson:1: not an exchange: from: '),
  });
  const onboarding = '{"from":"i1","to":"c","method":"POST","path":"/api-invoker-management/v1/onboardedInvokers"}';
  expect(explain(onboarding)).toEqual({ status: 2, said: expect.stringContaining('no exchange that the model knows') });
});
