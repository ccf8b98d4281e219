/** Compares what the roles record with the steps of the model, one by one: of all roles in this process, and of each that has its own. */

import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../../machines/effects.ts';
import { stateName } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { MachineStep } from '../model/macro-step.ts';
import { type Part, parts } from '../model/state.ts';
import type { RoleName } from './hosts/starters.ts';

/** The runtime did something else than the model. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

export type Comparison = ReturnType<typeof startComparison>;

/** Which machines are of one role. */
export const partsOf: { readonly [R in RoleName]: readonly Part[] } = {
  core: ['capifCoreFunction', 'publishedService'],
  provider: ['apiExposingFunction', 'invokerAdmission', 'apiPublishingFunction'],
  invoker: ['apiInvoker'],
};
const roleOf = (part: Part): RoleName =>
  (Object.keys(partsOf) as RoleName[]).find((role) => partsOf[role].includes(part)) as RoleName;

/** What was recorded in one process, in its order. */
type Lines = { lines: TraceLine[]; read: number; isAwaited(): void };

/**
 * `patienceMs`: how long to wait for what must happen at once. Nothing else depends on real time. `killed`: the roles that have
 * processes of their own; between processes there is no order but that of what they send to each other.
 */
export function startComparison(patienceMs: number, killed: ReadonlyMap<RoleName, unknown>) {
  const states = new Map<string, unknown>();
  const all = new Map<RoleName | 'here', Lines>();
  const linesOf = (part: Part): Lines => {
    const role = roleOf(part);
    const place = killed.has(role) ? role : 'here';
    const known = all.get(place) ?? { lines: [], read: 0, isAwaited: () => {} };
    all.set(place, known);
    return known;
  };

  /** Waits for something that the runtime does if it agrees with the model. */
  async function soon<T>(what: string, happens: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Disagreement(what)), patienceMs);
    });
    try {
      return await Promise.race([happens, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function next(part: Part, what: string): Promise<TraceLine> {
    const from = linesOf(part);
    while (from.lines.length === from.read) {
      const more = new Promise<void>((resolve) => {
        from.isAwaited = resolve;
      });
      await soon(what, more);
    }
    return from.lines[from.read++]!;
  }

  return {
    soon,
    record(line: TraceLine): void {
      const part = parts.find((one) => one === line.role);
      if (!part) return;
      states.set(part, line.state);
      if (isForgotten(line)) states.delete(part);
      if (line.event.type === 'begin' || line.event.type === 'resumed') return;
      const to = linesOf(part);
      to.lines.push(line);
      to.isAwaited();
    },
    /** Lines recorded until now lead to the initial state, and are not compared. */
    begin(): void {
      for (const one of all.values()) one.read = one.lines.length;
    },
    hasBegun: (part: Part): boolean => states.has(part),
    stateOf: (part: Part): unknown => states.get(part),
    /** The role has been killed: its machines are where it goes on with them, or begin again at their next events. */
    forget(role: RoleName): void {
      for (const part of partsOf[role]) states.delete(part);
    },
    /** The next line must be this step. */
    async expect(step: MachineStep): Promise<void> {
      const { part, event } = step;
      const line = await next(part, `${part} does not receive ${event.type}; in the model it receives ${text(event)}`);
      const differs = difference(step, line);
      if (differs) throw new Disagreement(differs);
    },
    /** There must be no line without a step of the model. */
    expectNothing(): void {
      for (const { lines, read } of all.values()) {
        const line = lines[read];
        if (line) throw new Disagreement(`${line.role} receives ${text(line.event)}; in the model it receives nothing`);
      }
    },
  };
}

/** The machine says that nothing about this invoker needs to be remembered: another takes its place when it comes again. */
const isForgotten = ({ effects }: TraceLine): boolean =>
  (effects as Effect[]).some(({ type }) => type === 'forgetInvoker');

const text = (event: object): string => JSON.stringify(event);

function difference({ part, event, after, effects }: MachineStep, line: TraceLine): string | undefined {
  if (line.role !== part || !isDeepStrictEqual(plain(line.event, part), plain(event, part))) {
    return `${line.role} receives ${text(line.event)}; in the model ${part} receives ${text(event)}`;
  }
  if (!isDeepStrictEqual(line.state, after.value)) {
    return `${part} is ${stateName(line.state)}; in the model it is ${stateName(after.value)}`;
  }
  const performed = (line.effects as Effect[]).filter(({ type }) => type !== 'startTimer' && type !== 'stopTimer');
  const isByKey = (event as { method?: string }).method === 'PSK';
  const compared = (some: readonly Effect[]) => (isByKey ? some : some.map((one) => plain(one, part)));
  if (!isDeepStrictEqual(compared(performed), compared(effects))) {
    return `${part} performs ${text(performed)}; in the model ${text(effects)}`;
  }
  return undefined;
}

/** CAPIF-2e carries no credential number: of an invocation by certificate or token, the AEF has its own count. */
function plain(value: object, part: Part): unknown {
  const isOfAef = part === 'apiExposingFunction' || part === 'invokerAdmission';
  const { message, event, ...others } = value as { message?: object; event?: object; type: string };
  if (isOfAef && message) return { ...others, message: plain(message, part) };
  if (isOfAef && event) return { ...others, event: plain(event, part) };
  if (!isOfAef || !aboutInvocations.includes(others.type)) return { ...value };
  const { credential, method, ...rest } = value as { credential?: number; method?: string };
  return method === 'PSK' ? { ...rest, method, credential } : { ...rest, ...(method && { method }) };
}

const aboutInvocations = [
  'ServiceApiInvocation',
  'ServiceApiInvocationResponse',
  'IncorrectMethodFailure',
  'NotAuthenticatedFailure',
  'NotAuthorizedFailure',
];
