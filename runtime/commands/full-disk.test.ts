/** `capif core` on a disk that is full, and one that cannot be written: an error that says so, and it goes on when there is room. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { control } from '../operating/control-socket.ts';
import { processFolder } from '../testing/role-processes.ts';

const { folder, start, run, close } = processFolder();
const disk = join(folder, 'capif-core');
mkdirSync(disk);
const isMounted = mounted('mount', '-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', disk);
if (!isMounted) console.log('skipped: a small disk can be mounted by root only');
afterAll(async () => {
  if (isMounted) mounted('umount', '--lazy', disk);
  await close();
});

function mounted(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const issue = () => control(disk, 'issue', { subject: 'somebody', lifetimeSeconds: 60 });

test.runIf(isMounted)('while the disk is full, nothing is acknowledged; then it goes on', async () => {
  await start('capif core --bind 127.0.0.1:0').until(/capif invoke .*\n/);
  await issue();
  const filler = join(disk, 'filler');
  for (let size = 1 << 20; size >= 1; size >>= 1) fill(filler, size);
  const refused = async () => {
    for (let n = 0; n < 1000; n += 1) await issue();
  };
  await expect(refused()).rejects.toThrow('nothing can be made durable: database or disk is full');
  rmSync(filler);
  await issue();
});

/** Adds this many bytes, if there is room. */
function fill(file: string, bytes: number): void {
  try {
    writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
  } catch {}
}

test.runIf(isMounted)('on a disk that cannot be written, it says so and does not start', async () => {
  const readOnly = join(folder, 'read-only');
  mkdirSync(readOnly);
  mounted('mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', readOnly);
  try {
    const { status, stderr } = await run(`capif core --folder ${readOnly}/capif-core --bind 127.0.0.1:0`);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/^capif: EROFS: read-only file system/),
    });
  } finally {
    mounted('umount', readOnly);
  }
});
