/** A run through a graph, told in the words of its moves. */

import { ruleOf } from './graph.ts';
import { canonical } from './interned.ts';
import { sourceOf } from './runs.ts';
import type { Verification } from './verify.ts';
import type { Slots } from './world.ts';

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
