/** A role of a run: in this process, or, if the run kills it, in one of its own with a folder for what it keeps. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RoleProcess, takeProcess } from './processes.ts';
import type { Orders, Telling } from './role.ts';
import { type OptionsOf, type RoleName, type StartedRole, starterOf } from './starters.ts';

/** What the role of this run needs beside its folder. */
type Wanted<R extends RoleName> = Omit<OptionsOf<R>, 'folder'>;
type OrdersOf<R extends RoleName> = StartedRole<R>['orders'];
type Perform<R extends RoleName, O extends keyof OrdersOf<R>> = Extract<OrdersOf<R>[O], (...args: never[]) => unknown>;

export type HostedRole<R extends RoleName> = {
  /** As it said when it started last. */
  about: StartedRole<R>['about'];
  /** Gives an order, wherever it is. */
  give<O extends keyof OrdersOf<R>>(
    order: O,
    ...args: Parameters<Perform<R, O>>
  ): Promise<Awaited<ReturnType<Perform<R, O>>>>;
  /** The timer of this length that was started last. */
  expire(ms: number): Promise<void>;
  isRunning(ms: number): Promise<boolean>;
  /** What is left to do where it is has had its turn. */
  turn(): Promise<void>;
  /** SIGKILL of its process. */
  kill(): Promise<void>;
  /** In a new process, it goes on from its folder. */
  startAgain(options: Wanted<R>): Promise<void>;
  close(): Promise<void>;
};

export const hostedRole = <R extends RoleName>(
  role: R,
  options: Wanted<R>,
  telling: Telling,
  isKilled: boolean,
): Promise<HostedRole<R>> => (isKilled ? inProcess(role, options, telling) : here(role, options, telling));

function orderedBy<R extends RoleName>(give: (order: string, ...args: unknown[]) => Promise<unknown>) {
  return {
    give: give as HostedRole<R>['give'],
    expire: (ms: number) => give('expire', ms) as Promise<void>,
    isRunning: (ms: number) => give('isRunning', ms) as Promise<boolean>,
    turn: () => give('turn') as Promise<void>,
  };
}

async function here<R extends RoleName>(role: R, options: Wanted<R>, telling: Telling): Promise<HostedRole<R>> {
  const start = (await starterOf(role)) as (options: object, telling: Telling) => Promise<StartedRole<R>>;
  const { about, orders } = await start({ ...options, folder: undefined }, telling);
  const never = () => Promise.reject(new Error(`the ${role} of this run is in no process of its own`));
  const give = async (order: string, ...args: unknown[]) => (orders as Orders)[order]!(...args);
  return {
    ...orderedBy<R>(give),
    about,
    kill: never,
    startAgain: never,
    close: () => give('close') as Promise<void>,
  };
}

async function inProcess<R extends RoleName>(role: R, first: Wanted<R>, telling: Telling): Promise<HostedRole<R>> {
  const folder = mkdtempSync(join(tmpdir(), `capif-play-${role}-`));
  let running: RoleProcess | undefined;
  const give = async (order: string, ...args: unknown[]) => {
    if (!running) throw new Error(`the process of the ${role} has been killed`);
    return running.give(order, ...args);
  };
  const start = async (options: Wanted<R>, isFirst: boolean) => {
    running = await takeProcess(role, telling, isFirst);
    return (await give('start', { ...options, folder })) as HostedRole<R>['about'];
  };
  const kill = async (): Promise<void> => {
    await running?.kill();
    running = undefined;
  };
  const close = async (): Promise<void> => {
    await running?.close();
    running = undefined;
    rmSync(folder, { recursive: true });
  };
  try {
    const hosted: HostedRole<R> = {
      ...orderedBy<R>(give),
      about: await start(first, true),
      kill,
      async startAgain(options) {
        hosted.about = await start(options, false);
      },
      close,
    };
    return hosted;
  } catch (error) {
    await kill();
    rmSync(folder, { recursive: true });
    throw error;
  }
}
