/**
 * Endless runs that are fair, by Streett's refinement: in a component in which a strongly fair rule can happen but never
 * does, the worlds where it can are left out, and what remains is looked at again. Standing still is a run as well: a
 * world is left only because a fair rule can happen in it.
 */

import type { Rule } from '../model/rule.ts';
import { ruleOf, type StateGraph } from './search/state-graph.ts';
import { type Components, componentSearch, type Follows } from './strongly-connected.ts';

/** Rules as bits. */
export type FairRules = { weak: number; strong: number };

export const fairRules = (rules: readonly Rule[]): FairRules => ({
  weak: rules.reduce((bits, { fairness }, n) => (fairness === 'weak' ? bits | (1 << n) : bits), 0),
  strong: rules.reduce((bits, { fairness }, n) => (fairness === 'strong' ? bits | (1 << n) : bits), 0),
});

/** A set of worlds in which a fair run can go round for ever, and pass all of them and all transitions between them. */
export type FairComponent = Int32Array;

/** Where runs may go: the worlds for which `has` is 1, and the transitions whose labels are followed. */
export type Where = { has: Uint8Array; follows: Follows };

/**
 * Calls back for the fair components of a part of the graph, until the answer is false. `parts`: components of the graph
 * by these transitions, and perhaps more of them; only within them can a run go round.
 */
export function eachFairComponent(
  graph: StateGraph,
  { weak, strong }: FairRules,
  { has, follows }: Where,
  parts: Components,
  found: (component: FairComponent) => boolean,
): void {
  const { states: worlds, heads, targets, labels, enabled } = graph;
  const regions = new Int32Array(worlds).fill(-1);
  let nextRegion = 0;
  const search = componentSearch(graph, follows, regions);
  const waiting = regionsOf(parts);

  for (let region = waiting.pop(); region; region = waiting.pop()) {
    const { members, ends } = search(region);
    const kept: Int32Array[] = [];
    let from = 0;
    for (const to of ends) {
      if (to - from > 1 || mayStay(members[from]!)) kept.push(members.subarray(from, to));
      from = to;
    }
    for (const component of kept) settle(component);
    for (const component of kept) {
      const starved = starvedIn(component);
      if (starved === 0 && !found(component)) return;
      if (starved === 0 || starved === undefined) continue;
      const rest = component.filter((state) => (enabled[state]! & starved) === 0);
      if (rest.length === 0) continue;
      settle(rest);
      waiting.push(rest);
    }
  }

  /** The parts to look at: in one of a single world, a run could only stand still, or go round from the world to itself. */
  function regionsOf({ members, ends }: Components): Int32Array[] {
    const first: Int32Array[] = [];
    let from = 0;
    for (let part = 0; part < ends.length; part++) {
      const to = ends[part]!;
      if (to - from > 1 || mayStay(members[from]!)) {
        const region = members.subarray(from, to).filter((state) => has[state] === 1);
        if (region.length > 0) {
          settle(region);
          first.push(region);
        }
      }
      from = to;
    }
    return first;
  }

  function settle(component: Int32Array): void {
    const region = nextRegion++;
    for (let n = 0; n < component.length; n++) regions[component[n]!] = region;
  }

  function mayStay(state: number): boolean {
    if ((enabled[state]! & (weak | strong)) === 0) return true;
    for (let edge = heads[state]!; edge < heads[state + 1]!; edge++) {
      if (targets[edge] === state && follows[labels[edge]!] === 1) return true;
    }
    return false;
  }

  /** Strongly fair rules that can happen in a component but never do; undefined if a weakly fair one always could. */
  function starvedIn(component: FairComponent): number | undefined {
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
    if ((enabledEverywhere & weak & ~taken) !== 0) return undefined;
    return enabledSomewhere & strong & ~taken;
  }
}
