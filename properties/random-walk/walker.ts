/** One walk through a model: along a list of choices among the enabled transitions, and then its drain. */
import { groups, interned, isPackedRanked } from '../checker/search/value-numbers.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { CapifModel } from '../model/rules/composition.ts';
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

export function walker(model: CapifModel, properties: readonly Property[]): (picks: readonly number[]) => Walk {
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

/** A function of some variables, computed once for each combination of their values. */
class Memo<T> {
  readonly groups: readonly number[];
  readonly #compute: (numbers: readonly number[]) => T;
  /** A tree, with a level for each group. */
  readonly #known = new Map<number, unknown>();

  constructor(variables: readonly Variable[], compute: (numbers: readonly number[], groups: readonly number[]) => T) {
    this.groups = [...groups.keys()].filter((group) => groups[group]!.some((variable) => variables.includes(variable)));
    this.#compute = (numbers) => compute(numbers, this.groups);
  }

  of(numbers: readonly number[]): T {
    let at = this.#known;
    for (const group of this.groups) {
      let next = at.get(numbers[group]!) as Map<number, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        at.set(numbers[group]!, next);
      }
      at = next;
    }
    if (!at.has(0)) at.set(0, this.#compute(numbers));
    return at.get(0) as T;
  }
}

function numberedModel({ initial, rules }: CapifModel, properties: readonly Property[]): NumberedModel {
  const values = interned();
  const ofKind = <K extends Property['kind']>(kind: K) =>
    properties.filter((one): one is Extract<Property, { kind: K }> => one.kind === kind);
  const steps = ofKind('everyStep');
  const goals = ofKind('againAndAgain');
  const bounded = ofKind('atMost');
  const viewOf = (groups: readonly number[], numbers: readonly number[]): State =>
    Object.assign({}, ...groups.map((group) => values.value(group, numbers[group]!)));
  const predicate = (variables: readonly Variable[], holds: (state: State) => boolean) =>
    new Memo(variables, (numbers, groups) => holds(viewOf(groups, numbers)));
  const invariants = ofKind('always').map((property) => ({
    property,
    memo: predicate(property.variables, property.holds),
  }));
  const conditions = new Map(goals.map((goal) => [goal, predicate(goal.variables, goal.while)]));
  const transitionsOf = rules.map(
    (rule) =>
      new Memo(rule.variables, (numbers, groups) =>
        rule.enabled(viewOf(groups, numbers)).map((transition) => numberedTransition(transition, rule, groups)),
      ),
  );

  const numberedTransition = (transition: Transition, rule: Rule, groups: readonly number[]): NumberedTransition => ({
    action: transition.action,
    groups,
    numbers: groups.map((group) => values.number(group, transition.after)),
    broken: steps.find((step) => !step.holds(transition, rule)),
    marks: new Set<Property>([
      ...goals.filter((goal) => goal.reaches(transition, rule)),
      ...bounded.filter((one) => one.happens(transition, rule)),
    ]),
  });

  /** The canonical state of these numbers. A rule is looked up again only if it reads a value that has changed. */
  function stateAt(numbers: readonly number[], before?: NumberedState): NumberedState {
    const inUse = numbers.reduce((used, n, group) => used | values.inUse[group]![n]!, 0);
    const at = isPackedRanked(inUse) ? numbers : numbers.map((n, group) => values.renamed(group, n, inUse));
    const enabled = transitionsOf.map((memo, rule) =>
      before && memo.groups.every((group) => at[group] === before.numbers[group]) ? before.enabled[rule]! : memo.of(at),
    );
    return { numbers: at, enabled };
  }

  const first = stateAt(groups.map((_, group) => values.number(group, initial)));
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
      return invariants.find(({ memo }) => memo.groups.some(isNew) && !memo.of(numbers))?.property;
    },
    isDue: (goal, { numbers }) => conditions.get(goal)!.of(numbers),
    goals,
    bounded,
    fair: [...rules.keys()].filter((n) => !rules[n]!.isFault),
    faults: [...rules.keys()].filter((n) => rules[n]!.isFault),
  };
}
