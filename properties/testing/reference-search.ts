/**
 * The slow reference: asks every rule in every world, and keeps worlds as text. It shares with the fast search the rules
 * and the renaming of numbers, and nothing else.
 */
import { canonical } from '../checker/search/value-numbers.ts';
import type { CapifModel } from '../model/rules/composition.ts';
import { type State, variables } from '../model/state.ts';

export function exploreNaively({ initial, rules }: CapifModel): { worlds: number; transitions: number } {
  const written = (state: State): string => JSON.stringify(variables.map((variable) => state[variable]));
  const queue = [canonical(initial)];
  const seen = new Set(queue.map(written));
  let transitions = 0;
  for (const state of queue) {
    for (const rule of rules) {
      for (const { after } of rule.enabled(state)) {
        transitions++;
        const next = canonical({ ...state, ...after });
        const key = written(next);
        if (seen.has(key)) continue;
        seen.add(key);
        queue.push(next);
      }
    }
  }
  return { worlds: queue.length, transitions };
}
