/** Processes of their own for what is measured, which do what their parent asks of them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from './figure.ts';

export type Served<Place> = {
  place: Place;
  /** The answer of one of its commands; one is asked at a time. */
  ask<T>(command: string, argument?: unknown): Promise<T>;
  close(): Promise<void>;
};

/** `module`, of this folder, calls `serving`; `argument` is for it. */
export async function served<Place>(module: string, argument?: unknown): Promise<Served<Place>> {
  const own = fileURLToPath(import.meta.url);
  const execArgv = [...process.execArgv, '--expose-gc'];
  const child = fork(join(dirname(own), `${module}${extname(own)}`), [JSON.stringify(argument ?? null)], { execArgv });
  async function next<T>(): Promise<T> {
    const ended = new AbortController();
    const gone = once(child, 'exit', ended).then(([code]) => {
      throw new Error(`${module} has ended: ${code}`);
    });
    const [message] = (await Promise.race([once(child, 'message', ended), gone])) as [T];
    gone.catch(() => {});
    ended.abort();
    return message;
  }
  const { place } = await next<{ place: Place }>();
  return {
    place,
    async ask<T>(command: string, argument?: unknown) {
      const told = next<{ answer: T }>();
      child.send({ command, argument });
      return (await told).answer;
    },
    async close() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

/** `used` asks the process how much CPU time it has used, in microseconds. */
export async function withServed<Place>(
  module: string,
  measure: (place: Place, used: () => Promise<number>) => Promise<Bench[]>,
): Promise<Bench[]> {
  const { place, ask, close } = await served<Place>(module);
  try {
    return await measure(place, () => ask('used'));
  } finally {
    await close();
  }
}

/** In such a process: tells its parent where it serves, and answers its commands until the parent lets it go. */
export function serving(
  place: unknown,
  commands: Record<string, (argument: never) => unknown>,
  end: () => void = () => {},
): void {
  process.on('message', async ({ command, argument }: { command: string; argument: never }) => {
    process.send?.({ answer: await commands[command]!(argument) });
  });
  process.on('disconnect', () => {
    end();
    process.exit();
  });
  process.send?.({ place });
}
