/**
 * What happens to an AEF, until all security contexts about it have heard of it. They may be very many, so they are told some in each
 * turn; one that has not been told yet hears of it before anything else happens to it, so that nobody can tell the difference. What
 * cannot be told within its own turn is kept, and a core that ends meanwhile goes on with it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MethodsPublished } from '../../../machines/effects.ts';
import type { Collection, Store } from '../../store/store.ts';
import type { Service } from '../services/published-services.ts';

/** `service`: as it was then. */
export type Happening =
  | { event: MethodsPublished; service: Service }
  | { event: { type: 'exposingFunction.gone' }; service?: undefined };
/** Numbered among all that has happened, from 1. */
type NewsItem = Happening & { aefId: string; number: number };

type NewsOptions = {
  store: Store;
  onError(error: unknown): void;
  /** Those that have security contexts. One that begins to have some meanwhile may be among them. */
  invokers(): Iterable<string>;
  /** Tells the contexts of this invoker what they have not heard. */
  tell(apiInvokerId: string): void;
};

/** So many invokers in a turn, each of which takes some 50 to 150 µs. */
export const toldATurn = 100;

export class News {
  readonly #options: NewsOptions;
  readonly #kept: Collection<NewsItem>;
  /** What not all have heard. */
  #untold: NewsItem[];
  /** The number of what happened last. */
  latest: number;
  #keptUntil: number;
  #isTelling = false;
  #isClosed = false;

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#kept = options.store.collection<NewsItem>('news');
    this.#untold = [...this.#kept.kept.values()].sort((one, other) => one.number - other.number);
    this.latest = this.#untold.at(-1)?.number ?? 0;
    this.#keptUntil = this.latest;
  }

  add(aefId: string, happening: Happening): void {
    this.latest += 1;
    this.#untold.push({ ...happening, aefId, number: this.latest });
    if (this.#isTelling) this.#keep();
    else this.tell();
  }

  /** What has happened to the AEF after what has this number, in that order. */
  since(aefId: string, number: number): NewsItem[] {
    return this.#untold.filter((one) => one.aefId === aefId && one.number > number);
  }

  /** Begins with the first invokers at once. If nothing can be made durable it ends, and goes on with what happens next. */
  tell(): void {
    this.#tellAll().catch(this.#options.onError);
  }

  close(): void {
    this.#isClosed = true;
  }

  async #tellAll(): Promise<void> {
    const { invokers, tell } = this.#options;
    this.#isTelling = true;
    try {
      while (this.#untold.length > 0) {
        const { latest } = this;
        let told = 0;
        let turns = 1;
        for (const apiInvokerId of invokers()) {
          if (told === toldATurn) {
            await this.#nextTurn();
            if (this.#isClosed) return;
            told = 0;
            turns += 1;
          }
          tell(apiInvokerId);
          told += 1;
        }
        this.#forgetUntil(latest);
        if (turns > 1) await this.#options.store.committed();
      }
    } finally {
      this.#isTelling = false;
    }
  }

  /** Those that have heard are durable before others hear, so that no commit has very many of them. */
  async #nextTurn(): Promise<void> {
    this.#keep();
    await nextTurn();
    await this.#options.store.committed();
  }

  #keep(): void {
    for (const one of this.#untold) if (one.number > this.#keptUntil) this.#kept.put(String(one.number), () => one);
    this.#keptUntil = this.latest;
  }

  #forgetUntil(number: number): void {
    for (const one of this.#untold)
      if (one.number <= Math.min(number, this.#keptUntil)) this.#kept.put(String(one.number), () => undefined);
    this.#untold = this.#untold.filter((one) => one.number > number);
  }
}
