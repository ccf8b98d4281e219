/** Propositions about transitions, as bits: which properties a transition matters to. */
import type { Property } from './model.ts';
import { propositionsMax } from './search/labels.ts';
import type { Rule, Transition } from './search/transition-system.ts';

/**
 * A property of runs has a bit of its own. A property of every step gets one when it is first broken, so that there may be
 * many; if more are broken than there are bits, the last ones are shown no run.
 */
export class Propositions<P extends Property = Property> {
  readonly #bits = new Map<Property, number>();
  readonly #ofSteps: readonly Extract<Property, { kind: 'everyStep' }>[];
  readonly #ofRuns: readonly Exclude<Property, { kind: 'everyStep' | 'always' }>[];
  /** Properties of every step that some transition breaks. */
  readonly broken = new Set<P>();
  /** In how many steps a property of steps says something, or what it counts happens: as its rule sees them, the rest left out. */
  readonly asked = new Map<Property, number>();

  constructor(properties: readonly P[]) {
    const all: readonly Property[] = properties;
    this.#ofSteps = all.filter((property) => property.kind === 'everyStep');
    this.#ofRuns = all.filter((property) => property.kind !== 'everyStep' && property.kind !== 'always');
    if (this.#ofRuns.length > propositionsMax)
      throw new RangeError(`${propositionsMax} properties of runs are the most`);
    for (const property of this.#ofRuns) this.#bits.set(property, this.#bits.size);
  }

  bitOf(property: Property): number | undefined {
    return this.#bits.get(property);
  }

  of(transition: Transition, rule: Rule): number {
    let bits = 0;
    for (const property of this.#ofSteps) {
      const answer = property.holds(transition, rule);
      if (answer !== undefined) this.#ask(property);
      if (answer !== false) continue;
      this.broken.add(property as P);
      if (!this.#bits.has(property) && this.#bits.size < propositionsMax) this.#bits.set(property, this.#bits.size);
      const bit = this.#bits.get(property);
      if (bit !== undefined) bits |= 1 << bit;
    }
    for (const property of this.#ofRuns) {
      const { kind } = property;
      const isTrue = kind === 'againAndAgain' ? property.reaches(transition, rule) : property.happens(transition, rule);
      if (!isTrue) continue;
      this.#ask(property);
      bits |= 1 << this.#bits.get(property)!;
    }
    return bits;
  }

  #ask(property: Property): void {
    this.asked.set(property, (this.asked.get(property) ?? 0) + 1);
  }
}
