/** When onboardings end that have an end (expTime, TS 29.222 8.4.4.2.2). */
import type { Clock } from '../../clock.ts';

type OnboardingEndsOptions = { clock: Clock; expired(apiInvokerId: string): void };

/** The longest that a timer of Node runs, some 24 days. */
const longestTimerMs = 2 ** 31 - 1;

export class OnboardingEnds {
  readonly #options: OnboardingEndsOptions;
  readonly #cancels = new Map<string, () => void>();

  constructor(options: OnboardingEndsOptions) {
    this.#options = options;
  }

  /** At once, if that time is over; without one, there is no end. */
  endAt(apiInvokerId: string, expTime: string | undefined): void {
    this.drop(apiInvokerId);
    if (expTime === undefined) return;
    const { clock, expired } = this.#options;
    const leftMs = Date.parse(expTime) - clock.now();
    if (leftMs <= 0) return expired(apiInvokerId);
    const cancel = clock.after(Math.min(leftMs, longestTimerMs), () => this.endAt(apiInvokerId, expTime));
    this.#cancels.set(apiInvokerId, cancel);
  }

  drop(apiInvokerId: string): void {
    this.#cancels.get(apiInvokerId)?.();
    this.#cancels.delete(apiInvokerId);
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
  }
}
