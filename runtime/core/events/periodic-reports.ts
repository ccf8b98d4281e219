/**
 * What has happened since the last report of subscriptions that want to hear of it at intervals (PERIODIC, TS 29.523 5.6.3.2). It is
 * kept until it is reported: a core that was away when a period ended reports it late.
 */
import type { Clock } from '../../clock.ts';
import type { Collection, Store } from '../../store/store.ts';
import { collected, type Report } from './reports.ts';

/** `dueAt`: when the period ends; `destination`: as it was when the first of it happened. */
export type Period = { destination: string; dueAt: number; reports: readonly Report[] };

/** Beyond it, a period ends early: nothing is left out. */
const reportsMax = 16;

type PeriodicReportsOptions = {
  clock: Clock;
  store: Store;
  /** The period has ended; what happened in it is forgotten here. */
  onEnded(subscriptionId: string, period: Period): void;
};

export class PeriodicReports {
  readonly #options: PeriodicReportsOptions;
  readonly #periods: Map<string, Period>;
  readonly #cancels = new Map<string, () => void>();
  readonly #put: Collection<Period>['put'];

  constructor(options: PeriodicReportsOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<Period>('periodic-reports');
    this.#periods = new Map(kept);
    this.#put = put;
  }

  /** Goes on with what was kept. */
  start(): void {
    for (const [subscriptionId, period] of this.#periods) this.#await(subscriptionId, period);
  }

  add(subscriptionId: string, { destination, dueAt }: Omit<Period, 'reports'>, happened: Report): void {
    const known = this.#periods.get(subscriptionId);
    const period = known ?? { destination, dueAt, reports: [] };
    const now = { ...period, reports: collected(period.reports, happened) };
    this.#keep(subscriptionId, now);
    if (!known) this.#await(subscriptionId, now);
    if (now.reports.length > reportsMax) this.end(subscriptionId);
  }

  /** Reports what there is, before the period is over. */
  end(subscriptionId: string): void {
    const period = this.#periods.get(subscriptionId);
    this.drop(subscriptionId);
    if (period) this.#options.onEnded(subscriptionId, period);
  }

  drop(subscriptionId: string): void {
    this.#cancels.get(subscriptionId)?.();
    this.#cancels.delete(subscriptionId);
    this.#periods.delete(subscriptionId);
    this.#put(subscriptionId, () => this.#periods.get(subscriptionId));
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
  }

  #keep(subscriptionId: string, period: Period): void {
    this.#periods.set(subscriptionId, period);
    this.#put(subscriptionId, () => this.#periods.get(subscriptionId));
  }

  #await(subscriptionId: string, { dueAt }: Period): void {
    const { clock } = this.#options;
    const wait = Math.max(0, dueAt - clock.now());
    this.#cancels.set(
      subscriptionId,
      clock.after(wait, () => this.end(subscriptionId)),
    );
  }
}
