/**
 * Did the runtime do what the model does? Every line of the recorded traces must be a step of the model, and every message that a
 * role received must have been sent to it before, wherever that was recorded.
 */
import { type MachineId, machines, roleOf } from '../../machines/roles.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { Role } from '../../machines/vocabulary.ts';
import type { Life } from '../../runtime/recorded-trace.ts';
import { type Deviation, firstOutOfOrder, type Steps } from './trace-order.ts';
import { Recorded } from './trace-parties.ts';
import { Replay, type Step } from './trace-replay.ts';

/** Steps in their order; without lives, those of one of which nobody has recorded how it ended. */
type Trace = readonly TraceLine[] | { lines: readonly TraceLine[]; lives: readonly Life[] };

type Conformance =
  | {
      outcome: 'conforms';
      lines: number;
      instances: number;
      messages: number;
      /** Roles without any record, and parties of the others without one: what these have sent and received is not known. */
      absent: Role[];
      unrecorded: string[];
    }
  | Deviation;

/** @param traces of one run: of all roles together, or one of each role; a role that was restarted has one after the other */
export function conformance(...traces: Trace[]): Conformance {
  const replay = new Replay();
  let deviation: Deviation | undefined;
  const all = traces.map((one, trace): Steps => {
    const { lines, lives } = 'lives' in one ? one : { lines: one, lives: [{ from: 0, end: 'unknown' } as const] };
    const steps: Step[] = [];
    for (const [n, line] of lines.entries()) {
      const step = replay.take(line, trace, lives.findLast(({ from }) => from <= n)!);
      if ('because' in step) {
        deviation ??= { outcome: 'deviates', trace, line: n + 1, because: step.because };
        break;
      }
      steps.push(step);
    }
    return { steps, lives, isWhole: steps.length === lines.length };
  });
  const steps = all.flatMap((one) => one.steps);
  const recorded = new Recorded(steps);
  const outOfOrder = firstOutOfOrder(all, recorded);
  // Of one trace, the first line counts; the others lack what would have followed the deviation.
  if (deviation) return traces.length === 1 && outOfOrder ? outOfOrder : deviation;
  if (outOfOrder) return outOfOrder;
  const messages = steps.filter(({ event }) => /^[A-Z]/.test(event.type)).length;
  const roles = new Set(Object.keys(machines).map((id) => roleOf[id as MachineId]));
  const absent = [...roles].filter((role) => !recorded.hasRole(role));
  return {
    outcome: 'conforms',
    lines: steps.length,
    instances: replay.size,
    messages,
    absent,
    unrecorded: recorded.lacking,
  };
}
