/** Strongly connected components of a state graph (Tarjan), without recursion: graphs have millions of states. */
import type { StateGraph } from './search/state-graph.ts';

/** By label, 1 where runs may go. */
export type Follows = Uint8Array;
export const labelCount = 2 ** 16;

/** Components one after another, each after all that can be reached from it: where each ends, and its members. */
export type Components = { members: Int32Array; ends: Int32Array };

/** The index of a state whose component is complete: as if visited last of all. */
const settled = 2 ** 31 - 1;

export class ComponentSearch {
  readonly #graph: StateGraph;
  readonly #follows: Follows;
  readonly #regions: Int32Array | undefined;
  /** 0: not visited. Otherwise the order of visits, or `settled`. */
  readonly #index: Int32Array;
  /** The path of the depth-first search: its states, the next transition of each, and the lowest index each leads back to. */
  readonly #path: Int32Array;
  readonly #nextEdge: Uint32Array;
  readonly #lowest: Int32Array;

  /** `regions`: the region of each state. Transitions are followed only within a region, and if their label says so. */
  constructor(graph: StateGraph, follows: Follows, regions?: Int32Array) {
    this.#graph = graph;
    this.#follows = follows;
    this.#regions = regions;
    this.#index = new Int32Array(graph.states);
    this.#path = new Int32Array(graph.states);
    this.#nextEdge = new Uint32Array(graph.states);
    this.#lowest = new Int32Array(graph.states);
  }

  /** `among`: whole regions. */
  componentsOf(among: Int32Array): Components {
    const { heads, targets, labels } = this.#graph;
    const [follows, regions] = [this.#follows, this.#regions];
    const [index, path, nextEdge, lowest] = [this.#index, this.#path, this.#nextEdge, this.#lowest];
    for (let n = 0; n < among.length; n++) index[among[n]!] = 0;
    const members = new Int32Array(among.length);
    const stack = new Int32Array(among.length);
    const ends: number[] = [];
    let stacked = 0;
    let visits = 0;
    let depth = 0;
    let found = 0;
    const enter = (state: number) => {
      index[state] = lowest[depth] = ++visits;
      nextEdge[depth] = heads[state]!;
      stack[stacked++] = state;
      path[depth++] = state;
    };
    for (let n = 0; n < among.length; n++) {
      if (index[among[n]!] === 0) enter(among[n]!);
      while (depth > 0) {
        const state = path[depth - 1]!;
        const region = regions ? regions[state]! : 0;
        const end = heads[state + 1]!;
        let edge = nextEdge[depth - 1]!;
        let low = lowest[depth - 1]!;
        let child = -1;
        for (; edge < end && child < 0; edge++) {
          if (follows[labels[edge]!] === 0) continue;
          const target = targets[edge]!;
          if (regions !== undefined && regions[target] !== region) continue;
          const visited = index[target]!;
          if (visited === 0) child = target;
          else if (visited < low) low = visited;
        }
        lowest[depth - 1] = low;
        nextEdge[depth - 1] = edge;
        if (child >= 0) {
          enter(child);
          continue;
        }
        depth--;
        if (depth > 0 && low < lowest[depth - 1]!) lowest[depth - 1] = low;
        if (low !== index[state]) continue;
        for (let member = -1; member !== state; ) {
          member = stack[--stacked]!;
          index[member] = settled;
          members[found++] = member;
        }
        ends.push(found);
      }
    }
    return { members, ends: Int32Array.from(ends) };
  }
}

/** Of a whole graph. */
export function components(graph: StateGraph, follows: Follows): Components {
  const all = new Int32Array(graph.states);
  for (let state = 0; state < all.length; state++) all[state] = state;
  return new ComponentSearch(graph, follows).componentsOf(all);
}
