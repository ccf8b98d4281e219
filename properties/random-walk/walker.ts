/** One walk through a model: along a list of choices among the enabled transitions, and then its drain. */
import { Memo } from '../checker/search/memo.ts';
import { isRanked } from '../checker/search/symmetry.ts';
import { ValueNumbers } from '../checker/search/value-numbers.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { CapifSystem } from '../model/rules/composition.ts';
import type { State, Variable } from '../model/state.ts';
import type { AgainAndAgain, Property } from '../requirements/property.ts';
import { drain } from './drain.ts';
import type { NumberedModel, NumberedState, NumberedTransition } from './numbered-model.ts';

export type Walk = {
  /** Those of the drain come last, but only if one of its transitions breaks a property of states or steps. */
  actions: string[];
  /** The number of transitions before the drain, and in it. */
  transitions: number;
  drained: number;
  broken?: Property;
  /** Goals whose condition did not hold to the end, so that they need not be reached. */
  excused: AgainAndAgain[];
};

/** Every fourth choice is for a fault, if one is enabled. */
const faultEvery = 4;

export function walker(model: CapifSystem, properties: readonly Property[]): (picks: readonly number[]) => Walk {
  const numbered = numberedModel(model, properties);
  return (picks) => {
    const walk: Walk = { actions: [], transitions: 0, drained: 0, excused: [] };
    if (numbered.brokenInitially) return { ...walk, broken: numbered.brokenInitially };
    let at = numbered.initial;
    for (const pick of picks) {
      const transition = chosen(numbered, at, pick);
      if (!transition) break;
      const next = numbered.after(at, transition);
      const broken = numbered.broken(transition, at, next);
      at = next;
      walk.transitions++;
      walk.actions.push(transition.action);
      if (broken) return { ...walk, broken };
    }
    return drain(numbered, at, walk);
  };
}

/** Faults are weighted down, or walks would never get anywhere. */
function chosen(
  { fair, faults }: NumberedModel,
  { enabled }: NumberedState,
  pick: number,
): NumberedTransition | undefined {
  const isFault = pick % faultEvery === faultEvery - 1;
  for (const some of isFault ? [faults, fair] : [fair, faults]) {
    const count = some.reduce((sum, rule) => sum + enabled[rule]!.length, 0);
    let n = Math.floor(pick / faultEvery) % count;
    for (const rule of some) {
      const { length } = enabled[rule]!;
      if (n < length) return enabled[rule]![n];
      n -= length;
    }
  }
  return undefined;
}

function numberedModel(system: CapifSystem, properties: readonly Property[]): NumberedModel {
  const { initial, rules } = system;
  const values = new ValueNumbers(system);
  const ofKind = <K extends Property['kind']>(kind: K) =>
    properties.filter((one): one is Extract<Property, { kind: K }> => one.kind === kind);
  const steps = ofKind('everyStep');
  const goals = ofKind('againAndAgain');
  const bounded = ofKind('atMost');
  const memoOf = <T>(variables: readonly Variable[], compute: (view: State, groups: readonly number[]) => T) => {
    const groups = values.groupsOf(variables);
    const viewOf = (numbers: readonly number[]) =>
      values.viewOf(
        groups,
        groups.map((group) => numbers[group]!),
      );
    return new Memo(groups, (numbers) => compute(viewOf(numbers) as State, groups));
  };
  const predicate = (variables: readonly Variable[], holds: (state: State) => boolean) => memoOf(variables, holds);
  const invariants = ofKind('always').map((property) => ({
    property,
    memo: predicate(property.variables, property.holds),
  }));
  const conditions = new Map(goals.map((goal) => [goal, predicate(goal.variables, goal.while)]));
  const transitionsOf = rules.map((rule) =>
    memoOf(rule.variables, (view, groups) =>
      rule.enabled(view).map((transition) => numberedTransition(transition, rule, groups)),
    ),
  );

  const numberedTransition = (transition: Transition, rule: Rule, groups: readonly number[]): NumberedTransition => ({
    action: transition.action,
    groups,
    numbers: groups.map((group) => values.numberOf(group, transition.after)),
    broken: steps.find((step) => !step.holds(transition, rule)),
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
    brokenInitially: invariants.find(({ memo }) => !memo.of(first.numbers))?.property,
    after(before, { groups, numbers }) {
      const next = [...before.numbers];
      for (const [n, group] of groups.entries()) next[group] = numbers[n]!;
      return stateAt(next, before);
    },
    /** An invariant that reads nothing new holds as it did before. */
    broken(transition, before, { numbers }) {
      if (transition.broken) return transition.broken;
      const isNew = (group: number) => numbers[group] !== before.numbers[group];
      return invariants.find(({ memo }) => memo.places.some(isNew) && !memo.of(numbers))?.property;
    },
    isDue: (goal, { numbers }) => conditions.get(goal)!.of(numbers),
    goals,
    bounded,
    fair: [...rules.keys()].filter((n) => !rules[n]!.isFault),
    faults: [...rules.keys()].filter((n) => rules[n]!.isFault),
  };
}
