/** A run through a graph, told in the words of its moves. */

import { canonical } from '../checker/kernel/value-numbers.ts';
import { sourceOf } from '../checker/lasso.ts';
import { ruleOf } from '../checker/state-graph.ts';
import type { Verification } from '../checker/verify.ts';
import type { Slots } from '../model/state.ts';

/** The words of each transition's move: a rule of that number that leads to that world. */
export function moveWords({ graph, explored: { table }, composition }: Verification, run: readonly number[]): string[] {
  const worldAt = (world: number) => table.unpack(graph.low[world]!, graph.high[world]!);
  return run.map((transition) => {
    const source = worldAt(sourceOf(graph, transition));
    const target = written(worldAt(graph.targets[transition]!));
    const rule = composition.rules[ruleOf(graph.labels[transition]!)]!;
    const move = rule.moves(source).find(({ after }) => written(canonical({ ...source, ...after })) === target);
    if (!move) throw new Error(`no move of "${rule.name}" leads to the next world`);
    return move.words;
  });
}

const written = (world: Slots): string => JSON.stringify(Object.entries(world).sort(([a], [b]) => (a < b ? -1 : 1)));
