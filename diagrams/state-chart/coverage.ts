/** Which transitions a machine took: in a recorded trace, in a scenario, or anywhere in a configuration. */
import type { AnyStateMachine } from 'xstate';
import { type MachineId, machines } from '../../machines/roles.ts';
import { begin, step } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { explore } from '../../properties/checker/search/state-graph.ts';
import type { MachineStep } from '../../properties/model/macro-step.ts';
import type { Transition } from '../../properties/model/rule.ts';
import { compose } from '../../properties/model/rules/composition.ts';
import type { Configuration } from '../../properties/model/setting.ts';
import type { ReplayedRun } from '../../properties/traces/scenario.ts';
import { stateChartOf, transitionId } from './chart.ts';
import type { RunMarks } from './marks.ts';

/** What one machine did from its start to its end, for one instance of its role. */
export type Life = { machine: MachineId; instance: string; amendments: readonly Amendment[]; marks: RunMarks };

type LifeSoFar = Pick<Life, 'machine' | 'instance' | 'amendments'> & { steps: Map<string, number[]>; value: unknown };

/** Numbers the steps by the lines of the trace. Does not check that the trace is a run of the model; `capif trace` does. */
export function livesInTrace(trace: readonly TraceLine[]): Life[] {
  const lives = new Map<string, LifeSoFar & { snapshot: unknown }>();
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
        steps: new Map(),
        value: snapshot.value,
        snapshot,
      });
      continue;
    }
    record(life, n + 1, machine.getTransitionData(life.snapshot as never, event as never).map(transitionId));
    const { snapshot } = step(machine, life.snapshot as never, event as never);
    Object.assign(life, { snapshot, value: snapshot.value });
  }
  return [...lives.values()].map(lifeWithPath);
}

/** Numbers the steps by the actions of the scenario. */
export function livesInScenario({
  configuration,
  transitions,
  last,
}: Pick<ReplayedRun, 'configuration' | 'transitions' | 'last'>): Life[] {
  const lives = new Map<string, LifeSoFar>();
  for (const [n, { transition }] of transitions.entries()) {
    for (const step of transition.steps) {
      const life = lives.get(step.part) ?? {
        machine: step.part,
        instance: '',
        amendments: configuration.amendments,
        steps: new Map(),
        value: undefined,
      };
      record(life, n + 1, idsTakenIn(configuration, step));
      lives.set(step.part, Object.assign(life, { value: last[step.part].value }));
    }
  }
  return [...lives.values()].map(lifeWithPath);
}

/**
 * Counts how many times each transition is taken in a configuration: once for each rule and each combination of values that
 * the rule reads. Zero means that no reachable state takes it.
 */
export function livesInConfiguration(configuration: Configuration): Life[] {
  const model = compose(configuration);
  const times = new Map<string, number>();
  explore(model, {
    propositionsOf(transition: Transition) {
      for (const step of transition.steps)
        for (const id of idsTakenIn(configuration, step)) times.set(id, (times.get(id) ?? 0) + 1);
      return 0;
    },
  });
  return Object.keys(model.machines)
    .filter(isMachine)
    .map((machine) => {
      const { transitions } = stateChartOf(machines[machine], configuration.amendments);
      const ofMachine = new Map(transitions.map(({ id }) => [id, times.get(id) ?? 0]));
      return {
        machine,
        instance: '',
        amendments: configuration.amendments,
        marks: { kind: 'coverage', times: ofMachine },
      };
    });
}

/** Replaces the numbers of the steps by their count. */
export const withCounts = ({ marks, ...life }: Life): Life => ({
  ...life,
  marks:
    marks.kind === 'coverage'
      ? marks
      : { kind: 'coverage', times: new Map([...marks.steps].map(([id, steps]) => [id, steps.length])) },
});

function idsTakenIn(
  { supported, amendments, attemptsMax }: Configuration,
  { part, event, before }: MachineStep,
): string[] {
  const machine: AnyStateMachine = machines[part];
  const context = { supported, amendments, attemptsMax, ...before.context };
  const snapshot = machine.resolveState({ value: before.value as never, context });
  return snapshot.status === 'done' ? [] : machine.getTransitionData(snapshot, event).map(transitionId);
}

function record({ steps }: LifeSoFar, step: number, ids: readonly string[]): void {
  for (const id of ids) steps.set(id, [...(steps.get(id) ?? []), step]);
}

const lifeWithPath = ({ machine, instance, amendments, steps, value }: LifeSoFar): Life => ({
  machine,
  instance,
  amendments,
  marks: { kind: 'path', steps, ends: new Set(leaves(machine, value)) },
});

/** The ids of the innermost active states. */
const leaves = (id: string, value: unknown): string[] =>
  typeof value === 'string'
    ? [`${id}.${value}`]
    : Object.entries((value ?? {}) as object).flatMap(([name, inner]) => leaves(`${id}.${name}`, inner));

const isMachine = (role: string): role is MachineId => Object.hasOwn(machines, role);
