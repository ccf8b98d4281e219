/** One walk through a model: along a list of picks, each of which chooses an enabled transition, and then its drain. */
import type { CapifSystem } from '../model/rules/composition.ts';
import type { Property } from '../requirements/property.ts';
import { drain, type Walk } from './drain.ts';
import { type NumberedModel, type NumberedState, type NumberedTransition, numberedModel } from './numbered-model.ts';

/** Every fourth choice is for a fault, if one is enabled. */
const faultEvery = 4;

/** The transition for a pick in a state; undefined if there is none, and then nothing happens. */
export type Choose<Pick> = (model: NumberedModel, at: NumberedState, pick: Pick) => NumberedTransition | undefined;

export function walker<Pick>(
  model: CapifSystem,
  properties: readonly Property[],
  choose: Choose<Pick>,
): (picks: readonly Pick[]) => Walk {
  const numbered = numberedModel(model, properties);
  return (picks) => {
    const walk: Walk = { actions: [], transitions: 0, drained: 0, excused: [] };
    if (numbered.brokenInitially) return { ...walk, broken: numbered.brokenInitially };
    let at = numbered.initial;
    for (const pick of picks) {
      const transition = choose(numbered, at, pick);
      if (!transition) continue;
      const next = numbered.after(at, transition);
      const broken = numbered.broken(transition, at, next);
      at = next;
      walk.transitions++;
      walk.actions.push(transition.action);
      if (broken) return { ...walk, broken };
    }
    return drain(numbered, at, walk);
  };
}

/** By a number. Faults are weighted down, or walks would never get anywhere. */
export const byNumber: Choose<number> = ({ fair, faults }, { enabled }, pick) => {
  const isFault = pick % faultEvery === faultEvery - 1;
  for (const some of isFault ? [faults, fair] : [fair, faults]) {
    const count = some.reduce((sum, rule) => sum + enabled[rule]!.length, 0);
    let n = Math.floor(pick / faultEvery) % count;
    for (const rule of some) {
      const { length } = enabled[rule]!;
      if (n < length) return enabled[rule]![n];
      n -= length;
    }
  }
  return undefined;
};
