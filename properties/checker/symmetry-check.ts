/**
 * Is renaming numbers right? The proof for any number of changes rests on worlds that differ only in their counting
 * behaving alike. Checked on every run: worlds are visited without renaming, and each must have the same successors,
 * renamed, as its renamed twin.
 */

import type { Composition } from '../model/composition.ts';
import type { Slots } from '../model/state.ts';
import { canonical } from './kernel/value-numbers.ts';
import { mostNumbers, numbersIn } from './symmetry.ts';

export type QuotientCheck = { agrees: boolean; worlds: number; renamed: number };

/** Of the nearest `sample` worlds; those whose numbers are too large for the check are not gone on from. */
export function checkQuotient({ first, rules }: Composition, sample: number): QuotientCheck {
  const successorsOf = (world: Slots): Slots[] =>
    rules.flatMap((rule) => rule.moves(world).map(({ after }) => ({ ...world, ...after })));
  const images = (world: Slots): string[] =>
    successorsOf(world)
      .map((next) => written(canonical(next)))
      .sort();

  const seen = new Set([written(first)]);
  const queue = [first];
  let renamed = 0;
  for (const world of queue) {
    const twin = canonical(world);
    if (twin !== world) {
      renamed++;
      if (JSON.stringify(images(world)) !== JSON.stringify(images(twin)))
        return { agrees: false, worlds: queue.length, renamed };
    }
    for (const next of successorsOf(world)) {
      const key = written(next);
      if (queue.length >= sample || seen.has(key) || isTooLarge(next)) continue;
      seen.add(key);
      queue.push(next);
    }
  }
  return { agrees: true, worlds: queue.length, renamed };
}

const isTooLarge = (world: Slots): boolean => {
  const { credential, revision } = numbersIn(world);
  return (credential | revision) >= 1 << (mostNumbers - 2);
};

/** With its slots in one order, so that equal worlds are equal texts. */
const written = (world: Slots): string => JSON.stringify(Object.entries(world).sort(([a], [b]) => (a < b ? -1 : 1)));
