/** How often a proposition can be true at most on any run that follows certain transitions only: the longest path over components. */
import type { StateGraph } from './search/state-graph.ts';
import type { Components, Follows } from './strongly-connected.ts';

/** `parts`: the components of the graph by the same transitions. Infinity if it can be true within a loop. */
export function longestPath(
  { states, heads, targets, labels, meanings: { propositions } }: StateGraph,
  { members, ends }: Components,
  follows: Follows,
  bit: number,
): number {
  // Not yet known: below 0. A component comes after all that can be reached from it, so that only its own are not known.
  const most = new Float32Array(states).fill(-1);
  let greatest = 0;
  let from = 0;
  for (let part = 0; part < ends.length; part++) {
    const to = ends[part]!;
    let rest = 0;
    for (let n = from; n < to; n++) {
      const state = members[n]!;
      const end = heads[state + 1]!;
      for (let at = heads[state]!; at < end; at++) {
        const label = labels[at]!;
        if (follows[label] === 0) continue;
        const known = most[targets[at]!]!;
        const step = (propositions[label]! >> bit) & 1;
        if (known >= 0) rest = Math.max(rest, known + step);
        else if (step === 1) rest = Number.POSITIVE_INFINITY;
      }
    }
    for (let n = from; n < to; n++) most[members[n]!] = rest;
    greatest = Math.max(greatest, rest);
    from = to;
  }
  return greatest;
}
