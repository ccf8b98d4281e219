/**
 * Is the symmetry real? The proof for any number of changes rests on states that differ only in their counting behaving
 * alike. Checked on every run: states are visited without renaming, and each must have the same successors, renamed, as
 * its canonical state.
 */
import { ordinalsMax, sortMasks, symmetryOf } from './search/symmetry.ts';
import type { State, TransitionSystem } from './search/transition-system.ts';

export type SymmetryCheck = { agrees: boolean; states: number; renamed: number };

/** Of the nearest `sample` states. Those whose ordinals are too large for the check are not expanded. */
export function checkSymmetry({ initial, rules, ordinals }: TransitionSystem, sample: number): SymmetryCheck {
  const { canonical, inUse } = symmetryOf(ordinals);
  const successorsOf = (state: State): State[] =>
    rules.flatMap((rule) => rule.enabled(state).map(({ after }) => ({ ...state, ...after })));
  const images = (state: State): string[] =>
    successorsOf(state)
      .map((next) => textOf(canonical(next)))
      .sort();

  const queue: State[] = [...initial];
  const seen = new Set(queue.map(textOf));
  let renamed = 0;
  for (const state of queue) {
    const twin = canonical(state);
    if (twin !== state) {
      renamed++;
      if (JSON.stringify(images(state)) !== JSON.stringify(images(twin)))
        return { agrees: false, states: queue.length, renamed };
    }
    for (const next of successorsOf(state)) {
      const key = textOf(next);
      if (queue.length >= sample || seen.has(key) || isTooLarge(inUse(next))) continue;
      seen.add(key);
      queue.push(next);
    }
  }
  return { agrees: true, states: queue.length, renamed };
}

const isTooLarge = (used: number): boolean =>
  ((used & sortMasks[0]) | (used >>> ordinalsMax)) >= 1 << (ordinalsMax - 2);

/** With its variables in one order, so that equal states are equal texts. */
const textOf = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
