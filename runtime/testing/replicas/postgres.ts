/** A PostgreSQL server of a test, with a folder and a port of its own. PostgreSQL does not run as root: then it is the user `postgres`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const versions = '/usr/lib/postgresql';
const newest = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] : undefined;
const programs = newest && join(versions, newest, 'bin');

/** Why tests with a server are skipped, if they are. */
export const withoutPostgres = programs ? undefined : 'there is no PostgreSQL server: apt-get install postgresql';

export type PostgresServer = {
  url: string;
  port: number;
  start(): Promise<void>;
  /** `immediately`: without an orderly end of its sessions, as if it were killed. */
  stop(immediately?: boolean): Promise<void>;
  close(): Promise<void>;
};

export async function postgresServer(): Promise<PostgresServer> {
  const as = process.getuid?.() === 0 ? postgresUser() : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'capif-postgres-'));
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const options = { ...as, cwd: folder, stdio: 'ignore' as const };
  execFileSync(join(programs!, 'initdb'), ['-D', data, '-U', 'capif', '-A', 'trust', '--no-sync'], options);
  const port = await freePort();
  let running: ChildProcess | undefined;

  async function stop(immediately = false): Promise<void> {
    if (!running) return;
    const ended = once(running, 'exit');
    running.kill(immediately ? 'SIGQUIT' : 'SIGINT');
    await ended;
    running = undefined;
  }
  async function start(): Promise<void> {
    const server = spawn(
      join(programs!, 'postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'],
      { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    running = server;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      server.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('ready to accept connections')) resolve();
      });
      server.once('exit', () => reject(new Error(`PostgreSQL has ended: ${said}`)));
    });
  }

  await start();
  return {
    url: `postgres://capif@127.0.0.1:${port}/postgres`,
    port,
    start,
    stop,
    async close() {
      await stop(true);
      rmSync(folder, { recursive: true });
    },
  };
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
