/** A run through a graph, told in the words of its moves. */

import { sourceOf } from '../checker/lasso.ts';
import { ruleOf } from '../checker/search/state-graph.ts';
import { canonical } from '../checker/search/value-numbers.ts';
import type { Verification } from '../checker/verify.ts';
import type { State } from '../model/state.ts';

/** The words of each transition's move: a rule of that number that leads to that world. */
export function actionsOf(
  { graph, explored: { table }, composition: model }: Verification,
  run: readonly number[],
): string[] {
  const worldAt = (state: number) => table.unpack(graph.low[state]!, graph.high[state]!);
  return run.map((transition) => {
    const source = worldAt(sourceOf(graph, transition));
    const target = written(worldAt(graph.targets[transition]!));
    const rule = model.rules[ruleOf(graph.labels[transition]!)]!;
    const move = rule.enabled(source).find(({ after }) => written(canonical({ ...source, ...after })) === target);
    if (!move) throw new Error(`no move of "${rule.name}" leads to the next world`);
    return move.action;
  });
}

const written = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
