/** Strongly connected components of regions of a graph (Tarjan), without recursion: graphs have millions of worlds. */
import type { Graph } from './graph.ts';

export type Components = ReturnType<typeof components>;

/** `regions`: which region each world is in. Transitions are followed within a region, if `follows` says so. */
export function components(
  { worlds, heads, targets, labels }: Graph,
  regions: Int32Array,
  follows: (label: number) => boolean,
) {
  const index = new Int32Array(worlds);
  const lowest = new Int32Array(worlds);
  const onStack = new Uint8Array(worlds);
  const stack = new Int32Array(worlds);
  const path = new Int32Array(worlds);
  const nextEdge = new Uint32Array(worlds);
  let next = 0;
  let depth = 0;
  let stacked = 0;

  function enter(world: number): void {
    index[world] = ++next;
    lowest[world] = next;
    nextEdge[world] = heads[world]!;
    onStack[world] = 1;
    stack[stacked++] = world;
    path[depth++] = world;
  }

  /**
   * Calls back for each component of these worlds, which are one whole region, with where it stands in `stack`. A
   * component comes after all that can be reached from it.
   */
  function each(members: Int32Array, found: (stack: Int32Array, from: number, to: number) => void): void {
    for (const world of members) index[world] = 0;
    next = 0;
    for (const root of members) {
      if (index[root] !== 0) continue;
      const region = regions[root]!;
      enter(root);
      while (depth > 0) {
        const world = path[depth - 1]!;
        const edge = nextEdge[world]!;
        if (edge < heads[world + 1]!) {
          nextEdge[world] = edge + 1;
          const target = targets[edge]!;
          if (regions[target] !== region || !follows(labels[edge]!)) continue;
          if (index[target] === 0) enter(target);
          else if (onStack[target] === 1 && index[target]! < lowest[world]!) lowest[world] = index[target]!;
          continue;
        }
        depth--;
        if (depth > 0) {
          const above = path[depth - 1]!;
          if (lowest[world]! < lowest[above]!) lowest[above] = lowest[world]!;
        }
        if (lowest[world] !== index[world]) continue;
        const end = stacked;
        do onStack[stack[--stacked]!] = 0;
        while (stack[stacked] !== world);
        found(stack, stacked, end);
      }
    }
  }

  return { each };
}
