/**
 * Successors by footprint. Rules that see the same groups of variables are asked together: these groups are their
 * footprint. They are asked once for each combination of values in it.
 */
import { Memo } from './memo.ts';
import { type Rule, ruleBits, type Transition } from './transition-system.ts';
import type { ValueNumbers } from './value-numbers.ts';

/** The propositions that are true of a transition, as bits. */
export type LabelOf = (transition: Transition, rule: Rule) => number;

/** The rules that see the same groups, and the groups that they leave alone. */
export type Footprint = { rules: readonly number[]; groups: readonly number[]; others: readonly number[] };

/** The values of the footprint's groups after a transition, the ordinals in use in them, and the transition's label. */
export type Successor = { numbers: readonly number[]; inUse: number; label: number };

export class SuccessorTable {
  readonly footprints: readonly Footprint[];
  readonly #rules: readonly Rule[];
  readonly #values: ValueNumbers;
  readonly #labelOf: LabelOf;
  readonly #known: readonly Memo<readonly Successor[]>[];

  constructor(rules: readonly Rule[], values: ValueNumbers, labelOf: LabelOf) {
    if (rules.length > 2 ** ruleBits) throw new RangeError(`${2 ** ruleBits} rules are the most`);
    this.#rules = rules;
    this.#values = values;
    this.#labelOf = labelOf;
    this.footprints = footprintsOf(rules, values);
    this.#known = this.footprints.map(
      ({ groups }, footprint) => new Memo([...groups.keys()], (numbers) => this.#ask(footprint, numbers)),
    );
  }

  /** `numbers`: of the values of the footprint's groups. */
  successors(footprint: number, numbers: readonly number[]): readonly Successor[] {
    return this.#known[footprint]!.of(numbers);
  }

  #ask(footprint: number, before: readonly number[]): Successor[] {
    const { groups, rules } = this.footprints[footprint]!;
    const view = this.#values.viewOf(groups, before);
    return rules.flatMap((n) => {
      const rule = this.#rules[n]!;
      return rule.enabled(view).map((transition) => {
        const after = { ...view, ...transition.after };
        const numbers = groups.map((group) => this.#values.numberOf(group, after));
        const label = n | (this.#labelOf(transition, rule) << ruleBits);
        return { numbers, inUse: this.#values.inUseIn(groups, numbers), label };
      });
    });
  }
}

function footprintsOf(rules: readonly Rule[], values: ValueNumbers): Footprint[] {
  const found = new Map<string, { rules: number[]; groups: number[]; others: number[] }>();
  for (const [rule, { variables }] of rules.entries()) {
    const groups = values.groupsOf(variables);
    const others = [...values.groups.keys()].filter((group) => !groups.includes(group));
    const footprint = found.get(groups.join()) ?? { rules: [], groups, others };
    found.set(groups.join(), footprint);
    footprint.rules.push(rule);
  }
  return [...found.values()];
}
