/**
 * Is renaming numbers right? The proof for any number of changes rests on worlds that differ only in their counting
 * behaving alike. Checked on every run: worlds are visited without renaming, and each must have the same successors,
 * renamed, as its renamed twin.
 */

import type { CapifModel } from '../model/rules/composition.ts';
import type { State } from '../model/state.ts';
import { mostNumbers, numbersIn } from './search/symmetry.ts';
import { canonical } from './search/value-numbers.ts';

export type SymmetryCheck = { agrees: boolean; states: number; renamed: number };

/** Of the nearest `sample` worlds; those whose numbers are too large for the check are not gone on from. */
export function checkSymmetry({ initial, rules }: CapifModel, sample: number): SymmetryCheck {
  const successorsOf = (state: State): State[] =>
    rules.flatMap((rule) => rule.enabled(state).map(({ after }) => ({ ...state, ...after })));
  const images = (state: State): string[] =>
    successorsOf(state)
      .map((next) => written(canonical(next)))
      .sort();

  const seen = new Set([written(initial)]);
  const queue = [initial];
  let renamed = 0;
  for (const state of queue) {
    const twin = canonical(state);
    if (twin !== state) {
      renamed++;
      if (JSON.stringify(images(state)) !== JSON.stringify(images(twin)))
        return { agrees: false, states: queue.length, renamed };
    }
    for (const next of successorsOf(state)) {
      const key = written(next);
      if (queue.length >= sample || seen.has(key) || isTooLarge(next)) continue;
      seen.add(key);
      queue.push(next);
    }
  }
  return { agrees: true, states: queue.length, renamed };
}

const isTooLarge = (state: State): boolean => {
  const { credential, revision } = numbersIn(state);
  return (credential | revision) >= 1 << (mostNumbers - 2);
};

/** With its slots in one order, so that equal worlds are equal texts. */
const written = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
