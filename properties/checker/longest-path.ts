/** How often a marked step can happen at most on any run that follows some transitions only: a longest way through components. */

import { marksOf, type StateGraph } from './search/state-graph.ts';
import type { Components, Follows } from './strongly-connected.ts';

/** `parts`: the components of the graph by the same transitions. Infinity if it can happen round a loop. */
export function longestPath(
  { states: worlds, heads, targets, labels }: StateGraph,
  { members, ends }: Components,
  follows: Follows,
  bit: number,
): number {
  const most = new Float64Array(worlds);
  const inside = new Int32Array(worlds).fill(-1);
  let greatest = 0;
  let from = 0;
  // Components come after all that can be reached from them, so that what is left of the way is known.
  for (let part = 0; part < ends.length; part++) {
    const to = ends[part]!;
    for (let n = from; n < to; n++) inside[members[n]!] = part;
    let left = 0;
    for (let n = from; n < to; n++) {
      const state = members[n]!;
      for (let at = heads[state]!; at < heads[state + 1]!; at++) {
        const label = labels[at]!;
        if (follows[label] === 0) continue;
        const target = targets[at]!;
        const step = (marksOf(label) >> bit) & 1;
        if (inside[target] !== part) left = Math.max(left, most[target]! + step);
        else if (step === 1) left = Number.POSITIVE_INFINITY;
      }
    }
    for (let n = from; n < to; n++) most[members[n]!] = left;
    greatest = Math.max(greatest, left);
    from = to;
  }
  return greatest;
}
