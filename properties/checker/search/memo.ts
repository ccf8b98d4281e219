/** A function of the numbers of some values, computed once for each combination of them. */
export class Memo<T> {
  /** Which of the numbers it depends on. */
  readonly places: readonly number[];
  readonly #compute: (numbers: readonly number[]) => T;
  /** A tree, with a level for each place. */
  readonly #known = new Map<number, unknown>();

  constructor(places: readonly number[], compute: (numbers: readonly number[]) => T) {
    this.places = places;
    this.#compute = compute;
  }

  of(numbers: readonly number[]): T {
    let at = this.#known;
    for (const place of this.places) {
      let next = at.get(numbers[place]!) as Map<number, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        at.set(numbers[place]!, next);
      }
      at = next;
    }
    if (!at.has(0)) at.set(0, this.#compute(numbers));
    return at.get(0) as T;
  }
}
