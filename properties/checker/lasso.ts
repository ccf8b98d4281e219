/** Runs through a state graph that show something: the shortest path to a state, and a fair lasso through a component. */
import { enabledIn, type FairComponent, type FairRules, type RuleSet } from './fairness.ts';
import type { StateGraph } from './search/state-graph.ts';
import type { Follows } from './strongly-connected.ts';

/** Transitions by number, one after another; a run with a loop repeats it for ever, one without a loop ends. */
export type Run = { stem: number[]; loop: number[] };

/** The shortest path to a state. */
export function pathTo(graph: StateGraph, state: number): number[] {
  const { targets, initial } = graph;
  // States have numbers in the order in which transitions first reach them.
  const reachedBy = new Uint32Array(state + 1);
  for (let transition = 0, next = initial; next <= state; transition++) {
    if (targets[transition] === next) reachedBy[next++] = transition;
  }
  const path: number[] = [];
  for (let at = state; at >= initial; at = sourceOf(graph, path.at(-1)!)) path.push(reachedBy[at]!);
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
  readonly #missing: RuleSet;
  #idle: RuleSet;

  constructor(graph: StateGraph, component: FairComponent, follows: Follows, { weak, strong }: FairRules) {
    this.#graph = graph;
    this.#follows = follows;
    this.#inside = new Set(component);
    this.#start = component.reduce((nearest, state) => Math.min(nearest, state));
    this.#at = this.#start;
    this.#missing = enabledIn(graph, component, strong).slice();
    this.#idle = enabledIn(graph, [this.#start], weak);
  }

  closed(bit: number | undefined): Run {
    const { labels, targets, meanings } = this.#graph;
    if (bit !== undefined)
      this.#extend((transition) => (meanings.propositions[labels[transition]!]! & (1 << bit)) !== 0);
    while (this.#missing.includes(1) && this.#extend((transition) => this.#missing[this.#ruleOf(transition)] === 1));
    while (
      this.#idle.includes(1) &&
      this.#extend((transition) => {
        const after = enabledIn(this.#graph, [targets[transition]!], this.#idle);
        return this.#idle[this.#ruleOf(transition)] === 1 || this.#idle.some((isIdle, rule) => isIdle > after[rule]!);
      })
    );
    if (this.#at !== this.#start) this.#extend((transition) => targets[transition] === this.#start);
    return { stem: pathTo(this.#graph, this.#start), loop: this.#transitions };
  }

  /** By the shortest path from here that ends with such a transition; false if there is none. */
  #extend(ends: (transition: number) => boolean): boolean {
    const path = this.#shortest(ends);
    for (const transition of path) {
      this.#transitions.push(transition);
      const rule = this.#ruleOf(transition);
      this.#at = this.#graph.targets[transition]!;
      this.#missing[rule] = 0;
      this.#idle = enabledIn(this.#graph, [this.#at], this.#idle).slice();
      this.#idle[rule] = 0;
    }
    return path.length > 0;
  }

  #ruleOf(transition: number): number {
    return this.#graph.meanings.rules[this.#graph.labels[transition]!]!;
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
