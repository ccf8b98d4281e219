/** The sentences of a setting, asked of the worlds that were visited and of the transitions between them. */

import type { Rule } from '../model/rule.ts';
import type { CapifModel } from '../model/rules/composition.ts';
import type { State, Variable } from '../model/state.ts';
import type { Always, AtMost, Property } from '../requirements/property.ts';
import { eachFairComponent, type FairComponent, fairRules } from './fairness.ts';
import { lasso, pathTo, type Run, sourceOf } from './lasso.ts';
import { longestPath } from './longest-path.ts';
import type { Explored } from './search/explore.ts';
import { marksOf, ruleOf, type StateGraph } from './search/state-graph.ts';
import { markBits } from './search/successor-table.ts';
import { groups } from './search/value-numbers.ts';
import { type Components, components, type Follows, labelCount } from './strongly-connected.ts';
import type { Marks } from './transition-labels.ts';

export type Verdict = {
  property: Property;
  holds: boolean;
  /** What shows it: a violation, or that something happens. */
  run?: Run;
  /** Of `atMost`: how often it can happen. */
  times?: number;
};

/** What is assumed of endless runs: changes and faults happen as often as they like, but not for ever. */
const stable = (rules: readonly Rule[]): Follows =>
  Uint8Array.from({ length: labelCount }, (_, label) => Number(rules[ruleOf(label)]?.isFault === false));

const isMarkedBy = (label: number, bit: number): boolean => (marksOf(label) & (1 << bit)) !== 0;

function* each({ members, ends }: Components): Generator<FairComponent> {
  let from = 0;
  for (const to of ends) {
    yield members.subarray(from, to);
    from = to;
  }
}

export class Questions {
  readonly #rules: readonly Rule[];
  readonly #graph: StateGraph;
  readonly #explored: Explored;
  readonly #marks: Marks;
  /** By mark, the first transition that has it; looked for when it is first asked for. */
  #first: readonly (number | undefined)[] | undefined;
  #parts: Components | undefined;

  constructor({ rules }: CapifModel, graph: StateGraph, explored: Explored, marks: Marks) {
    this.#rules = rules;
    this.#graph = graph;
    this.#explored = explored;
    this.#marks = marks;
  }

  answer(property: Property): Verdict {
    if (property.kind === 'always') return this.#ofWorlds(property);
    if (property.kind === 'everyStep') return this.#ofEveryStep(property);
    const bit = this.#marks.bitOf(property)!;
    if (property.kind === 'sometimes') return this.#ofSomeStep(property, bit);
    if (property.kind === 'atMost') return this.#ofNumbers(property, bit);
    return this.#ofRuns(property, bit);
  }

  #ofWorlds(property: Always): Verdict {
    const holds = this.#each(property.variables, property.holds);
    const state = holds.indexOf(0);
    return state < 0
      ? { property, holds: true }
      : { property, holds: false, run: { stem: pathTo(this.#graph, state), loop: [] } };
  }

  #ofEveryStep(property: Property): Verdict {
    const bit = this.#marks.bitOf(property);
    const run = bit === undefined ? undefined : this.#firstRun(bit);
    return { property, holds: !this.#marks.broken.has(property), ...(run && { run }) };
  }

  #ofSomeStep(property: Property, bit: number): Verdict {
    const run = this.#firstRun(bit);
    return { property, holds: run !== undefined, ...(run && { run }) };
  }

  #firstRun(bit: number): Run | undefined {
    this.#first ??= firstMarked(this.#graph);
    const transition = this.#first[bit];
    if (transition === undefined) return undefined;
    return { stem: [...pathTo(this.#graph, sourceOf(this.#graph, transition)), transition], loop: [] };
  }

  #ofRuns(property: Extract<Property, { kind: 'againAndAgain' | 'notForEver' }>, bit: number): Verdict {
    const graph = this.#graph;
    const has = this.#each(property.variables, property.while);
    const avoids = property.kind === 'againAndAgain';
    const follows = stable(this.#rules);
    const parts = this.#stableParts(follows);
    if (avoids) for (let label = 0; label < labelCount; label++) if (isMarkedBy(label, bit)) follows[label] = 0;
    const fair = fairRules(this.#rules);
    let found: FairComponent | undefined;
    eachFairComponent(graph, fair, { has, follows }, parts, (component) => {
      if (!avoids && !this.#passes(component, follows, bit)) return true;
      found = component;
      return false;
    });
    if (!found) return { property, holds: true };
    return { property, holds: false, run: lasso(graph, found, follows, fair, avoids ? undefined : bit) };
  }

  #ofNumbers(property: AtMost, bit: number): Verdict {
    const graph = this.#graph;
    const follows = stable(this.#rules);
    const parts = this.#stableParts(follows);
    const times = longestPath(graph, parts, follows, bit);
    if (Number.isFinite(times)) return { property, holds: times <= property.times, times };
    const found = [...each(parts)].find((component) => this.#passes(component, follows, bit))!;
    // A bound is not a matter of fairness.
    return { property, holds: false, times, run: lasso(graph, found, follows, { weak: 0, strong: 0 }, bit) };
  }

  /** The components by what is stable: asked by all questions about runs, so found once. */
  #stableParts(follows: Follows): Components {
    this.#parts ??= components(this.#graph, follows);
    return this.#parts;
  }

  /** Whether a component has a transition with this mark. */
  #passes(component: FairComponent, follows: Follows, bit: number): boolean {
    const { heads, targets, labels } = this.#graph;
    const mayPass = (at: number) => isMarkedBy(labels[at]!, bit) && follows[labels[at]!] === 1;
    let inside: Set<number> | undefined;
    for (const state of component) {
      for (let at = heads[state]!; at < heads[state + 1]!; at++) {
        if (!mayPass(at)) continue;
        inside ??= new Set(component);
        if (inside.has(targets[at]!)) return true;
      }
    }
    return false;
  }

  /** The answer for each world, 1 or 0; asked once for each distinct content of the slots that the question needs. */
  #each(needs: readonly Variable[], ask: (state: State) => boolean): Uint8Array {
    const { low, high, states: worlds } = this.#graph;
    const { table, places } = this.#explored;
    const masks: [number, number] = [0, 0];
    for (const [n, members] of groups.entries()) {
      if (!members.some((variable) => needs.includes(variable))) continue;
      const { word, shift, bits } = places[n]!;
      masks[word] |= (2 ** bits - 1) << shift;
    }
    const known = new Map<number, number>();
    const answers = new Uint8Array(worlds);
    for (let state = 0; state < worlds; state++) {
      const key = ((low[state]! & masks[0]) >>> 0) * 2 ** 32 + ((high[state]! & masks[1]) >>> 0);
      const answer = known.get(key) ?? Number(ask(table.unpack(low[state]!, high[state]!)));
      known.set(key, answer);
      answers[state] = answer;
    }
    return answers;
  }
}

function firstMarked({ targets, labels }: StateGraph): (number | undefined)[] {
  const first: (number | undefined)[] = [];
  let missing = 2 ** markBits - 1;
  for (let transition = 0; transition < targets.length && missing !== 0; transition++) {
    const news = marksOf(labels[transition]!) & missing;
    if (news === 0) continue;
    missing &= ~news;
    for (let bit = 0; bit < markBits; bit++) if ((news & (1 << bit)) !== 0) first[bit] = transition;
  }
  return first;
}
