/** A run through a state graph, as the actions of its transitions. */
import { sourceOf } from './lasso.ts';
import { symmetryOf } from './search/symmetry.ts';
import type { State } from './search/transition-system.ts';
import type { Verification } from './verify.ts';

/** `run`: transitions by number. An action is that of a transition of the same rule between the same states, of which the same is true. */
export function actionsOf({ graph, exploration, model, propositions }: Verification, run: readonly number[]): string[] {
  const { canonical } = symmetryOf(model.ordinals);
  return run.map((transition) => {
    const source = exploration.stateAt(sourceOf(graph, transition));
    const target = textOf(exploration.stateAt(graph.targets[transition]!));
    const label = graph.labels[transition]!;
    const rule = model.rules[graph.meanings.rules[label]!]!;
    const found = rule
      .enabled(source)
      .filter(({ after }) => textOf(canonical({ ...source, ...after })) === target)
      .find((one) => propositions.of(one, rule) === graph.meanings.propositions[label]);
    if (!found) throw new Error(`no transition of "${rule.name}" leads to the next state`);
    return found.action;
  });
}

const textOf = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
