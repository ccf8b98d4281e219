/**
 * A machine as a table: from a machine state, which is plain data, and an event to the next machine state and the effects.
 * Its steps are the remembered ones that the runtime takes too; the model looks each distinct pair up once.
 */
import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../machines/effects.ts';
import { type MachineId, machines } from '../../machines/roles.ts';
import { type RememberedStep, rememberedStep } from '../../machines/steps/remembered-steps.ts';
import { begin, expects, standingAt, step } from '../../machines/steps/step.ts';

/** `paused`: its timer is running. `context` holds only what varies. */
export type MachineState = { value: unknown; context: Record<string, unknown>; paused: boolean };
export type TabledStep = {
  state: MachineState;
  effects: readonly Effect[];
  /** A transition of the state names the event. */
  expected: boolean;
};

/**
 * Part of the configuration, so never different within one exploration; and `pauses`, which only says how long a pause is:
 * the model has no time, and no guard reads it, so it stays as it was at the beginning.
 */
const fixed = ['supported', 'amendments', 'attemptsMax', 'pauses'];

export type MachineTable = {
  first: TabledStep;
  step(state: MachineState, event: { type: string }): TabledStep;
  /** The same, asked of XState each time. */
  ask(state: MachineState, event: { type: string }): TabledStep;
  /** How many distinct pairs there were, and the beginning. */
  calls(): number;
  /** Whether the other one begins so, and takes each step that was looked up here so far, just the same. */
  isLike(other: MachineTable): boolean;
};

/** `machine` replaces the one of that id: this is how mutants are explored. */
export function machineTable(id: MachineId, input: object, machine: AnyStateMachine = machines[id]): MachineTable {
  const first = begin(machine, input as never);
  const constants = Object.fromEntries(
    Object.entries(first.snapshot.context as object).filter(([name]) => fixed.includes(name)),
  );
  const taken = new Map<string, { from: MachineState; event: { type: string }; step: TabledStep }>();
  /** The same, by identity of the machine state: most pairs occur again and again. */
  const takenFrom = new WeakMap<MachineState, Map<string, TabledStep>>();

  const table: MachineTable = {
    first: tabled({ ...first, expected: true }, false),
    step(state, event) {
      const eventKey = JSON.stringify(event);
      const known = takenFrom.get(state) ?? new Map<string, TabledStep>();
      takenFrom.set(state, known);
      const found = known.get(eventKey) ?? stepOnce(state, event, eventKey);
      known.set(eventKey, found);
      return found;
    },
    ask(state, event) {
      const at = snapshotOf(state);
      const expected = expects(machine, at, event as never);
      return tabled({ ...step(machine, at, event as never), expected }, state.paused);
    },
    calls: () => taken.size + 1,
    isLike: (other) =>
      JSON.stringify(other.first) === JSON.stringify(table.first) &&
      [...taken.values()].every(
        ({ from, event, step }) => JSON.stringify(other.step(from, event)) === JSON.stringify(step),
      ),
  };
  return table;

  function stepOnce(state: MachineState, event: { type: string }, eventKey: string): TabledStep {
    const key = `${JSON.stringify(state)} ${eventKey}`;
    const known = taken.get(key);
    if (known) return known.step;
    const found = tabled(rememberedStep(machine, snapshotOf(state), event as never), state.paused);
    taken.set(key, { from: state, event, step: found });
    return found;
  }

  function snapshotOf({ value, context }: MachineState) {
    return standingAt(machine, { value, context: { ...constants, ...context } });
  }
}

/** Effects on the machine's own timer are part of the machine state; the others act on the model. */
function tabled({ snapshot, effects, expected }: RememberedStep<AnyStateMachine>, wasPaused: boolean): TabledStep {
  let paused = wasPaused;
  const others = (effects as Effect[]).filter(({ type }) => {
    if (type === 'startTimer') paused = true;
    if (type === 'stopTimer') paused = false;
    return type !== 'startTimer' && type !== 'stopTimer';
  });
  const { value, context, status } = snapshot;
  const varying = Object.entries(context).filter(([name, value]) => !fixed.includes(name) && value !== undefined);
  const state = { value, context: Object.fromEntries(varying.sort()), paused };
  return { state, effects: others, expected: expected || status === 'done' };
}
