/** How often each of many may do something: so many times a second, and some seconds' worth of it at once. */

/** So many are remembered before those are looked for that may do all again. */
const rememberedMin = 1_000;

export class RatePerPeer {
  readonly #betweenMs: number;
  readonly #worthMs: number;
  readonly #now: () => number;
  /** When a peer would have done all that it has done, at its rate; what is past need not be remembered (GCRA, ITU-T I.371). */
  readonly #due = new Map<string, number>();
  #rememberedMax = rememberedMin;

  constructor(perSecond: number, worthSeconds = 10, now: () => number = () => performance.now()) {
    this.#betweenMs = 1000 / perSecond;
    this.#worthMs = 1000 * worthSeconds;
    this.#now = now;
  }

  /** Counts it once more, and gives 0; or after how many ms it may do it, if it has done it too often. */
  take(peer: string): number {
    const now = this.#now();
    const due = Math.max(this.#due.get(peer) ?? 0, now) + this.#betweenMs;
    if (due - now > this.#worthMs) return due - now - this.#worthMs;
    this.#due.set(peer, due);
    if (this.#due.size > this.#rememberedMax) this.#forget(now);
    return 0;
  }

  get remembered(): number {
    return this.#due.size;
  }

  /** What is not past is some seconds' worth of all peers, so this is seldom. */
  #forget(now: number): void {
    for (const [peer, due] of this.#due) if (due <= now) this.#due.delete(peer);
    this.#rememberedMax = Math.max(rememberedMin, 2 * this.#due.size);
  }
}
