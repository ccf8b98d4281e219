/**
 * What the rules answer, by the numbers of the values that they look at. Rules that look at the same groups are asked
 * together: they are a footprint. Each is asked once for each combination of values, and the machines only for those.
 */

import type { Rule, Transition } from '../../model/rule.ts';
import type { State } from '../../model/state.ts';
import type { Footprint } from './kernel-wat.ts';
import { groups, type Interned } from './value-numbers.ts';

/** Marks a step, by bits: violated properties and reached goals. */
export type MarkStep = (transition: Transition, rule: Rule) => number;

/** In the 16 bits of a transition: its rule, and above it the marks of its step. */
export const ruleBits = 5;
export const markBits = 16 - ruleBits;

/** A move: the values of the footprint's groups afterwards, the credentials and revisions in use in them. */
export type Answer = { numbers: readonly number[]; inUse: number; label: number };

export type Answers = ReturnType<typeof answers>;

export function answers(rules: readonly Rule[], interned: Interned, mark: MarkStep) {
  if (rules.length > 2 ** ruleBits) throw new RangeError(`${2 ** ruleBits} rules are the most`);
  const footprints = footprintsOf(rules);
  const known = footprints.map(() => new Map<string, readonly Answer[]>());

  const usedIn = (needs: readonly number[], numbers: readonly number[]): number =>
    numbers.reduce((used, number, n) => used | interned.inUse[needs[n]!]![number]!, 0);

  function ask(footprint: number, before: readonly number[]): readonly Answer[] {
    const { needs, rules: asked } = footprints[footprint]!;
    const view: Partial<State> = Object.assign({}, ...needs.map((group, n) => interned.value(group, before[n]!)));
    return asked.flatMap((rule) =>
      rules[rule]!.enabled(view).map((transition) => {
        const after = { ...view, ...transition.after };
        const numbers = needs.map((group) => interned.number(group, after));
        return { numbers, inUse: usedIn(needs, numbers), label: rule | (mark(transition, rules[rule]!) << ruleBits) };
      }),
    );
  }

  return {
    footprints,
    usedIn,
    of(footprint: number, before: readonly number[]): readonly Answer[] {
      const key = before.join();
      const found = known[footprint]!.get(key) ?? ask(footprint, before);
      known[footprint]!.set(key, found);
      return found;
    },
  };
}

function footprintsOf(rules: readonly Rule[]): Footprint[] {
  const found = new Map<string, { rules: number[]; needs: number[]; others: number[] }>();
  for (const [rule, { variables }] of rules.entries()) {
    const isNeeded = (group: number) => groups[group]!.some((variable) => variables.includes(variable));
    const needs = [...groups.keys()].filter(isNeeded);
    const others = [...groups.keys()].filter((group) => !isNeeded(group));
    const footprint = found.get(needs.join()) ?? { rules: [], needs, others };
    found.set(needs.join(), footprint);
    footprint.rules.push(rule);
  }
  return [...found.values()];
}
