/** One walk through a model: along a list of choices among the enabled transitions, and then its drain. */
import type { CapifSystem } from '../model/rules/composition.ts';
import type { Property } from '../requirements/property.ts';
import { drain, type Walk } from './drain.ts';
import { type NumberedModel, type NumberedState, type NumberedTransition, numberedModel } from './numbered-model.ts';

/** Every fourth choice is for a fault, if one is enabled. */
const faultEvery = 4;

export function walker(model: CapifSystem, properties: readonly Property[]): (picks: readonly number[]) => Walk {
  const numbered = numberedModel(model, properties);
  return (picks) => {
    const walk: Walk = { actions: [], transitions: 0, drained: 0, excused: [] };
    if (numbered.brokenInitially) return { ...walk, broken: numbered.brokenInitially };
    let at = numbered.initial;
    for (const pick of picks) {
      const transition = chosen(numbered, at, pick);
      if (!transition) break;
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

/** Faults are weighted down, or walks would never get anywhere. */
function chosen(
  { fair, faults }: NumberedModel,
  { enabled }: NumberedState,
  pick: number,
): NumberedTransition | undefined {
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
}
