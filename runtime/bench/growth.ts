/** What each more invoker costs the roles: memory while it is idle, and a method change that concerns all invokers at once. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Bench } from './figure.ts';
import type { Address, Own, Watched } from './growth-process.ts';
import { type Served, served } from './served.ts';

/** Longer than a server keeps a connection on which nothing happens. */
const idleMs = 7_000;
const path = 'growth-process';

/** Invokers in a process, at a core and an AEF with a process each; powers of ten up to `most`. */
export async function growth(most: number, tell: (text: string) => void): Promise<Bench[]> {
  const started = (own: Own) => served<Address & { registrationSecret: string }>(path, own);
  const core = await started({ role: 'core' });
  const { registrationSecret, ...address } = core.place;
  const aef = await started({ role: 'aef', core: address, registrationSecret });
  const invokers = await started({ role: 'invokers', core: address });
  const roles = { core, aef, invokers };
  const benches: Bench[] = [];
  let method: SecurityMethod = 'PKI';
  let before: Size = { count: 0, memory: {} };
  try {
    for (let count = 10; count <= most; count *= 10) {
      const started = performance.now();
      await add(count - before.count, method, roles);
      tell(`${count} invokers have an association, after ${((performance.now() - started) / 1000).toFixed(1)} s`);
      await pause(idleMs);
      const size: Size = { count, memory: {} };
      for (const [role, one] of Object.entries(roles)) size.memory[role] = await one.ask('memory');
      // The first size has all that is there once.
      if (before.count > 0) benches.push(...Object.keys(roles).map((role) => memoryOf(role, before, size)));
      before = size;
      method = method === 'PKI' ? 'PSK' : 'PKI';
      benches.push(...(await change(count, method, roles, tell)));
    }
    return benches;
  } finally {
    for (const one of [invokers, aef, core]) await one.close();
  }
}

type Roles = Record<'core' | 'aef' | 'invokers', Served<unknown>>;
type Size = { count: number; memory: Record<string, number> };

async function add(count: number, method: SecurityMethod, { core, invokers }: Roles): Promise<void> {
  for (let left = count; left > 0; left -= 500) {
    const tokens = await core.ask<string[]>('tokens', Math.min(left, 500));
    await invokers.ask('add', { tokens, method });
  }
}

function memoryOf(role: string, before: Size, { count, memory }: Size): Bench {
  const bytes = (memory[role]! - before.memory[role]!) / (count - before.count);
  return { name: `idle ${role} ${count}`, median: bytes / 1000, unit: 'kB of heap an invoker', runs: 1, ratios: {} };
}

async function change(
  count: number,
  method: SecurityMethod,
  { core, aef, invokers }: Roles,
  tell: (text: string) => void,
): Promise<Bench[]> {
  for (const one of [core, aef]) await one.ask('watch');
  await aef.ask('change', method);
  const { seconds, gaveUp } = await invokers.ask<{ seconds: number; gaveUp: number }>('converge', method);
  const atCore = await core.ask<Watched>('watched');
  const atAef = await aef.ask<Watched>('watched');
  tell(
    `${count} invokers: ${atCore.questions} questions to the core, ${atCore.refused} failed handshakes there and ${atAef.refused} at ` +
      `the AEF, ${gaveUp} invocations given up; longest delay ${atCore.longestMs.toFixed(0)} and ${atAef.longestMs.toFixed(0)} ms`,
  );
  const figure = { runs: 1, ratios: {} };
  return [
    { name: `converged ${count}`, median: seconds, unit: 's', ...figure },
    { name: `questions ${count}`, median: atCore.questions / count, unit: 'to the core, an invoker', ...figure },
    { name: `refused ${count}`, median: atCore.refused, unit: 'handshakes at the core', ...figure },
    { name: `delay core ${count}`, median: atCore.p99Ms, unit: 'ms, 99 % of turns', ...figure },
    { name: `delay aef ${count}`, median: atAef.p99Ms, unit: 'ms, 99 % of turns', ...figure },
  ];
}
