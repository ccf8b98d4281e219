/** Runs through a state graph that show something: the shortest path to a state, and a fair lasso through a component. */
import type { FairComponent, FairRules } from './fairness.ts';
import type { StateGraph } from './search/state-graph.ts';
import { propositionsOf, ruleOf } from './search/transition-system.ts';
import type { Follows } from './strongly-connected.ts';

/** Transitions by number, one after another; a run with a loop repeats it for ever, one without a loop ends. */
export type Run = { stem: number[]; loop: number[] };

/** The transition by which a state was first reached. */
function transitionBetween({ heads, targets }: StateGraph, from: number, to: number): number {
  for (let at = heads[from]!; at < heads[from + 1]!; at++) if (targets[at] === to) return at;
  throw new Error(`there is no transition from state ${from} to state ${to}`);
}

export function pathTo(graph: StateGraph, state: number): number[] {
  const path: number[] = [];
  for (let at = state; graph.parent[at] !== -1; at = graph.parent[at]!)
    path.push(transitionBetween(graph, graph.parent[at]!, at));
  return path.reverse();
}

/** The state that a transition leaves. */
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

/** Round a fair component, so that every fair rule is taken, or disabled somewhere on the loop. `bit`: a proposition that the loop must pass. */
export function lasso(
  graph: StateGraph,
  component: FairComponent,
  follows: Follows,
  fair: FairRules,
  bit: number | undefined,
): Run {
  return new Loop(graph, component, follows, fair).closed(bit);
}

class Loop {
  readonly #graph: StateGraph;
  readonly #follows: Follows;
  readonly #inside: ReadonlySet<number>;
  readonly #start: number;
  readonly #transitions: number[] = [];
  #at: number;
  /** Strongly fair rules that must still be taken, and weakly fair ones enabled on all of the loop so far, never taken. */
  #missing: number;
  #idle: number;

  constructor(graph: StateGraph, component: FairComponent, follows: Follows, { weak, strong }: FairRules) {
    this.#graph = graph;
    this.#follows = follows;
    this.#inside = new Set(component);
    this.#start = component.reduce((nearest, state) => Math.min(nearest, state));
    this.#at = this.#start;
    this.#missing = strong & component.reduce((rules, state) => rules | graph.enabled[state]!, 0);
    this.#idle = weak & graph.enabled[this.#start]!;
  }

  closed(bit: number | undefined): Run {
    const { labels, targets, enabled } = this.#graph;
    const ruleBit = (transition: number) => 1 << ruleOf(labels[transition]!);
    if (bit !== undefined) this.#extend((transition) => (propositionsOf(labels[transition]!) & (1 << bit)) !== 0);
    while (this.#missing !== 0 && this.#extend((transition) => (this.#missing & ruleBit(transition)) !== 0));
    while (
      this.#idle !== 0 &&
      this.#extend(
        (transition) =>
          (this.#idle & ruleBit(transition)) !== 0 || (this.#idle & ~enabled[targets[transition]!]!) !== 0,
      )
    );
    if (this.#at !== this.#start) this.#extend((transition) => targets[transition] === this.#start);
    return { stem: pathTo(this.#graph, this.#start), loop: this.#transitions };
  }

  /** By the shortest path from here that ends with such a transition; false if there is none. */
  #extend(ends: (transition: number) => boolean): boolean {
    const { labels, targets, enabled } = this.#graph;
    const path = this.#shortest(ends);
    for (const transition of path) {
      this.#transitions.push(transition);
      const rule = 1 << ruleOf(labels[transition]!);
      this.#at = targets[transition]!;
      this.#missing &= ~rule;
      this.#idle &= ~rule & enabled[this.#at]!;
    }
    return path.length > 0;
  }

  #shortest(ends: (transition: number) => boolean): number[] {
    const { heads, targets, labels } = this.#graph;
    const reachedBy = new Map<number, number>([[this.#at, -1]]);
    for (const state of reachedBy.keys()) {
      for (let transition = heads[state]!; transition < heads[state + 1]!; transition++) {
        const target = targets[transition]!;
        if (!this.#inside.has(target) || this.#follows[labels[transition]!] === 0) continue;
        if (ends(transition)) {
          const path = [transition];
          for (let back = reachedBy.get(state)!; back !== -1; back = reachedBy.get(sourceOf(this.#graph, back))!) {
            path.push(back);
          }
          return path.reverse();
        }
        if (!reachedBy.has(target)) reachedBy.set(target, transition);
      }
    }
    return [];
  }
}
