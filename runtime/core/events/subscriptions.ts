/** Who wants to hear of what (TS 29.222 5.4.2): the subscriptions, each of one subscriber, until they end. */
import type { Clock } from '../../clock.ts';
import type { Collection, Store } from '../../store/store.ts';
import type { EventSubscription } from '../../wire/events/event-subscription-api.ts';
import type { IdSource } from '../parties/ids.ts';

/** `reports`: how many it has been sent; `since`: when it was made, or replaced: its periods begin then. */
export type Subscription = { subscriberId: string; wanted: EventSubscription; reports: number; since: number };

type SubscriptionsOptions = {
  ids: IdSource;
  clock: Clock;
  store: Store;
  /** Of a core that goes on: subscriptions of others have ended with them. */
  isKnown(subscriberId: string): boolean;
  /** Nothing that waits for it is of use any more. */
  onEnded(subscriptionId: string): void;
};

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #subscriptions: Map<string, Subscription>;
  readonly #put: Collection<Subscription>['put'];

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<Subscription>('event-subscriptions');
    this.#subscriptions = new Map(kept);
    this.#put = put;
    for (const [id, { subscriberId }] of kept) if (!options.isKnown(subscriberId)) this.end(id);
  }

  countOf = (subscriberId: string): number =>
    this.current.filter(([, one]) => one.subscriberId === subscriberId).length;

  /** Its id. */
  create(subscriberId: string, wanted: EventSubscription): string {
    const subscriptionId = this.#options.ids('subscription');
    this.#keep(subscriptionId, { subscriberId, wanted, reports: 0, since: this.#options.clock.now() });
    return subscriptionId;
  }

  /** Whether it would have ended before it began. */
  isPast = (wanted: EventSubscription): boolean => this.#isOver({ subscriberId: '', wanted, reports: 0, since: 0 });

  /** Only if it is of this subscriber. */
  find(subscriberId: string, subscriptionId: string): Subscription | undefined {
    const known = this.#subscriptions.get(subscriptionId);
    return known?.subscriberId === subscriberId && !this.#isOver(known) ? known : undefined;
  }

  /** What it wants from now on; its reports are counted anew. */
  replace(subscriptionId: string, { subscriberId }: Subscription, wanted: EventSubscription): void {
    this.#keep(subscriptionId, { subscriberId, wanted, reports: 0, since: this.#options.clock.now() });
  }

  end(subscriptionId: string): void {
    this.#forget(subscriptionId);
    this.#options.onEnded(subscriptionId);
  }

  /** A report was made for it. */
  reported(subscriptionId: string): void {
    const known = this.#subscriptions.get(subscriptionId);
    if (known?.wanted.eventReq) this.#keep(subscriptionId, { ...known, reports: known.reports + 1 });
  }

  endAllOf(subscriberId: string): void {
    for (const [id, one] of this.#subscriptions) if (one.subscriberId === subscriberId) this.end(id);
  }

  /** Those that have not ended; those that have are forgotten. */
  get current(): [string, Subscription][] {
    for (const [id, one] of this.#subscriptions) if (this.#isOver(one)) this.#forget(id);
    return [...this.#subscriptions];
  }

  /** What waits for it is still sent. */
  #forget(subscriptionId: string): void {
    this.#subscriptions.delete(subscriptionId);
    this.#put(subscriptionId, () => undefined);
  }

  #keep(subscriptionId: string, subscription: Subscription): void {
    this.#subscriptions.set(subscriptionId, subscription);
    this.#put(subscriptionId, () => this.#subscriptions.get(subscriptionId));
  }

  /** When the present period of one that is reported at intervals ends: with the subscription at the latest. */
  periodEnd({ wanted: { eventReq = {} }, since }: Subscription): number | undefined {
    const { repPeriod, monDur } = eventReq;
    if (repPeriod === undefined) return undefined;
    const periodMs = repPeriod * 1000;
    const end = since + (Math.floor((this.#options.clock.now() - since) / periodMs) + 1) * periodMs;
    return monDur === undefined ? end : Math.min(end, Date.parse(monDur));
  }

  /** TS 29.523 5.6.3.2: by time, or by the number of its reports. */
  #isOver({ wanted: { eventReq = {} }, reports }: Subscription): boolean {
    const { monDur, maxReportNbr = Number.POSITIVE_INFINITY, notifMethod } = eventReq;
    const isLate = monDur !== undefined && this.#options.clock.now() >= Date.parse(monDur);
    return isLate || reports >= Math.min(maxReportNbr, notifMethod === 'ONE_TIME' ? 1 : maxReportNbr);
  }
}
