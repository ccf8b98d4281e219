/**
 * A machine as a table: from a machine state, which is plain data, and an event to the next machine state and the effects.
 * The machine itself is called once for each distinct pair; everything after that is a look-up.
 */
import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../machines/effects.ts';
import { type MachineId, machines } from '../../machines/roles.ts';
import { begin, expects, step } from '../../machines/steps/step.ts';

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

export type MachineTable = ReturnType<typeof machineTable>;

/** `machine` replaces the one of that id: this is how mutants are explored. */
export function machineTable(id: MachineId, input: object, machine: AnyStateMachine = machines[id]) {
  const first = begin(machine, input as never);
  const constants = Object.fromEntries(
    Object.entries(first.snapshot.context as object).filter(([name]) => fixed.includes(name)),
  );
  const taken = new Map<string, TabledStep>();
  /** The same, by identity of the machine state: most pairs occur again and again. */
  const takenFrom = new WeakMap<MachineState, Map<string, TabledStep>>();

  /** Effects on the machine's own timer are part of the machine state; the others act on the model. */
  function settle(
    snapshot: { value: unknown; context: object },
    effects: readonly Effect[],
    wasPaused: boolean,
    expected: boolean,
  ): TabledStep {
    let paused = wasPaused;
    const others = effects.filter(({ type }) => {
      if (type === 'startTimer') paused = true;
      if (type === 'stopTimer') paused = false;
      return type !== 'startTimer' && type !== 'stopTimer';
    });
    const varying = Object.entries(snapshot.context).filter(
      ([name, value]) => !fixed.includes(name) && value !== undefined,
    );
    const state = { value: snapshot.value, context: Object.fromEntries(varying.sort()), paused };
    return { state, effects: others, expected };
  }

  return {
    first: settle(first.snapshot, first.effects as Effect[], false, true),
    step(state: MachineState, event: { type: string }): TabledStep {
      const eventKey = JSON.stringify(event);
      const known = takenFrom.get(state) ?? new Map<string, TabledStep>();
      takenFrom.set(state, known);
      const found = known.get(eventKey) ?? stepOnce(state, event, eventKey);
      known.set(eventKey, found);
      return found;
    },
    /** The same, without the table. */
    ask,
    /** How often the machine itself was called. */
    calls: () => taken.size + 1,
  };

  function stepOnce(state: MachineState, event: { type: string }, eventKey: string): TabledStep {
    const key = `${JSON.stringify(state)} ${eventKey}`;
    const known = taken.get(key);
    if (known) return known;
    const found = ask(state, event);
    taken.set(key, found);
    return found;
  }

  function ask(state: MachineState, event: { type: string }): TabledStep {
    const snapshot = machine.resolveState({
      value: state.value as never,
      context: { ...constants, ...state.context } as never,
    });
    const { snapshot: next, effects } = step(machine, snapshot, event as never);
    const isExpected = snapshot.status === 'done' || expects(machine, snapshot, event as never);
    return settle(next, effects as Effect[], state.paused, isExpected);
  }
}
