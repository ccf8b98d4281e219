/**
 * Fair endless runs, by Streett's refinement: in a component in which a strongly fair rule is enabled but never taken, the
 * states that enable it are left out, and what remains is searched again. Stuttering is a run as well: a state is left only
 * because a fair rule is enabled in it.
 */
import type { StateGraph } from './search/state-graph.ts';
import { type Fairness, type Rule, ruleOf } from './search/transition-system.ts';
import { ComponentSearch, type Components, type Follows } from './strongly-connected.ts';

/** Rules as bits. */
export type FairRules = { weak: number; strong: number };

export function fairRules(rules: readonly Rule[]): FairRules {
  const bitsOf = (kind: Fairness) =>
    rules.reduce((bits, { fairness }, n) => (fairness === kind ? bits | (1 << n) : bits), 0);
  return { weak: bitsOf('weak'), strong: bitsOf('strong') };
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

  constructor(graph: StateGraph, fair: FairRules, where: Where) {
    this.#graph = graph;
    this.#fair = fair;
    this.#where = where;
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
        if (starved === 0 && !found(component)) return;
        if (starved === 0 || starved === undefined) continue;
        const rest = component.filter((state) => (this.#graph.enabled[state]! & starved) === 0);
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
    const { enabled } = this.#graph;
    const fair = this.#fair.weak | this.#fair.strong;
    const found: Int32Array[] = [];
    for (let part = 0, from = 0; part < ends.length; part++) {
      const to = ends[part]!;
      const state = members[from]!;
      const mayStay = to - from > 1 || loops[state] === 1 || (enabled[state]! & fair) === 0;
      if (mayStay) found.push(members.subarray(from, to));
      from = to;
    }
    return found;
  }

  #settle(component: Int32Array): void {
    const region = this.#nextRegion++;
    for (let n = 0; n < component.length; n++) this.#regions[component[n]!] = region;
  }

  /** Strongly fair rules that are enabled in a component but never taken; undefined if a weakly fair one always is. */
  #starvedIn(component: FairComponent): number | undefined {
    const { heads, targets, labels, enabled } = this.#graph;
    const regions = this.#regions;
    const { follows } = this.#where;
    const own = regions[component[0]!]!;
    let taken = 0;
    let enabledSomewhere = 0;
    let enabledEverywhere = -1;
    for (let n = 0; n < component.length; n++) {
      const state = component[n]!;
      enabledSomewhere |= enabled[state]!;
      enabledEverywhere &= enabled[state]!;
      for (let edge = heads[state]!; edge < heads[state + 1]!; edge++) {
        if (regions[targets[edge]!] === own && follows[labels[edge]!] === 1) taken |= 1 << ruleOf(labels[edge]!);
      }
    }
    if ((enabledEverywhere & this.#fair.weak & ~taken) !== 0) return undefined;
    return enabledSomewhere & this.#fair.strong & ~taken;
  }
}
