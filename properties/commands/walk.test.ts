/** `capif walk`: progress, and what Ctrl-C leaves. */
import { spawn } from 'node:child_process';
import { expect, inject, test } from 'vitest';

const cli = inject('capif');

/** Ctrl-C once it tells of its progress. */
async function interrupted(...args: string[]) {
  const child = spawn(process.execPath, [cli, 'walk', ...args]);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    said.stdout += data;
  });
  child.stderr.on('data', (data) => {
    said.stderr += data;
  });
  child.stderr.once('data', () => child.kill('SIGINT'));
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, ...said };
}

test.concurrent.each([['in the model'], ['over TLS', '--over', 'tls']])(
  'Ctrl-C ends walks %s, and says what was done',
  async (_, ...over) => {
    const { status, stdout, stderr } = await interrupted('--runs', '1000000', '--seed', '1', '--json', ...over);
    expect({ status, stderr }).toEqual({ status: 130, stderr: expect.stringMatching(/^(storm: \d+ walks.*\n)+$/) });
    const { partial, runs, seed, moves, verdict } = JSON.parse(stdout);
    expect({ partial, seed }).toEqual({ partial: true, seed: 1 });
    expect(runs).toBeGreaterThan(0);
    expect(moves).toBeGreaterThan(0);
    expect(verdict).toMatch(/so far$/);
  },
  180_000,
);

test.concurrent('Ctrl-C leaves a report that says it is partial, and the seed to repeat', async () => {
  const { status, stdout } = await interrupted('--runs', '1000000');
  expect(status).toBe(130);
  expect(stdout).toMatch(/^storm, all amendments: \d+ walks, .* seed\s+-?\d+\nPARTIAL: ended by Ctrl-C/s);
});
