/** Compares what the roles record with the steps of the model, one by one. */

import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../../machines/effects.ts';
import { stateName } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { MachineStep } from '../model/macro-step.ts';
import { type Part, parts } from '../model/state.ts';

/** The runtime did something else than the model. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

export type Comparison = ReturnType<typeof startComparison>;

/** `patienceMs`: how long to wait for what must happen at once. Nothing else depends on real time. */
export function startComparison(patienceMs: number) {
  const lines: TraceLine[] = [];
  const states = new Map<string, unknown>();
  let isAwaited = () => {};
  let read = 0;

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

  async function next(what: string): Promise<TraceLine> {
    while (lines.length === read) {
      const more = new Promise<void>((resolve) => {
        isAwaited = resolve;
      });
      await soon(what, more);
    }
    return lines[read++]!;
  }

  return {
    soon,
    record(line: TraceLine): void {
      if (!(parts as readonly string[]).includes(line.role)) return;
      states.set(line.role, line.state);
      if (isForgotten(line)) states.delete(line.role);
      if (line.event.type === 'begin' || line.event.type === 'resumed') return;
      lines.push(line);
      isAwaited();
    },
    /** Lines recorded until now lead to the initial state, and are not compared. */
    begin(): void {
      read = lines.length;
    },
    hasBegun: (part: Part): boolean => states.has(part),
    stateOf: (part: Part): unknown => states.get(part),
    /** A machine that has lost its memory begins again at its next event. */
    forget(part: Part): void {
      states.delete(part);
    },
    /** The next line must be this step. */
    async expect(step: MachineStep): Promise<void> {
      const { part, event } = step;
      const line = await next(`${part} does not receive ${event.type}; in the model it receives ${text(event)}`);
      const differs = difference(step, line);
      if (differs) throw new Disagreement(differs);
    },
    /** There must be no line without a step of the model. */
    expectNothing(): void {
      const line = lines[read];
      if (line) throw new Disagreement(`${line.role} receives ${text(line.event)}; in the model it receives nothing`);
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
