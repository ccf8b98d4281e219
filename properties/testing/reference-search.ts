/**
 * The slow reference of the search: asks every rule in every state, and keeps states as text. It shares the rules and the
 * renaming of ordinals with the checker, and nothing else.
 */
import { symmetryOf } from '../checker/search/symmetry.ts';
import type { State, TransitionSystem } from '../checker/search/transition-system.ts';

export function searchNaively({ initial, rules, variables, ordinals }: TransitionSystem): {
  states: number;
  transitions: number;
} {
  const { canonical } = symmetryOf(ordinals);
  const names = variables.flat();
  const textOf = (state: State): string => JSON.stringify(names.map((name) => state[name]));
  const found = new Map(initial.map(canonical).map((state) => [textOf(state), state]));
  let transitions = 0;
  for (const state of found.values()) {
    for (const { after } of rules.flatMap((rule) => rule.enabled(state))) {
      transitions++;
      const next = canonical({ ...state, ...after });
      const text = textOf(next);
      if (!found.has(text)) found.set(text, next);
    }
  }
  return { states: found.size, transitions };
}
