/**
 * Replays recorded traces on the machines, line by line: the state and the effects must be those of the model. The steps are kept
 * for who compares those of one machine with those of another.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../machines/effects.ts';
import { type MachineId, machines } from '../../machines/roles.ts';
import { rememberedStep } from '../../machines/steps/remembered-steps.ts';
import { begin, type Standing, standingAt } from '../../machines/steps/step.ts';
import type { TraceLine, TransportFacts } from '../../machines/steps/trace.ts';

/** A line that is a step of its machine. */
export type Step = {
  machine: MachineId;
  instance: string;
  /** The trace that it is in. */
  trace: number;
  event: { type: string };
  effects: readonly Effect[];
  facts: TransportFacts | undefined;
  /** Of the machine, after the step. */
  state: unknown;
  context: unknown;
  /** It had not been durable when the role was killed: what it sent has not left. */
  isUndone: boolean;
};
export const keyOf = ({ machine, instance }: Pick<Step, 'machine' | 'instance'>): string => `${machine} ${instance}`;

type Snapshot = { value: unknown; context: unknown };
/** A machine that began or went on in this life of its role, and its steps since it began. */
type Instance = { life: object; snapshot: Snapshot; history: { snapshot: Snapshot; step: Step }[] };

export class Replay {
  readonly #instances = new Map<string, Instance>();
  readonly #all = new Set<string>();

  /** How many machines there were. */
  get size(): number {
    return this.#all.size;
  }

  /** Call it for the lines in their order; the lives of one role in the order in which it was started. */
  take(line: TraceLine, trace: number, life: object): Step | { because: string } {
    const { role: machine, instance, event, facts } = line;
    if (!isMachine(machine)) return { because: `there is no machine "${machine}"` };
    const name = keyOf({ machine, instance });
    // Before it is onboarded, an invoker has no name but the number that its process gives it.
    const key = machine === 'apiInvokerEnrolment' ? `${name} of ${trace}` : name;
    const known = this.#instances.get(key);
    const taken = stepped(machines[machine], known, line, life);
    if ('because' in taken)
      return { because: taken.isOfKey ? `${name} ${taken.because}` : `${name}: ${taken.because}` };
    const { snapshot, effects } = taken;
    const { value: state, context } = snapshot;
    const step: Step = { machine, instance, trace, event, effects, facts, state, context, isUndone: false };
    const history = event.type === 'begin' ? [] : (known?.history ?? []);
    history.push({ snapshot, step });
    if (effects.some(({ type }) => type === 'forgetInvoker')) this.#instances.delete(key);
    else this.#instances.set(key, { life, snapshot, history });
    this.#all.add(key);
    return step;
  }
}

type Taken = { snapshot: Snapshot; effects: readonly Effect[] } | { because: string; isOfKey?: true };

function stepped(machine: AnyStateMachine, known: Instance | undefined, line: TraceLine, life: object): Taken {
  const { event } = line;
  if (event.type === 'resumed') return resumed(machine, known, line);
  if (event.type === 'begin' && known?.life === life) return { because: 'begins a second time', isOfKey: true };
  if (event.type === 'begin') return compared(begin(machine, (event as { input?: never }).input), line);
  if (!known) return { because: 'has not begun', isOfKey: true };
  const taken = rememberedStep(machine, known.snapshot as never, event as never);
  if (taken.expected === (line.unexpected === true)) {
    const which = line.unexpected ? 'expected' : 'unexpected';
    return { because: `${event.type} is ${which} in ${JSON.stringify(known.snapshot.value)}` };
  }
  return compared(taken, line);
}

function compared(taken: { snapshot: unknown; effects: readonly unknown[] }, line: TraceLine): Taken {
  const { event, state, effects } = line;
  const snapshot = taken.snapshot as Snapshot;
  if (!isDeepStrictEqual(snapshot.value, state)) {
    const [modelled, recorded] = [JSON.stringify(snapshot.value), JSON.stringify(state)];
    return { because: `after ${event.type} the model is in ${modelled}, not in ${recorded}` };
  }
  if (!isDeepStrictEqual(taken.effects, effects)) {
    const performed = JSON.stringify(taken.effects);
    return { because: `on ${event.type} the model performs ${performed}, not ${JSON.stringify(effects)}` };
  }
  return { snapshot, effects: taken.effects as Effect[] };
}

/**
 * A role that was killed goes on where it was durable. Steps after that have not happened: what they sent has not left, so
 * nobody may have received it.
 */
function resumed(machine: AnyStateMachine, known: Instance | undefined, { event, state }: TraceLine): Taken {
  const { standing } = event as { standing?: Standing };
  let snapshot: Snapshot;
  try {
    snapshot = standingAt(machine, standing!) as Snapshot;
  } catch {
    return { because: 'goes on in a state that the machine does not have', isOfKey: true };
  }
  if (!isDeepStrictEqual(snapshot.value, state))
    return { because: 'goes on elsewhere than in its state', isOfKey: true };
  if (!known) return { snapshot, effects: [] };
  const text = standingText(snapshot);
  const at = known.history.findLastIndex((past) => standingText(past.snapshot) === text);
  if (at < 0) return { because: `goes on in ${JSON.stringify(state)}, as it had never been`, isOfKey: true };
  for (const { step } of known.history.splice(at + 1)) step.isUndone = true;
  return { snapshot, effects: [] };
}

const standingText = ({ value, context }: Snapshot) => JSON.stringify([value, context]);
const isMachine = (role: string): role is MachineId => Object.hasOwn(machines, role);
