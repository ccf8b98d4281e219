/**
 * Methods that change, invocations, and invokers that come and go, for long: what core, AEF and invokers hold must not grow.
 * 2,000 changes are 100,000 invocations and 10,000 invokers.
 */
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { createInvoker } from '../invoker/invoker.ts';
import { type Bench, inParallel } from './figure.ts';
import { served } from './served.ts';
import { type Held, heldByProcess, type Soaked } from './soaked-roles.ts';

/** For each change. */
const invocationsEach = 50;
const invokersEach = 5;

/** The roles, wherever they are. */
export type Target = {
  place: Soaked['place'];
  changeMethods(methods: SecurityMethod[]): Promise<unknown>;
  onboardingToken(): Promise<string>;
  held(): Promise<Held>;
};
/** `done`: how many changes. */
export type Point = { done: number; roles: Held; invokers: Omit<Held, 'records'> };

const methods: readonly SecurityMethod[] = ['OAUTH', 'PSK', 'PKI'];
const path = '/greetings/v1/hello';

/** What is held after each fifth. */
export async function soak(target: Target, changes: number, tell: (point: Point) => void = () => {}): Promise<Point[]> {
  const { core, aefId } = target.place;
  const pause = { firstMs: 1, longestMs: 50 };
  const arriving = async () => createInvoker({ core, onboardingToken: await target.onboardingToken(), pause });
  const staying = await arriving();
  const points: Point[] = [];
  async function invoked(by: typeof staying): Promise<void> {
    const answer = await by.fetch(path, { aefId });
    if (answer.status !== 200) throw new Error(`an invocation is answered ${answer.status}`);
    await answer.arrayBuffer();
  }
  async function comesAndGoes(invoker: typeof staying): Promise<void> {
    try {
      await invoked(invoker);
      await invoker.offboard();
    } finally {
      invoker.close();
    }
  }
  try {
    for (let change = 0; change < changes; change += 1) {
      await target.changeMethods([methods[change % methods.length]!]);
      await inParallel(8, invocationsEach, () => invoked(staying));
      const coming = [];
      for (let n = 0; n < invokersEach; n += 1) coming.push(await arriving());
      await Promise.all(coming.map(comesAndGoes));
      const done = change + 1;
      if (done % Math.ceil(changes / 5) !== 0 && done !== changes) continue;
      const point = { done, roles: await target.held(), invokers: heldByProcess() };
      points.push(point);
      tell(point);
    }
  } finally {
    staying.close();
  }
  return points;
}

/** What has grown from the point in the middle to the last, in words: before it, what is bounded fills. */
export function growth(points: readonly Point[]): string[] {
  const [first, last] = [points[(points.length - 1) >> 1], points.at(-1)];
  if (!first || !last || points.length < 2) return ['there is nothing to compare'];
  const grown: string[] = [];
  for (const side of ['roles', 'invokers'] as const) {
    const [before, after] = [first[side], last[side]];
    if (after.heapBytes > before.heapBytes + heapLeewayBytes)
      grown.push(`heap of ${side}: from ${inMiB(before.heapBytes)} to ${inMiB(after.heapBytes)}`);
    if (after.handles > before.handles + handlesLeeway)
      grown.push(`handles of ${side}: from ${before.handles} to ${after.handles}`);
  }
  for (const [name, after] of Object.entries(last.roles.records)) {
    if (name in bounded && after <= bounded[name]!) continue;
    const before = first.roles.records[name] ?? 0;
    const leeway = name === revocations ? invokersEach * last.done : recordsLeeway;
    if (after > before + leeway) grown.push(`records of ${name}: from ${before} to ${after}`);
  }
  return grown;
}
/** Those that came last are remembered, in a run that is too short for so many. Tokens are kept until a minute after they expire. */
const bounded: Record<string, number> = {
  'core api-invokers': 1_010,
  'core certificates': 1_010,
  'core onboarding-tokens': 2_000,
};
/** A token of an invoker that is gone may still be valid, so the AEF remembers that it is revoked. */
const revocations = 'aef revocations of greetings';
const heapLeewayBytes = 4 * 2 ** 20;
/** Connections that are about to close, and timers. */
const handlesLeeway = 20;
const recordsLeeway = 20;
const inMiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function tell({ done, roles, invokers }: Point): void {
  const of = (held: Omit<Held, 'records'>) =>
    `heap ${inMiB(held.heapBytes)}, RSS ${inMiB(held.rssBytes)}, ${held.handles} handles`;
  const records = Object.entries(roles.records).filter(([, count]) => count > 0);
  const inWords = records.map(([name, count]) => `${name} ${count}`).join(', ');
  process.stderr.write(`${done} changes: roles ${of(roles)}; invokers ${of(invokers)}; records: ${inWords}\n`);
}

/** Throws where something has grown. */
export async function soaking(changes: number): Promise<Bench[]> {
  const { place, ask, close } = await served<Soaked['place']>('soaked-process');
  const started = performance.now();
  try {
    const target: Target = {
      place,
      changeMethods: (wanted) => ask('changeMethods', wanted),
      onboardingToken: () => ask('onboardingToken'),
      held: () => ask('held'),
    };
    const points = await soak(target, changes, tell);
    const [errors, grown] = [await ask<string[]>('errors'), growth(points)];
    if (grown.length > 0 || errors.length > 0) throw new Error([...grown, ...errors].join('\n'));
    const heap = points.at(-1)!.roles.heapBytes / points[0]!.roles.heapBytes;
    const seconds = (performance.now() - started) / 1000;
    return [{ name: 'soak', median: seconds, unit: 's', runs: 1, ratios: { 'the heap at first': heap } }];
  } finally {
    await close();
  }
}
