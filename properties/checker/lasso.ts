/** Runs through a graph that show something: the shortest way to a world, and a fair lasso through a component. */

import type { FairComponent, FairRules } from './fairness.ts';
import { marksOf, ruleOf, type StateGraph } from './search/state-graph.ts';
import type { Follows } from './strongly-connected.ts';

/** Indices of transitions, one after another; a run without a loop ends, one with a loop goes round it for ever. */
export type Run = { stem: number[]; loop: number[] };

/** The transition by which a world was first met. */
function transitionBetween({ heads, targets }: StateGraph, from: number, to: number): number {
  for (let at = heads[from]!; at < heads[from + 1]!; at++) if (targets[at] === to) return at;
  throw new Error(`there is no transition from world ${from} to world ${to}`);
}

export function pathTo(graph: StateGraph, state: number): number[] {
  const way: number[] = [];
  for (let at = state; graph.parent[at] !== -1; at = graph.parent[at]!)
    way.push(transitionBetween(graph, graph.parent[at]!, at));
  return way.reverse();
}

/** The world that a transition leaves. */
export function sourceOf({ heads }: StateGraph, transition: number): number {
  let low = 0;
  let high = heads.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (heads[middle]! <= transition) low = middle;
    else high = middle;
  }
  return low;
}

/** Round a fair component, so that every fair rule has its turn, or cannot have one somewhere on the way. */
export function lasso(
  graph: StateGraph,
  component: FairComponent,
  follows: Follows,
  { weak, strong }: FairRules,
  mark: number | undefined,
): Run {
  const { heads, targets, labels, enabled } = graph;
  const inside = new Set(component);
  const start = component.reduce((nearest, state) => Math.min(nearest, state));
  const enabledSomewhere = component.reduce((rules, state) => rules | enabled[state]!, 0);
  const loop: number[] = [];
  let at = start;
  let missing = strong & enabledSomewhere;
  let idle = weak;
  let unmarked = mark !== undefined;

  const visit = (state: number) => {
    idle &= enabled[state]!;
  };
  const follow = (way: readonly number[]) => {
    for (const transition of way) {
      loop.push(transition);
      const label = labels[transition]!;
      missing &= ~(1 << ruleOf(label));
      idle &= ~(1 << ruleOf(label));
      if (mark !== undefined && (marksOf(label) & (1 << mark)) !== 0) unmarked = false;
      at = targets[transition]!;
      visit(at);
    }
  };
  visit(start);

  /** The shortest way from here that ends with such a transition. */
  function search(ends: (transition: number) => boolean): number[] | undefined {
    const cameBy = new Map<number, number>([[at, -1]]);
    const queue = [at];
    for (const state of queue) {
      for (let transition = heads[state]!; transition < heads[state + 1]!; transition++) {
        const target = targets[transition]!;
        if (!inside.has(target) || follows[labels[transition]!] === 0) continue;
        if (ends(transition)) {
          const way = [transition];
          for (let back = cameBy.get(state)!; back !== -1; back = cameBy.get(sourceOf(graph, back))!) way.push(back);
          return way.reverse();
        }
        if (cameBy.has(target)) continue;
        cameBy.set(target, transition);
        queue.push(target);
      }
    }
    return undefined;
  }

  if (mark !== undefined) follow(search((transition) => (marksOf(labels[transition]!) & (1 << mark)) !== 0) ?? []);
  while (missing !== 0 || unmarked) {
    const way = search((transition) => (missing & (1 << ruleOf(labels[transition]!))) !== 0);
    if (!way) break;
    follow(way);
  }
  while (idle !== 0) {
    const way = search(
      (transition) =>
        (idle & (1 << ruleOf(labels[transition]!))) !== 0 || (idle & ~enabled[targets[transition]!]!) !== 0,
    );
    if (!way) break;
    follow(way);
  }
  if (at !== start) follow(search((transition) => targets[transition] === start) ?? []);
  return { stem: pathTo(graph, start), loop };
}
