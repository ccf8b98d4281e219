/** Which sentences a step matters to, as bits of a transition's label. */

import type { Rule, Transition } from '../model/rule.ts';
import type { Property } from '../requirements/property.ts';
import { markBits } from './search/successor-table.ts';

export type Marks = ReturnType<typeof marksFor>;

/**
 * What marks a step, in bits. Each sentence about runs has a bit of its own; a sentence about steps gets one when it is
 * first broken, so that there may be many of them. Should too many be broken, the last ones are shown no run.
 */
export function marksFor(properties: readonly Property[]) {
  const bits = new Map<Property, number>();
  const aboutSteps = properties.filter((property) => property.kind === 'everyStep');
  const aboutRuns = properties.filter((property) => property.kind !== 'everyStep' && property.kind !== 'always');
  const broken = new Set<Property>();
  if (aboutRuns.length > markBits) throw new RangeError(`${markBits} sentences about runs are the most`);
  for (const property of aboutRuns) bits.set(property, bits.size);

  function mark(transition: Transition, rule: Rule): number {
    let marks = 0;
    for (const property of aboutSteps) {
      if (property.holds(transition, rule)) continue;
      broken.add(property);
      if (!bits.has(property) && bits.size < markBits) bits.set(property, bits.size);
      const bit = bits.get(property);
      if (bit !== undefined) marks |= 1 << bit;
    }
    for (const property of aboutRuns) {
      const isMarked =
        property.kind === 'againAndAgain' ? property.reaches(transition, rule) : property.happens(transition, rule);
      if (isMarked) marks |= 1 << bits.get(property)!;
    }
    return marks;
  }
  return {
    mark,
    bitOf: (property: Property) => bits.get(property),
    broken,
  };
}
