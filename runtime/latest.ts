/** The latest of those that come without end: who remembers something of each of them forgets the others. */
export class Latest {
  readonly #most: number;
  /** The first to have come first. */
  readonly #ids = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** It has come, or again. Gives those that are to be forgotten. */
  add(id: string): string[] {
    this.#ids.delete(id);
    this.#ids.add(id);
    const beyond: string[] = [];
    for (const first of this.#ids) {
      if (this.#ids.size <= this.#most) break;
      this.#ids.delete(first);
      beyond.push(first);
    }
    return beyond;
  }
}
