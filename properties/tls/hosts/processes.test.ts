/** The processes of a run end with it, however it ends. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject, test } from 'vitest';

/** What a process has started for its roles. */
function hostsOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, ppid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(ppid) === parent && args?.includes('host-process') ? [Number(pid)] : [];
  });
}
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.concurrent.for(['SIGKILL', 'SIGINT'] as const)(
  'when %s ends the run, its processes end too',
  { timeout: 180_000 },
  async (signal, { expect }) => {
    const args = ['walk', '--over', 'tls', '--setting', 'restarted', '--seed', '1', '--quiet', '--runs', '3'];
    const run = spawn(process.execPath, [inject('capif'), ...args], { stdio: 'ignore' });
    const ended = once(run, 'close');
    await expect.poll(() => hostsOf(run.pid!).length, { timeout: 60_000 }).toBeGreaterThan(0);
    const hosts = hostsOf(run.pid!);
    run.kill(signal);
    await ended;
    await expect.poll(() => hosts.filter(isAlive), { timeout: 60_000 }).toEqual([]);
  },
);
