/**
 * Whose turn it is to be asked about at the core. Anybody may initiate authentication, so few questions are under way at
 * once, and those that strangers cause never take all the turns (TS 29.222 6.2.2.2).
 */

/** Questions under way at once, and as many connections to the core. */
const turnsMax = 8;
const turnsOfStrangersMax = 4;

export type Turn = {
  /** Resolves when the question may be asked. */
  comes: Promise<void>;
  /** It is the invoker itself that waits now: strangers no longer go first. */
  hurry(): void;
  /** The answer is there, or nobody waits for it any more. Once. */
  end(): void;
};

type Waiting = { isOfStranger: boolean; come(): void };

export class Turns {
  readonly #waiting: Waiting[] = [];
  readonly #underWay = new Set<Waiting>();

  take(isOfStranger: boolean): Turn {
    const mine: Waiting = { isOfStranger, come: () => {} };
    const comes = new Promise<void>((resolve) => {
      mine.come = resolve;
    });
    this.#waiting.push(mine);
    this.#next();
    return {
      comes,
      hurry: () => {
        mine.isOfStranger = false;
        this.#next();
      },
      end: () => {
        this.#underWay.delete(mine);
        this.#next();
      },
    };
  }

  #next(): void {
    for (let next = this.#nextWaiting(); next; next = this.#nextWaiting()) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#underWay.add(next);
      next.come();
    }
  }

  #nextWaiting(): Waiting | undefined {
    if (this.#underWay.size >= turnsMax) return undefined;
    const ofStrangers = [...this.#underWay].filter(({ isOfStranger }) => isOfStranger).length;
    const first = this.#waiting.find(({ isOfStranger }) => !isOfStranger);
    return first ?? (ofStrangers < turnsOfStrangersMax ? this.#waiting[0] : undefined);
  }
}
