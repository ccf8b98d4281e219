/**
 * Successors by footprint. Rules that see the same groups of variables are asked together: these groups are their
 * footprint. They are asked once for each combination of values in it. A conjunction has a footprint for each conjunct.
 */
import { Labels } from './labels.ts';
import { Memo } from './memo.ts';
import type { Conjunct, Conjunction, Rule, State, Transition } from './transition-system.ts';
import type { ValueNumbers } from './value-numbers.ts';

/** The propositions that are true of a transition, as bits. */
export type PropositionsOf = (transition: Transition, rule: Rule) => number;

/** Groups whose values together say what some rules do, or what some conjuncts of one transition do. */
export type Footprint = { groups: readonly number[]; rules: readonly number[]; conjuncts?: readonly Conjunct[] };

/** Footprints by number, whose successors happen together: those of a conjunction of this rule, or a single one. */
export type Together = { footprints: readonly number[]; others: readonly number[]; conjunctionOf?: number };

/**
 * The values of the footprint's groups after a transition, the ordinals in use in them, and the transition's label; of a
 * conjunct, the propositions that are true of it.
 */
export type Successor = { numbers: readonly number[]; inUse: number; label: number };

export class SuccessorTable {
  readonly footprints: readonly Footprint[];
  readonly together: readonly Together[];
  readonly #rules: readonly Rule[];
  readonly #values: ValueNumbers;
  readonly #propositionsOf: PropositionsOf;
  readonly #known: readonly Memo<readonly Successor[]>[];
  readonly labels = new Labels();

  constructor(rules: readonly Rule[], values: ValueNumbers, propositionsOf: PropositionsOf) {
    this.#rules = rules;
    this.#values = values;
    this.#propositionsOf = propositionsOf;
    const whole = wholeRules(rules, values);
    const joint = [...rules.entries()].flatMap(([n, { conjunctions = [] }]) =>
      conjunctions.map((conjunction) => footprintsOf(n, conjunction, values)),
    );
    this.footprints = [...whole, ...joint.flat()];
    this.together = [...whole.map((one) => [one]), ...joint].map((each) => ({
      footprints: each.map((one) => this.footprints.indexOf(one)),
      others: [...values.groups.keys()].filter((group) => !each.some(({ groups }) => groups.includes(group))),
      ...(each[0]!.conjuncts && { conjunctionOf: each[0]!.rules[0]! }),
    }));
    this.#known = this.footprints.map(
      (footprint) => new Memo([...footprint.groups.keys()], (numbers) => this.#ask(footprint, numbers)),
    );
  }

  /** `numbers`: of the values of the footprint's groups. */
  successors(footprint: number, numbers: readonly number[]): readonly Successor[] {
    return this.#known[footprint]!.of(numbers);
  }

  #ask(footprint: Footprint, before: readonly number[]): Successor[] {
    const { groups, rules, conjuncts } = footprint;
    const view = this.#values.viewOf(groups, before);
    if (!conjuncts) {
      return rules.flatMap((n) =>
        this.#rules[n]!.enabled(view).map((one) => this.#successor(footprint, n, view, [one])),
      );
    }
    const transitions = conjuncts.map((one) => one.enabled(view));
    if (transitions.includes(undefined)) return [];
    return [this.#successor(footprint, rules[0]!, view, transitions as Transition[])];
  }

  /** `transitions`: one, or those of conjuncts. */
  #successor(
    { groups, conjuncts }: Footprint,
    rule: number,
    view: State,
    transitions: readonly Transition[],
  ): Successor {
    const after = Object.assign({}, view, ...transitions.map((one) => one.after));
    const numbers = groups.map((group) => this.#values.numberOf(group, after));
    const propositions = transitions.reduce((bits, one) => bits | this.#propositionsOf(one, this.#rules[rule]!), 0);
    const label = conjuncts ? propositions : this.labels.numberOf(rule, propositions);
    return { numbers, inUse: this.#values.inUseIn(groups, numbers), label };
  }
}

/** Rules that see the same groups are asked together. */
function wholeRules(rules: readonly Rule[], values: ValueNumbers): Footprint[] {
  const found = new Map<string, { groups: number[]; rules: number[] }>();
  for (const [n, { variables, conjunctions }] of rules.entries()) {
    if (conjunctions) continue;
    const groups = values.groupsOf(variables);
    const footprint = found.get(groups.join()) ?? { groups, rules: [] };
    found.set(groups.join(), footprint);
    footprint.rules.push(n);
  }
  return [...found.values()];
}

/** Conjuncts that share a group are asked together. */
function footprintsOf(rule: number, conjunction: Conjunction, values: ValueNumbers): Footprint[] {
  let found: { groups: number[]; conjuncts: readonly Conjunct[] }[] = [];
  for (const conjunct of conjunction) {
    const own = values.groupsOf(conjunct.variables);
    const sharing = found.filter(({ groups }) => groups.some((group) => own.includes(group)));
    const groups = [...new Set([own, ...sharing.map((one) => one.groups)].flat())].sort((a, b) => a - b);
    found = [
      ...found.filter((one) => !sharing.includes(one)),
      { groups, conjuncts: [...sharing.flatMap((one) => one.conjuncts), conjunct] },
    ];
  }
  return found.map((one) => ({ ...one, rules: [rule] }));
}
