/**
 * The slow reference: asks every rule in every world, and keeps worlds as text. It shares with the fast search the rules
 * and the renaming of numbers, and nothing else.
 */
import { canonical } from '../checker/kernel/value-numbers.ts';
import type { Composition } from '../model/composition.ts';
import { type Slots, slots } from '../model/state.ts';

export function exploreNaively({ first, rules }: Composition): { worlds: number; transitions: number } {
  const written = (world: Slots): string => JSON.stringify(slots.map((slot) => world[slot]));
  const queue = [canonical(first)];
  const seen = new Set(queue.map(written));
  let transitions = 0;
  for (const world of queue) {
    for (const rule of rules) {
      for (const { after } of rule.moves(world)) {
        transitions++;
        const next = canonical({ ...world, ...after });
        const key = written(next);
        if (seen.has(key)) continue;
        seen.add(key);
        queue.push(next);
      }
    }
  }
  return { worlds: queue.length, transitions };
}
