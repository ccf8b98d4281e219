/** Roles as processes, started by the lines that a person would type, in a folder of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';

export type RoleProcess = {
  process: ChildProcess;
  /** All that it has said on standard output so far. */
  said(): string;
  /** Resolves with what it has said when that matches; rejects, with its errors, if it ends before. */
  until(pattern: RegExp): Promise<string>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
};
export type Finished = { status: number | null; stdout: string; stderr: string };

export type ProcessFolder = {
  folder: string;
  /** `line` begins with `capif`; `env` is added to that of this process. */
  start(line: string, env?: NodeJS.ProcessEnv): RoleProcess;
  run(line: string, ...more: string[]): Promise<Finished>;
  /** Kills what still runs, and removes the folder. */
  close(): Promise<void>;
};

export function processFolder(): ProcessFolder {
  const folder = mkdtempSync(join(tmpdir(), 'capif-'));
  const alive = new Set<ChildProcess>();

  function spawned(args: string[], env: NodeJS.ProcessEnv = {}) {
    const made = spawn(process.execPath, [inject('capif'), ...args], { cwd: folder, env: { ...process.env, ...env } });
    const text = { stdout: '', stderr: '' };
    alive.add(made);
    made.once('exit', () => alive.delete(made));
    for (const name of ['stdout', 'stderr'] as const)
      made[name].setEncoding('utf8').on('data', (more: string) => {
        text[name] += more;
      });
    return { made, text, ended: once(made, 'close') };
  }

  async function kill(made: ChildProcess): Promise<void> {
    if (!alive.has(made)) return;
    const gone = once(made, 'exit');
    made.kill('SIGKILL');
    await gone;
  }

  return {
    folder,
    start(line, env) {
      const { made, text, ended } = spawned(line.split(' ').slice(1), env);
      return {
        process: made,
        said: () => text.stdout,
        until: (pattern) =>
          new Promise((resolve, reject) => {
            const look = () => pattern.test(text.stdout) && resolve(text.stdout);
            made.stdout.on('data', look);
            ended.then(() => reject(new Error(`"${line}" has ended: ${text.stderr}`)));
            look();
          }),
        kill: () => kill(made),
      };
    },
    async run(line, ...more) {
      const { text, ended } = spawned([...line.split(' ').slice(1), ...more]);
      const [status] = await ended;
      return { status: status as number | null, ...text };
    },
    async close() {
      await Promise.all([...alive].map(kill));
      rmSync(folder, { recursive: true });
    },
  };
}

/** What `capif core` has said: where it is, and the commands for the other roles, the AEF before the service on this port. */
export function printedBy(said: string, { port }: { port: number } = { port: 8080 }) {
  const [, bind = ''] = /ready on (\S+)\.\n/.exec(said) ?? [];
  const command = (name: string) => new RegExp(`^ {2}(capif ${name} .*)$`, 'm').exec(said)?.[1] ?? '';
  const expose = command('expose').replace('127.0.0.1:8080', `127.0.0.1:${port}`);
  return { bind, expose, invoke: command('invoke') };
}

/** An HTTP service on loopback that answers `served`. */
export async function someService(): Promise<{ port: number; close(): void }> {
  const server = createServer((_, response) => response.end('served'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
