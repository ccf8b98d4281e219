/**
 * Machines that are broken on purpose, one small change each: a transition, a guard, a target or an action is taken away
 * from the definition of a machine. The checker is worth something only if its sentences tell them from the real ones.
 * Those of `apiInvokerEnrolment` and `invokerProfile`, which are in no world, are covered by machines/coverage.test.ts.
 */
import { type AnyStateMachine, createMachine, not } from 'xstate';
import { machines } from '../../machines/roles.ts';
import { type Part, parts } from '../model/state.ts';
import { mutantsByHand } from './mutants-by-hand.ts';

export type Mutant = {
  /** Unique, and the same from run to run: the machine, the state, the transition and what is changed about it. */
  id: string;
  machine: Part;
  replacement: AnyStateMachine;
};

type Action = string | { type: string };
type Guard = string | { type: string };
type Transition = { target?: string; guard?: Guard; actions?: Action | readonly Action[] };
type Alternatives = Transition | readonly Transition[];
type State = {
  on?: Record<string, Alternatives>;
  entry?: Action | readonly Action[];
  exit?: Action | readonly Action[];
  states?: Record<string, State>;
};

/** A definition like another but for one change, and what the change is. */
type Change<T> = { what: string; changed: T };

const list = <T>(some: T | readonly T[] | undefined): readonly T[] =>
  some === undefined ? [] : Array.isArray(some) ? some : [some as T];
const nameOf = (named: string | { type: string }): string => (typeof named === 'string' ? named : named.type);
const without = <T extends object, K extends keyof T>(from: T, key: K): Omit<T, K> => {
  const { [key]: _, ...rest } = from;
  return rest;
};

const actionsLessOne = (actions: Action | readonly Action[] | undefined): Change<Action[]>[] =>
  list(actions).map((action, n) => ({
    what: `drops action ${nameOf(action)}`,
    changed: list(actions).toSpliced(n, 1),
  }));

function transitionChanges(transition: Transition): Change<Transition[]>[] {
  const { target, guard, actions } = transition;
  const changes: Change<Transition[]>[] = [{ what: 'is dropped', changed: [] }];
  if (guard) {
    changes.push(
      { what: `drops guard ${nameOf(guard)}`, changed: [without(transition, 'guard')] },
      { what: `negates guard ${nameOf(guard)}`, changed: [{ ...transition, guard: not(guard as never) as never }] },
    );
  }
  if (target) changes.push({ what: `stays instead of ${target}`, changed: [without(transition, 'target')] });
  for (const { what, changed } of actionsLessOne(actions)) {
    changes.push({ what, changed: [{ ...transition, actions: changed }] });
  }
  return changes;
}

/** One transition of several for the same event goes by its place among them. */
function eventChanges(event: string, alternatives: Alternatives): Change<readonly Transition[]>[] {
  const all = list(alternatives);
  return all.flatMap((transition, n) =>
    transitionChanges(transition).map(({ what, changed }) => ({
      what: `${event}${all.length > 1 ? ` #${n + 1}` : ''} ${what}`,
      changed: all.toSpliced(n, 1, ...changed),
    })),
  );
}

function stateChanges(state: State, name: string): Change<State>[] {
  const own = [
    ...actionsLessOne(state.entry).map(({ what, changed }) => ({
      what: `entry ${what}`,
      changed: { ...state, entry: changed },
    })),
    ...actionsLessOne(state.exit).map(({ what, changed }) => ({
      what: `exit ${what}`,
      changed: { ...state, exit: changed },
    })),
    ...Object.entries(state.on ?? {}).flatMap(([event, alternatives]) =>
      eventChanges(event, alternatives).map(({ what, changed }) => ({
        what,
        changed: { ...state, on: { ...state.on, [event]: changed } },
      })),
    ),
  ].map(({ what, changed }) => ({ what: `${name || 'anywhere'}: ${what}`, changed }));
  const inner = Object.entries(state.states ?? {}).flatMap(([child, inside]) =>
    stateChanges(inside, name ? `${name}.${child}` : child).map(({ what, changed }) => ({
      what,
      changed: { ...state, states: { ...state.states, [child]: changed } },
    })),
  );
  return [...own, ...inner];
}

/** Every way to break a machine by one change, in the order of its definition. */
export function mutantsOf(machine: Part): Mutant[] {
  const { config, implementations }: AnyStateMachine = machines[machine];
  return stateChanges(config as State, '').map(({ what, changed }) => ({
    id: `${machine} ${what}`,
    machine,
    replacement: createMachine(changed as typeof config, implementations as never),
  }));
}

export const allMutants = (): Mutant[] => [...parts.flatMap(mutantsOf), ...mutantsByHand];

/** One in so many. */
const sampled = 24;

/** Every so many, from another one on for each seed: as many seeds as there are samples, and all of them are all mutants. */
export const mutantsSample = (seed: number): Mutant[] => allMutants().filter((_, n) => n % sampled === seed % sampled);
