/**
 * Machines that are broken on purpose by one small change each: the definition of a machine loses a transition, a guard, a
 * target or an action. The properties are worth something only if they tell mutants from the real machines.
 * `apiInvokerEnrolment` and `invokerProfile` are not in the model: machines/coverage.test.ts covers them.
 */
import { type AnyStateMachine, createMachine, not } from 'xstate';
import { machines } from '../../machines/roles.ts';
import { type Part, parts } from '../model/state.ts';
import type { Mutant } from './mutant.ts';
import { mutantsByHand } from './mutants-by-hand.ts';

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

/** A definition with one change, and a description of the change. */
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

/** A transition that is one of several for the same event is named by its position among them. */
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

/** All mutants of a machine, in the order of its definition. */
function mutantsOf(machine: Part): Mutant[] {
  const { config, implementations }: AnyStateMachine = machines[machine];
  return stateChanges(config as State, '').map(({ what, changed }) => ({
    id: `${machine} ${what}`,
    machine,
    replacement: createMachine(changed as typeof config, implementations as never),
  }));
}

export const allMutants = (): Mutant[] => [...parts.flatMap(mutantsOf), ...mutantsByHand];

const samples = 24;

let made: readonly Mutant[] | undefined;

/** Every 24th mutant; each seed from 0 to 23 starts at another one, so that together they are all mutants. */
export function mutantsSample(seed: number): Mutant[] {
  made ??= allMutants();
  return made.filter((_, n) => n % samples === seed % samples);
}
