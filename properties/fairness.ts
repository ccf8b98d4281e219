/**
 * Endless runs that are fair, by Streett's refinement: in a component in which a strongly fair rule can happen but never
 * does, the worlds where it can are left out, and what remains is looked at again. Standing still is a run as well: a
 * world is left only because a fair rule can happen in it.
 */
import { components } from './components.ts';
import { type Graph, ruleOf } from './graph.ts';
import type { Rule } from './rules.ts';

/** Rules as bits. */
export type FairRules = { weak: number; strong: number };

export const fairRules = (rules: readonly Rule[]): FairRules => ({
  weak: rules.reduce((bits, { fairness }, n) => (fairness === 'weak' ? bits | (1 << n) : bits), 0),
  strong: rules.reduce((bits, { fairness }, n) => (fairness === 'strong' ? bits | (1 << n) : bits), 0),
});

/** A set of worlds in which a fair run can go round for ever, and pass all of them and all transitions between them. */
export type FairComponent = Int32Array;

/** Where runs may go: worlds and, by their labels, transitions. Called once for each. */
export type Where = { has(world: number): boolean; follows(label: number): boolean };

/** Calls back for the fair components of a part of the graph, until the answer is false. */
export function eachFairComponent(
  graph: Graph,
  { weak, strong }: FairRules,
  { has, follows }: Where,
  found: (component: FairComponent) => boolean,
): void {
  const { worlds, heads, targets, labels, enabled } = graph;
  const regions = new Int32Array(worlds);
  const first: number[] = [];
  for (let world = 0; world < worlds; world++) {
    if (has(world)) first.push(world);
    else regions[world] = -1;
  }
  const search = components(graph, regions, follows);
  const waiting = [Int32Array.from(first)];
  let nextRegion = 1;
  let goOn = true;

  for (let members = waiting.pop(); members && goOn; members = waiting.pop()) {
    const kept: Int32Array[] = [];
    search.each(members, (stack, from, to) => {
      let enabledSomewhere = 0;
      let _enabledEverywhere = -1;
      for (let n = from; n < to; n++) {
        const rules = enabled[stack[n]!]!;
        enabledSomewhere |= rules;
        _enabledEverywhere &= rules;
      }
      // The quick way out for the many components of one world.
      if (to - from === 1 && (enabledSomewhere & (weak | strong)) !== 0 && !loops(stack[from]!)) return;
      kept.push(stack.slice(from, to));
    });

    for (const component of kept) {
      const own = nextRegion++;
      for (const world of component) regions[world] = own;
    }
    for (const component of kept) {
      if (!goOn) break;
      const own = regions[component[0]!]!;
      let taken = 0;
      let enabledSomewhere = 0;
      let enabledEverywhere = -1;
      for (const world of component) {
        enabledSomewhere |= enabled[world]!;
        enabledEverywhere &= enabled[world]!;
        for (let edge = heads[world]!; edge < heads[world + 1]!; edge++) {
          if (regions[targets[edge]!] === own && follows(labels[edge]!)) taken |= 1 << ruleOf(labels[edge]!);
        }
      }
      if ((enabledEverywhere & weak & ~taken) !== 0) continue;
      const starved = enabledSomewhere & strong & ~taken;
      if (starved === 0) {
        goOn = found(component);
        continue;
      }
      const rest = component.filter((world) => (enabled[world]! & starved) === 0);
      if (rest.length === 0) continue;
      const restRegion = nextRegion++;
      for (const world of rest) regions[world] = restRegion;
      waiting.push(rest);
    }
  }

  function loops(world: number): boolean {
    for (let edge = heads[world]!; edge < heads[world + 1]!; edge++) {
      if (targets[edge] === world && follows(labels[edge]!)) return true;
    }
    return false;
  }
}
