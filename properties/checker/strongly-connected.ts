/** Strongly connected components of a state graph (Tarjan), without recursion: graphs have millions of states. */
import { requireMemory } from './search/limits.ts';
import type { StateGraph } from './search/state-graph.ts';

/** By label, 1 where runs may go. */
export type Follows = Uint8Array;

/**
 * Components one after another, each after all that can be reached from it: where each ends, and its members. By state, `loops`
 * has 1 where a transition leads back to the state itself.
 */
export type Components = { members: Int32Array; ends: Int32Array; loops: Uint8Array };

/** The index of a state whose component is complete, or that is not searched at all: as if visited last of all. */
const settled = 2 ** 31 - 1;

export class ComponentSearch {
  readonly #graph: StateGraph;
  readonly #follows: Follows;
  /** 0: not visited. Otherwise the order of visits, or `settled`. */
  readonly #index: Int32Array;
  readonly #loops: Uint8Array;
  /** The path of the depth-first search: its states, the next transition of each, and the lowest index each leads back to. */
  readonly #path: Int32Array;
  readonly #nextEdge: Uint32Array;
  readonly #lowest: Int32Array;

  /** Transitions are followed if their label says so. */
  constructor(graph: StateGraph, follows: Follows) {
    requireMemory(25 * graph.states);
    this.#graph = graph;
    this.#follows = follows;
    this.#index = new Int32Array(graph.states).fill(settled);
    this.#loops = new Uint8Array(graph.states);
    this.#path = new Int32Array(graph.states);
    this.#nextEdge = new Uint32Array(graph.states);
    this.#lowest = new Int32Array(graph.states);
  }

  /** Of these states and the transitions between them. */
  componentsOf(among: Int32Array): Components {
    const { heads, targets, labels } = this.#graph;
    const [follows, loops] = [this.#follows, this.#loops];
    const [index, path, nextEdge, lowest] = [this.#index, this.#path, this.#nextEdge, this.#lowest];
    for (let n = 0; n < among.length; n++) index[among[n]!] = 0;
    // Members of complete components from the front on, and behind them, from the end on, those of components to come.
    const members = new Int32Array(among.length);
    let found = 0;
    let stacked = members.length;
    const ends = new Int32Array(among.length);
    let complete = 0;
    let visits = 0;
    let depth = 0;
    for (let n = 0; n < among.length; n++) {
      let child = index[among[n]!] === 0 ? among[n]! : -1;
      while (child >= 0 || depth > 0) {
        if (child >= 0) {
          visits++;
          index[child] = visits;
          lowest[depth] = visits;
          nextEdge[depth] = heads[child]!;
          members[--stacked] = child;
          path[depth++] = child;
          child = -1;
        }
        const state = path[depth - 1]!;
        const end = heads[state + 1]!;
        let edge = nextEdge[depth - 1]!;
        let low = lowest[depth - 1]!;
        for (; edge < end && child < 0; edge++) {
          if (follows[labels[edge]!] === 0) continue;
          const target = targets[edge]!;
          const visited = index[target]!;
          if (visited === 0) child = target;
          else if (visited < low) low = visited;
          else if (target === state) loops[state] = 1;
        }
        lowest[depth - 1] = low;
        nextEdge[depth - 1] = edge;
        if (child >= 0) continue;
        depth--;
        if (depth > 0 && low < lowest[depth - 1]!) lowest[depth - 1] = low;
        if (low !== index[state]) continue;
        for (let member = -1; member !== state; ) {
          member = members[stacked++]!;
          index[member] = settled;
          members[found++] = member;
        }
        ends[complete++] = found;
      }
    }
    return { members, ends: ends.subarray(0, complete), loops };
  }
}

/** Of a whole graph. */
export function components(graph: StateGraph, follows: Follows): Components {
  const all = new Int32Array(graph.states);
  for (let state = 0; state < all.length; state++) all[state] = state;
  return new ComponentSearch(graph, follows).componentsOf(all);
}
