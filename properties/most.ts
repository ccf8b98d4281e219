/** How often a marked step can happen at most on any run that follows some transitions only: a longest way through components. */
import { components } from './components.ts';
import { type Graph, marksOf } from './graph.ts';

/** Infinity if it can happen round a loop. */
export function mostOften(graph: Graph, follows: (label: number) => boolean, bit: number): number {
  const { worlds, heads, targets, labels } = graph;
  const regions = new Int32Array(worlds);
  const most = new Float64Array(worlds);
  const inside = new Int32Array(worlds).fill(-1);
  const all = Int32Array.from({ length: worlds }, (_, world) => world);
  const isMarked = (label: number) => (marksOf(label) & (1 << bit)) !== 0;
  let number = 0;
  let greatest = 0;
  // Components come after all that can be reached from them, so that what is left of the way is known.
  components(graph, regions, follows).each(all, (stack, from, to) => {
    number++;
    for (let n = from; n < to; n++) inside[stack[n]!] = number;
    let left = 0;
    for (let n = from; n < to; n++) {
      const world = stack[n]!;
      for (let at = heads[world]!; at < heads[world + 1]!; at++) {
        const label = labels[at]!;
        if (!follows(label)) continue;
        const target = targets[at]!;
        const step = isMarked(label) ? 1 : 0;
        if (inside[target] === number) left = step === 1 ? Number.POSITIVE_INFINITY : left;
        // A world that a partial graph has no transitions of counts for nothing.
        else left = Math.max(left, (most[target] ?? 0) + step);
      }
    }
    for (let n = from; n < to; n++) most[stack[n]!] = left;
    greatest = Math.max(greatest, left);
  });
  return greatest;
}
