/**
 * The questions that initiations put to the core. Anybody may initiate, for any invoker: so one question is under way and
 * one waits for each invoker, and only so many are under way in all.
 */
type Question<Answer> = { underWay: Promise<Answer>; next?: Promise<Answer> };

export class Questions<Answer> {
  readonly #most: number;
  #questions = new Map<string, Question<Answer>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Undefined beyond the bound. An answer under way may be of before this question: so it waits for the next. */
  ask(about: string, ask: () => Promise<Answer>): Promise<Answer> | undefined {
    const known = this.#questions.get(about);
    if (known) {
      const next = () => this.#begin(about, ask);
      known.next ??= known.underWay.then(next, next);
      return known.next;
    }
    return this.#questions.size < this.#most ? this.#begin(about, ask) : undefined;
  }

  /** Questions under way are not waited for any more. */
  forget(): void {
    this.#questions = new Map();
  }

  #begin(about: string, ask: () => Promise<Answer>): Promise<Answer> {
    const question: Question<Answer> = { underWay: ask() };
    this.#questions.set(about, question);
    const ended = () => {
      if (!question.next && this.#questions.get(about) === question) this.#questions.delete(about);
    };
    question.underWay.then(ended, ended);
    return question.underWay;
  }
}
