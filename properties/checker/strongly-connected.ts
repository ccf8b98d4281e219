/** Strongly connected components of a graph (Tarjan), without recursion: graphs have millions of worlds. */
import type { StateGraph } from './search/state-graph.ts';

/** By label, 1 where runs may go. */
export type Follows = Uint8Array;
export const labelCount = 2 ** 16;

/** Components one after another, each after all that can be reached from it: where each ends, and what is in them. */
export type Components = { members: Int32Array; ends: Int32Array };

export type Search = ReturnType<typeof componentSearch>;

/**
 * `regions`: which region each world is in. Transitions are followed within a region, if their label says so. Answers
 * for `worlds`, which are whole regions.
 */
export function componentSearch(
  { states: worlds, heads, targets, labels }: StateGraph,
  follows: Follows,
  regions?: Int32Array,
) {
  /** 0: not met. Otherwise in which order; those that are in a component already are as if met last of all. */
  const index = new Int32Array(worlds);
  /** The way down to where the search is: worlds, the next transition of each, and the first met that it gets back to. */
  const path = new Int32Array(worlds);
  const nextEdge = new Uint32Array(worlds);
  const lowest = new Int32Array(worlds);
  const settled = 2 ** 31 - 1;

  return (among: Int32Array): Components => {
    for (let n = 0; n < among.length; n++) index[among[n]!] = 0;
    const members = new Int32Array(among.length);
    const ends: number[] = [];
    const stack = new Int32Array(among.length);
    let stacked = 0;
    let next = 0;
    let depth = 0;
    let found = 0;
    for (let n = 0; n < among.length; n++) {
      let state = among[n]!;
      if (index[state] !== 0) continue;
      const region = regions ? regions[state]! : 0;
      index[state] = lowest[0] = ++next;
      nextEdge[0] = heads[state]!;
      stack[stacked++] = state;
      path[0] = state;
      depth = 1;
      while (depth > 0) {
        state = path[depth - 1]!;
        let edge = nextEdge[depth - 1]!;
        const end = heads[state + 1]!;
        let low = lowest[depth - 1]!;
        let child = -1;
        for (; edge < end; edge++) {
          if (follows[labels[edge]!] === 0) continue;
          const target = targets[edge]!;
          if (regions !== undefined && regions[target] !== region) continue;
          const met = index[target]!;
          if (met === 0) {
            child = target;
            edge++;
            break;
          }
          if (met < low) low = met;
        }
        if (child >= 0) {
          lowest[depth - 1] = low;
          nextEdge[depth - 1] = edge;
          index[child] = lowest[depth] = ++next;
          nextEdge[depth] = heads[child]!;
          stack[stacked++] = child;
          path[depth++] = child;
          continue;
        }
        depth--;
        if (depth > 0 && low < lowest[depth - 1]!) lowest[depth - 1] = low;
        if (low !== index[state]) continue;
        let member: number;
        do {
          member = stack[--stacked]!;
          index[member] = settled;
          members[found++] = member;
        } while (member !== state);
        ends.push(found);
      }
    }
    return { members, ends: Int32Array.from(ends) };
  };
}

/** Of a whole graph. */
export function components(graph: StateGraph, follows: Follows): Components {
  const all = new Int32Array(graph.states);
  for (let state = 0; state < all.length; state++) all[state] = state;
  return componentSearch(graph, follows)(all);
}
