/** The command line: what it prints where, its exit codes, and that nobody is shown a stack trace. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const cli = inject('capif');
const folder = mkdtempSync(join(tmpdir(), 'capif-'));
afterAll(() => rmSync(folder, { recursive: true }));

function capif(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect(stderr).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)/);
  return { status, stdout, stderr };
}

const recorded = join(folder, 'run.ndjson');
let run: ReturnType<typeof capif>;
beforeAll(() => {
  run = capif('run', '--methods', 'PSK,PKI', '--trace', recorded);
});

test('capif run tells the story on standard error and prints the summary on standard output', () => {
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/^change +result +refused +asked again +requests +ms\nPSK → PKI +converged +1 +1 +4 /);
  expect(run.stderr).toMatch(
    /api-invoker-1 → aef-1 +GET \/greetings\/v1\/hello +403 incorrect method\n +CAPIF-2e TLSv1\.3 TLS_AES_128_GCM_SHA256 by PSK api-invoker-1/,
  );
  for (const state of ['mismatch', 'authenticated.renegotiating', 'negotiated.initiatingAuthentication']) {
    expect(run.stderr).toContain(`api-invoker-1 is ${state}\n`);
  }
});

test('lines fit a terminal', () => {
  const commands = ['run', 'verify', 'walk', 'play', 'trace', 'explain', 'findings', 'draw', 'diff', 'chart', 'annex'];
  const helps = commands.map((command) => capif(command, '--help').stdout);
  const lines = [run.stderr, run.stdout, capif('--help').stdout, ...helps].join('\n').split('\n');

  expect(lines.filter((line) => line.length > 110)).toEqual([]);
});

test('capif run --json prints one object of schema 1, and no story', () => {
  const { status, stdout, stderr } = capif('run', '--methods', 'OAUTH,PKI,OAUTH', '--json');
  expect(status).toBe(0);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    converged: true,
    changes: [
      { from: 'OAUTH', to: 'PKI', refused: 1, renegotiations: 1, requests: 4, ms: expect.any(Number) },
      { from: 'PKI', to: 'OAUTH', refused: 1, renegotiations: 1, requests: 4, ms: expect.any(Number) },
    ],
  });
});

test('capif run exits with 1 when the text as written does not converge, and says why', () => {
  const { status, stdout } = capif(
    'run',
    '--methods',
    'OAUTH,PKI',
    '--amendments',
    'none',
    '--publication',
    'lost',
    '--refusals-max',
    '5',
    '--quiet',
  );
  expect(status).toBe(1);
  expect(stdout).toContain('OAUTH → PKI: refused 5 times in a row, which nothing in the text bounds or ends');
  expect(stdout).toContain('The invoker did NOT converge.');
});

test('capif trace accepts a recorded run, and refuses an altered line by its number', () => {
  expect(capif('trace', recorded)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('are steps of the model'),
  });

  const lines = readFileSync(recorded, 'utf8').split('\n');
  const n = lines.findIndex((line) => line.includes('"event":{"type":"IncorrectMethodFailure"'));
  lines[n] = lines[n]!.replace('"state":"mismatch"', '"state":"pausing"');
  const altered = join(folder, 'altered.ndjson');
  writeFileSync(altered, lines.join('\n'));
  const { status, stdout } = capif('trace', altered);
  expect(status).toBe(1);
  expect(stdout).toContain(`${altered}:${n + 1}: not a step of the model: `);

  writeFileSync(altered, `${lines[0]}\nnot json\n`);
  const malformed = capif('trace', altered, '--json');
  expect(malformed.status).toBe(2);
  expect(JSON.parse(malformed.stdout)).toEqual({
    schema: 1,
    outcome: 'malformed',
    file: altered,
    line: 2,
    because: 'it is not JSON',
  });
});

test('nobody need read the output', () => {
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', '"$0" "$1" trace --help | true; exit $PIPESTATUS', process.execPath, cli],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.each(['2>&-', '2>/dev/full', '2> >(true)'])('a command whose standard error is %s goes on', (closed) => {
  const command = `"$0" "$1" run --methods PSK,PKI ${closed}`;
  const { status, stdout } = spawnSync('bash', ['-c', command, process.execPath, cli], { encoding: 'utf8' });
  expect(stdout).toContain('The invoker converged on every change.');
  expect(status).toBe(0);
});

test('wrong usage exits with 2 and says what is right', () => {
  const wrong: [string[], string][] = [
    [['run', '--methods', 'PSK'], 'A change needs at least two methods'],
    [['run', '--methods', 'PSK,FIDO'], '"FIDO" is none of PSK, PKI, OAUTH'],
    [['run', '--amendments', 'more'], '"more" is neither all, nor none, nor a list of amendments'],
    [['run', '--publication', 'never'], 'It must be prompt, late:MS (as in late:300) or lost.'],
    [['run', '--tls', '1.1'], 'Allowed choices are 1.2, 1.3'],
    [['run', '--patience', '99999999999'], 'It must be a whole number from 1 to 86400000.'],
    [['run', '--refusals-max', '0'], 'It must be a whole number from 1 to 100000.'],
    [['walk', '--runs', '999999999'], 'It must be a whole number from 1 to 10000000.'],
    [['walk', '--length', '1e9'], 'It must be a whole number from 1 to 10000.'],
    [['verify', '--limit', '-1'], 'It must be a whole number from 1 to 1000000000.'],
    [['dance'], "unknown command 'dance'"],
    [['trace'], "missing required argument 'files'"],
    [['trace', join(folder, 'nothing')], 'cannot be read'],
  ];
  for (const [args, says] of wrong)
    expect(capif(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(says) });
});

test.each([
  ['127.0.0.1', [], 'It must be a URL, as in postgres://user@127.0.0.1:5432/capif.'],
  ['postgres://127.0.0.1/x', [], '--store-key-file is missing: the replicas share one key'],
  ['postgres://127.0.0.1/x', ['--bind', '0.0.0.0:1'], '--replica-address is missing'],
])('a replica at the database %s, with %j, is told what is wrong', (database, more, says) => {
  const { status, stderr } = capif('core', '--database', database, ...more);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(says) });
});

test('every command has help with examples', () => {
  for (const command of ['run', 'trace']) {
    expect(capif(command, '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/Examples:\n {2}capif /),
    });
  }
});

test('a trace that cannot be written ends no run: it is told once, and the exit code is 3', () => {
  const { status, stdout, stderr } = capif('run', '--methods', 'PSK,PKI', '--trace', '/dev/full');
  expect(status).toBe(3);
  expect(stderr.match(/the trace cannot be written/g)).toHaveLength(1);
  expect(stdout).toContain('The invoker converged on every change.');
  expect(stdout).not.toContain('Recorded in');
});
