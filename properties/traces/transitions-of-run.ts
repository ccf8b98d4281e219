/** A run through a state graph as the actions of its transitions. */

import { sourceOf } from '../checker/lasso.ts';
import { ruleOf } from '../checker/search/state-graph.ts';
import { canonical } from '../checker/search/value-numbers.ts';
import type { Verification } from '../checker/verify.ts';
import type { State } from '../model/state.ts';

/** The action of each transition: one that its rule enables, and that leads to the next state. */
export function actionsOf(
  { graph, explored: { table }, composition: model }: Verification,
  run: readonly number[],
): string[] {
  const stateAt = (state: number) => table.unpack(graph.low[state]!, graph.high[state]!);
  return run.map((transition) => {
    const source = stateAt(sourceOf(graph, transition));
    const target = written(stateAt(graph.targets[transition]!));
    const rule = model.rules[ruleOf(graph.labels[transition]!)]!;
    const found = rule.enabled(source).find(({ after }) => written(canonical({ ...source, ...after })) === target);
    if (!found) throw new Error(`no transition of "${rule.name}" leads to the next state`);
    return found.action;
  });
}

const written = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
