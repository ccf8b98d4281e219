/** Processes that are each a role of a run. Some are started before they are needed, because loading a role takes long. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Ordered, Told } from './host-process.ts';
import type { Telling } from './role.ts';
import type { RoleName } from './starters.ts';

export type RoleProcess = {
  /** Rejects if the order fails, or if the process ends before. */
  give(order: string, ...args: unknown[]): Promise<unknown>;
  /** SIGKILL; resolves when it is gone, and all that it had told has been heard. */
  kill(): Promise<void>;
  /** The role ends, and the process is there for another run. */
  close(): Promise<void>;
};

/** As this file is: TypeScript, or what was built of it. */
const isBuilt = import.meta.url.endsWith('.js');
const file = new URL(`./host-process.${isBuilt ? 'js' : 'ts'}`, import.meta.url);
const execArgv = isBuilt ? [] : ['--import', import.meta.resolve('tsx')];

/** Ready, or about to be. All end with this process. */
const spares: Record<RoleName, Promise<ChildProcess>[]> = { core: [], provider: [], invoker: [] };
/** Those whose role was closed at the end of its run: another run may begin in them. */
const used: Record<RoleName, ChildProcess[]> = { core: [], provider: [], invoker: [] };

/** Has as many processes as will be taken. Resolves when they are ready: a run waits for nothing while others hold connections. */
export async function prepare(role: RoleName, wanted: number): Promise<void> {
  while (spares[role].length < wanted) {
    const starting = started(role);
    // Whoever takes it hears of that.
    starting.catch(() => {});
    spares[role].push(starting);
  }
  await Promise.all(spares[role]);
}

async function started(role: RoleName): Promise<ChildProcess> {
  const child = fork(file, [role], {
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error(`a process for the ${role} ends before it is ready`)));
  });
  letEnd(child);
  return child;
}

/** Only a run that uses it keeps this process alive. */
function letEnd(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

/** `isFirst`: it may have had that role in an earlier run; after a restart, it is a new one. */
export async function takeProcess(
  role: RoleName,
  { record, onError }: Telling,
  isFirst: boolean,
): Promise<RoleProcess> {
  const child = (isFirst && used[role].pop()) || (await (spares[role].shift() ?? started(role)));
  child.ref();
  child.channel?.ref();
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let orders = 0;
  function hear(told: Told): void {
    if (told.told === 'line') return record(told.line);
    if (told.told === 'ready') return;
    if (told.told === 'error') {
      onError(new Error(told.because));
      return;
    }
    const { resolve, reject } = waiting.get(told.id)!;
    waiting.delete(told.id);
    if (told.told === 'done') resolve(told.result);
    else reject(new Error(told.because));
  }
  child.on('message', hear);
  // Comes after the last message.
  const gone = once(child, 'close').then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`the process of the ${role} has ended`));
  });
  const give = (order: string, ...args: unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      orders += 1;
      waiting.set(orders, { resolve, reject });
      child.send({ id: orders, order, args } satisfies Ordered, (error) => error && reject(error));
    });

  return {
    give,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async close() {
      await give('close');
      child.off('message', hear);
      letEnd(child);
      used[role].push(child);
    },
  };
}
