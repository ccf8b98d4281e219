/**
 * Puts the steps of several traces in an order in which everything was sent before it was received. Each trace is in the order of its
 * process; between them there is no order but that of their messages.
 */
import { roleOf } from '../../machines/roles.ts';
import type { Life } from '../../runtime/recorded-trace.ts';
import { Causality } from './trace-causality.ts';
import { mayMeet, partiesOf, type Recorded } from './trace-parties.ts';
import { keyOf, type Step } from './trace-replay.ts';

/** `line` counts from 1, within the trace with this number, which counts from 0. */
export type Deviation = { outcome: 'deviates'; trace: number; line: number; because: string };

/** The steps of one trace, as far as they are steps of the model. `isWhole`: all are. */
export type Steps = { steps: readonly Step[]; lives: readonly Life[]; isWhole: boolean };

/** The first step that can have no place in any order: it received what was never sent, or not before. */
export function firstOutOfOrder(traces: readonly Steps[], recorded: Recorded): Deviation | undefined {
  const causality = new Causality(recorded);
  const next = traces.map(() => 0);
  const waiting = new Map<number, string>();
  const lastOf = lastSteps(traces);
  /** Steps of the same machine in an earlier trace come first: its role was started again. */
  const isOfLaterStart = (step: Step) =>
    (lastOf.get(keyOf(step)) ?? []).some(({ trace, n }) => trace < step.trace && next[trace]! <= n);
  const deviation = (trace: number, line: number, because: string): Deviation => ({
    ...{ outcome: 'deviates', trace, line },
    because,
  });

  /** Takes steps of a trace until one has to wait for another trace. */
  function advance(trace: number): { hasMoved: boolean; deviation?: Deviation } {
    const { steps, lives, isWhole } = traces[trace]!;
    const from = next[trace]!;
    for (let step = steps[from]; step; step = steps[next[trace]!]) {
      const n = next[trace]!;
      if (isOfLaterStart(step)) return { hasMoved: n > from };
      const life = lives.findIndex((one) => one.from === n);
      if (life > 0 && !waiting.has(trace)) {
        const left = causality.end(trace);
        if (left && lives[life - 1]!.end === 'in order')
          return { hasMoved: true, deviation: deviation(trace, n, left) };
      }
      const complaint = causality.take(step);
      if (complaint && !complaint.isMissing)
        return { hasMoved: true, deviation: deviation(trace, n + 1, `${keyOf(step)} ${complaint.because}`) };
      if (complaint) {
        waiting.set(trace, complaint.because);
        return { hasMoved: n > from };
      }
      waiting.delete(trace);
      next[trace] = n + 1;
      if (n + 1 < steps.length || !isWhole) continue;
      const left = causality.end(trace);
      if (left && lives.at(-1)?.end === 'in order')
        return { hasMoved: true, deviation: deviation(trace, n + 1, `${keyOf(step)} ${left}`) };
    }
    return { hasMoved: next[trace]! > from };
  }

  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const trace of traces.keys()) {
      const advanced = advance(trace);
      if (advanced.deviation) return advanced.deviation;
      hasMoved ||= advanced.hasMoved;
    }
  }
  const stuck = [...waiting.keys()].sort((one, other) => one - other);
  const isSentLater = (trace: number) =>
    stuck.some(
      (other) => other !== trace && sends(traces[other]!.steps.slice(next[other]), traces[trace]!.steps[next[trace]!]!),
    );
  const first = stuck.find((trace) => !isSentLater(trace)) ?? stuck[0];
  if (first === undefined) return undefined;
  const step = traces[first]!.steps[next[first]!]!;
  return deviation(first, next[first]! + 1, `${keyOf(step)} ${waiting.get(first)}`);
}

/** By machine, which is its last step in each trace. Before it is onboarded, an invoker has no name beyond its process. */
function lastSteps(traces: readonly Steps[]): Map<string, { trace: number; n: number }[]> {
  const last = new Map<string, { trace: number; n: number }[]>();
  for (const [trace, { steps }] of traces.entries())
    for (const [n, step] of steps.entries()) {
      if (step.machine === 'apiInvokerEnrolment') continue;
      const others = (last.get(keyOf(step)) ?? []).filter((one) => one.trace !== trace);
      last.set(keyOf(step), [...others, { trace, n }]);
    }
  return last;
}

/** Whether one of these steps may have sent what that step has received. */
function sends(steps: readonly Step[], { event, machine, ...received }: Step): boolean {
  const parties = partiesOf({ event, machine, ...received });
  return steps.some(
    (step) =>
      mayMeet(partiesOf(step), parties) &&
      step.effects.some(
        (effect) => effect.type === 'send' && effect.to === roleOf[machine] && effect.message.type === event.type,
      ),
  );
}
