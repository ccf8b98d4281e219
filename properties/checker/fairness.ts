/**
 * Fair endless runs, by Streett's refinement: in a component in which a strongly fair rule is enabled but never taken, the
 * states that enable it are left out, and what remains is searched again. Stuttering is a run as well: a state is left only
 * because a fair rule is enabled in it.
 */
import type { StateGraph } from './search/state-graph.ts';
import type { Fairness, Rule } from './search/transition-system.ts';
import { ComponentSearch, type Components, type Follows } from './strongly-connected.ts';

/** By rule, 1 for those of a kind. */
export type RuleSet = Uint8Array;
export type FairRules = { weak: RuleSet; strong: RuleSet };

export function fairRules(rules: readonly Rule[]): FairRules {
  const those = (kind: Fairness) => Uint8Array.from(rules, ({ fairness }) => Number(fairness === kind));
  return { weak: those('weak'), strong: those('strong') };
}

/** Whether one of these rules is enabled. Nothing is known of a state that was not expanded: as if every rule were. */
export function enablesOne({ heads, labels, meanings, expanded }: StateGraph, state: number, rules: RuleSet): boolean {
  if (state >= expanded) return rules.includes(1);
  for (let at = heads[state]!; at < heads[state + 1]!; at++) if (rules[meanings.rules[labels[at]!]!] === 1) return true;
  return false;
}

/** Of these rules, those that are enabled in some of these states. */
export function enabledIn(graph: StateGraph, states: Iterable<number>, rules: RuleSet): RuleSet {
  const { heads, labels, meanings, expanded } = graph;
  const enabled = new Uint8Array(rules.length);
  for (const state of states) {
    if (state >= expanded) return rules;
    for (let at = heads[state]!; at < heads[state + 1]!; at++) enabled[meanings.rules[labels[at]!]!] = 1;
  }
  return enabled.map((one, rule) => one & rules[rule]!);
}

/** A set of states in which a fair run can loop for ever, through all of them and all transitions between them. */
export type FairComponent = Int32Array;

/** Where runs may go: states for which `has` is 1, and transitions whose labels are followed. */
export type Where = { has: Uint8Array; follows: Follows };

/**
 * Calls back for the fair components of a part of the graph, until the callback returns false. `parts`: components of the
 * graph by these transitions, and perhaps more of them; a run can only loop within one.
 */
export function eachFairComponent(
  graph: StateGraph,
  fair: FairRules,
  where: Where,
  parts: Components,
  found: (component: FairComponent) => boolean,
): void {
  new Refinement(graph, fair, where).each(parts, found);
}

class Refinement {
  readonly #graph: StateGraph;
  readonly #fair: FairRules;
  readonly #where: Where;
  readonly #search: ComponentSearch;
  readonly #regions: Int32Array;
  #nextRegion = 0;
  readonly #eitherWay: RuleSet;
  /** By rule: whether it is taken in a component, in how many of its states it is enabled, the last of these, and the answer. */
  readonly #taken: RuleSet;
  readonly #enabled: Int32Array;
  readonly #seen: Int32Array;
  readonly #starved: RuleSet;

  constructor(graph: StateGraph, fair: FairRules, where: Where) {
    this.#graph = graph;
    this.#fair = fair;
    this.#where = where;
    const rules = fair.weak.length;
    this.#taken = new Uint8Array(rules);
    this.#enabled = new Int32Array(rules);
    this.#seen = new Int32Array(rules);
    this.#starved = new Uint8Array(rules);
    this.#eitherWay = fair.weak.map((weak, rule) => weak | fair.strong[rule]!);
    this.#regions = new Int32Array(graph.states).fill(-1);
    this.#search = new ComponentSearch(graph, where.follows);
  }

  each(parts: Components, found: (component: FairComponent) => boolean): void {
    const waiting = this.#regionsOf(parts);
    for (let region = waiting.pop(); region; region = waiting.pop()) {
      const kept = this.#loopsOf(this.#search.componentsOf(region));
      for (const component of kept) this.#settle(component);
      for (const component of kept) {
        const starved = this.#starvedIn(component);
        if (starved === undefined) continue;
        if (!starved.includes(1)) {
          if (found(component)) continue;
          return;
        }
        const rest = component.filter((state) => !enablesOne(this.#graph, state, starved));
        if (rest.length === 0) continue;
        this.#settle(rest);
        waiting.push(rest);
      }
    }
  }

  #regionsOf(parts: Components): Int32Array[] {
    const regions: Int32Array[] = [];
    for (const part of this.#loopsOf(parts)) {
      const region = part.filter((state) => this.#where.has[state] === 1);
      if (region.length === 0) continue;
      this.#settle(region);
      regions.push(region);
    }
    return regions;
  }

  /** The components that a run can stay in: of a single state only if the run can stutter there, or loop. */
  #loopsOf({ members, ends, loops }: Components): Int32Array[] {
    const found: Int32Array[] = [];
    for (let part = 0, from = 0; part < ends.length; part++) {
      const to = ends[part]!;
      const state = members[from]!;
      const mayStay = to - from > 1 || loops[state] === 1 || !enablesOne(this.#graph, state, this.#eitherWay);
      if (mayStay) found.push(members.subarray(from, to));
      from = to;
    }
    return found;
  }

  #settle(component: Int32Array): void {
    const region = this.#nextRegion++;
    for (let n = 0; n < component.length; n++) this.#regions[component[n]!] = region;
  }

  /**
   * Strongly fair rules that are enabled in a component but never taken, until it is asked again; undefined if a weakly fair
   * one always is.
   */
  #starvedIn(component: FairComponent): RuleSet | undefined {
    const { heads, targets, labels, meanings } = this.#graph;
    const [regions, taken, enabled, seen, starved] = [
      this.#regions,
      this.#taken.fill(0),
      this.#enabled.fill(0),
      this.#seen.fill(-1),
      this.#starved,
    ];
    const { follows } = this.#where;
    const own = regions[component[0]!]!;
    for (let n = 0; n < component.length; n++) {
      const state = component[n]!;
      for (let edge = heads[state]!; edge < heads[state + 1]!; edge++) {
        const label = labels[edge]!;
        const rule = meanings.rules[label]!;
        if (seen[rule] !== state) enabled[rule]!++;
        seen[rule] = state;
        if (regions[targets[edge]!] === own && follows[label] === 1) taken[rule] = 1;
      }
    }
    for (let rule = 0; rule < starved.length; rule++) {
      const isIdle = taken[rule] === 0;
      if (isIdle && this.#fair.weak[rule] === 1 && enabled[rule] === component.length) return undefined;
      starved[rule] = Number(isIdle && this.#fair.strong[rule] === 1 && enabled[rule]! > 0);
    }
    return starved;
  }
}
