/** A model as walks see it: states are numbers of values, and whatever reads only some of them is looked up by their numbers. */
import { Memo } from '../checker/search/memo.ts';
import { isRanked } from '../checker/search/symmetry.ts';
import { ValueNumbers } from '../checker/search/value-numbers.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { CapifSystem } from '../model/rules/composition.ts';
import type { State, Variable } from '../model/state.ts';
import type { AgainAndAgain, Always, AtMost, EveryStep, Property } from '../requirements/property.ts';

/** A transition of a rule between values by their numbers, found once and taken in every state that has these values. */
export type NumberedTransition = {
  action: string;
  groups: readonly number[];
  /** The numbers of the values afterwards, in the order of `groups`. */
  numbers: readonly number[];
  /** The property of steps that it breaks, if it breaks one. */
  broken: EveryStep | undefined;
  /** The goals that it reaches, and the bounded properties that count it. */
  marks: ReadonlySet<Property>;
};

/** A state by the numbers of its values, and the transitions that each rule enables there. */
export type NumberedState = { numbers: readonly number[]; enabled: readonly (readonly NumberedTransition[])[] };

export type NumberedModel = {
  initial: NumberedState;
  /** The property that the initial state breaks, if it breaks one. */
  brokenInitially: Always | undefined;
  after(before: NumberedState, transition: NumberedTransition): NumberedState;
  broken(transition: NumberedTransition, before: NumberedState, after: NumberedState): EveryStep | Always | undefined;
  /** Whether the condition of a goal holds. */
  isDue(goal: AgainAndAgain, state: NumberedState): boolean;
  goals: readonly AgainAndAgain[];
  bounded: readonly AtMost[];
  /** Numbers of rules. */
  fair: readonly number[];
  faults: readonly number[];
};

export function numberedModel(system: CapifSystem, properties: readonly Property[]): NumberedModel {
  const { initial, rules } = system;
  const values = new ValueNumbers(system);
  const ofKind = <K extends Property['kind']>(kind: K) =>
    properties.filter((one): one is Extract<Property, { kind: K }> => one.kind === kind);
  const steps = ofKind('everyStep');
  const goals = ofKind('againAndAgain');
  const bounded = ofKind('atMost');
  const invariants = ofKind('always').map((property) => ({
    property,
    memo: memoOf(values, property.variables, property.holds),
  }));
  const conditions = new Map(goals.map((goal) => [goal, memoOf(values, goal.variables, goal.while)]));
  const transitionsOf = rules.map((rule) =>
    memoOf(values, rule.variables, (view, groups) =>
      rule.enabled(view).map((transition) => numberedTransition(transition, rule, view, groups)),
    ),
  );

  const numberedTransition = (
    transition: Transition,
    rule: Rule,
    before: State,
    groups: readonly number[],
  ): NumberedTransition => ({
    action: transition.action,
    groups,
    numbers: groups.map((group) => values.numberOf(group, { ...before, ...transition.after })),
    broken: steps.find((step) => step.holds(transition, rule) === false),
    marks: new Set<Property>([
      ...goals.filter((goal) => goal.reaches(transition, rule)),
      ...bounded.filter((one) => one.happens(transition, rule)),
    ]),
  });

  /** The canonical state of these numbers. A rule is looked up again only if it reads a value that has changed. */
  function stateAt(numbers: readonly number[], before?: NumberedState): NumberedState {
    const inUse = numbers.reduce((used, n, group) => used | values.inUse[group]![n]!, 0);
    const at = isRanked(inUse) ? numbers : numbers.map((n, group) => values.renamed(group, n, inUse));
    const enabled = transitionsOf.map((memo, rule) =>
      before && memo.places.every((group) => at[group] === before.numbers[group]) ? before.enabled[rule]! : memo.of(at),
    );
    return { numbers: at, enabled };
  }

  const first = stateAt(values.groups.map((_, group) => values.numberOf(group, initial[0])));
  return {
    initial: first,
    brokenInitially: invariants.find(({ memo }) => memo.of(first.numbers) === false)?.property,
    after(before, { groups, numbers }) {
      const next = [...before.numbers];
      for (const [n, group] of groups.entries()) next[group] = numbers[n]!;
      return stateAt(next, before);
    },
    /** An invariant that reads nothing new holds as it did before. */
    broken(transition, before, { numbers }) {
      if (transition.broken) return transition.broken;
      const isNew = (group: number) => numbers[group] !== before.numbers[group];
      return invariants.find(({ memo }) => memo.places.some(isNew) && memo.of(numbers) === false)?.property;
    },
    isDue: (goal, { numbers }) => conditions.get(goal)!.of(numbers),
    goals,
    bounded,
    fair: [...rules.keys()].filter((n) => !rules[n]!.isFault),
    faults: [...rules.keys()].filter((n) => rules[n]!.isFault),
  };
}

/** A function of these variables, computed once for each combination of their values. */
function memoOf<T>(
  values: ValueNumbers,
  variables: readonly Variable[],
  compute: (view: State, groups: readonly number[]) => T,
): Memo<T> {
  const groups = values.groupsOf(variables);
  const viewOf = (numbers: readonly number[]) =>
    values.viewOf(
      groups,
      groups.map((group) => numbers[group]!),
    ) as State;
  return new Memo(groups, (numbers) => compute(viewOf(numbers), groups));
}
