/** Which transitions of its chart a machine took: in a recorded run, in a scenario, or anywhere in a setting. */
import type { AnyStateMachine } from 'xstate';
import { type MachineId, machines } from '../../machines/roles.ts';
import { begin, step } from '../../machines/step.ts';
import type { TraceLine } from '../../machines/trace.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { explore } from '../../properties/checker/search/explore.ts';
import type { MachineStep } from '../../properties/model/macro-step.ts';
import { compose } from '../../properties/model/rules/composition.ts';
import type { Configuration } from '../../properties/model/setting.ts';
import type { ReplayedRun } from '../../properties/traces/scenario.ts';
import { chartOf, transitionId } from './chart.ts';
import type { RunMarks } from './marks.ts';

/** One life of a machine. */
export type Life = { machine: MachineId; instance: string; amendments: readonly Amendment[]; marks: RunMarks };

type Recorded = Pick<Life, 'machine' | 'instance' | 'amendments'> & { taken: Map<string, number[]>; state: unknown };

/** Steps are numbered by the lines of the trace. It is taken to be a run of the model: `capif trace` says whether it is. */
export function livesOf(trace: readonly TraceLine[]): Life[] {
  const lives = new Map<string, Recorded & { snapshot: unknown }>();
  for (const [n, { role, instance, event }] of trace.entries()) {
    if (!isMachine(role)) continue;
    const machine: AnyStateMachine = machines[role];
    const key = `${role} ${instance}`;
    const life = lives.get(key);
    if (!life) {
      const { input } = event as { input?: { amendments?: readonly Amendment[] } };
      const { snapshot } = begin(machine, input as never);
      lives.set(key, {
        machine: role,
        instance,
        amendments: input?.amendments ?? [],
        taken: new Map(),
        state: snapshot.value,
        snapshot,
      });
      continue;
    }
    take(life, n + 1, machine.getTransitionData(life.snapshot as never, event as never).map(transitionId));
    const { snapshot } = step(machine, life.snapshot as never, event as never);
    Object.assign(life, { snapshot, state: snapshot.value });
  }
  return [...lives.values()].map(pathOf);
}

/** Steps are numbered by the moves of the scenario. */
export function livesIn({
  configuration,
  transitions,
  last,
}: Pick<ReplayedRun, 'configuration' | 'transitions' | 'last'>): Life[] {
  const lives = new Map<string, Recorded>();
  for (const [n, { transition }] of transitions.entries()) {
    for (const step of transition.steps) {
      const life = lives.get(step.part) ?? {
        machine: step.part,
        instance: '',
        amendments: configuration.amendments,
        taken: new Map(),
        state: undefined,
      };
      take(life, n + 1, takenIn(configuration, step));
      lives.set(step.part, Object.assign(life, { state: last[step.part].value }));
    }
  }
  return [...lives.values()].map(pathOf);
}

/**
 * How often each transition is taken in a setting: once for each rule and each combination of the values that the rule
 * looks at, which is how the worlds are visited. Never is never in any world.
 */
export function exploredIn(configuration: Configuration): Life[] {
  const model = compose(configuration);
  const taken = new Map<string, number>();
  explore(model, {
    mark(transition) {
      for (const step of transition.steps)
        for (const id of takenIn(configuration, step)) taken.set(id, (taken.get(id) ?? 0) + 1);
      return 0;
    },
  });
  return Object.keys(model.machines)
    .filter(isMachine)
    .map((machine) => {
      const { transitions } = chartOf(machines[machine], configuration.amendments);
      const counts = new Map(transitions.map(({ id }) => [id, [taken.get(id) ?? 0]]));
      return {
        machine,
        instance: '',
        amendments: configuration.amendments,
        marks: { kind: 'coverage', taken: counts, ends: new Set() },
      };
    });
}

/** How often instead of when. */
export const counted = ({ marks, ...life }: Life): Life => ({
  ...life,
  marks: {
    kind: 'coverage',
    taken: new Map([...marks.taken].map(([id, steps]) => [id, [steps.length]])),
    ends: new Set(),
  },
});

function takenIn(
  { supported, amendments, attemptsMax }: Configuration,
  { part, event, before }: MachineStep,
): string[] {
  const machine: AnyStateMachine = machines[part];
  const context = { supported, amendments, attemptsMax, ...before.context };
  const snapshot = machine.resolveState({ value: before.value as never, context });
  return snapshot.status === 'done' ? [] : machine.getTransitionData(snapshot, event).map(transitionId);
}

function take({ taken }: Recorded, step: number, ids: readonly string[]): void {
  for (const id of ids) taken.set(id, [...(taken.get(id) ?? []), step]);
}

const pathOf = ({ machine, instance, amendments, taken, state }: Recorded): Life => ({
  machine,
  instance,
  amendments,
  marks: { kind: 'path', taken, ends: new Set(leaves(machine, state)) },
});

/** A state's value as the ids of the innermost states that hold. */
const leaves = (id: string, value: unknown): string[] =>
  typeof value === 'string'
    ? [`${id}.${value}`]
    : Object.entries((value ?? {}) as object).flatMap(([name, inner]) => leaves(`${id}.${name}`, inner));

const isMachine = (role: string): role is MachineId => Object.hasOwn(machines, role);
