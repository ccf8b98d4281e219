/**
 * Notifications that are not delivered yet. Each is kept with what it tells of, and is sent once that is durable: to one
 * recipient one after another, again after a pause, and after a restart. So one may come twice, but none before another.
 */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import { owned } from '../../owned.ts';
import type { Collection, Store } from '../../store/store.ts';
import { thinning } from '../../thinning.ts';
import type { Deliver, Delivery } from './delivery.ts';
import type { Destinations } from './destinations.ts';

/** `recipient`: a subscription, or whoever else is notified; `body`: JSON. */
type Notification = { recipient: string; destination: string; body: unknown };

type NotificationsOptions = {
  deliver: Deliver;
  destinations: Destinations;
  clock: Clock;
  pause: Pause;
  store: Store;
  onError(error: unknown): void;
  /** What has become of one, or of one attempt. */
  onNotification?: ((outcome: NotificationOutcome) => void) | undefined;
};
/** `failed`: it is sent again, unless it is given up, too. */
export type NotificationOutcome = 'delivered' | 'failed' | 'given up';

/** By default after an hour; from then on, until the recipient takes one, each is tried once. */
const failuresMax = 24;
/** To all recipients together, so that an event with a thousand subscribers opens no thousand connections at once. */
const sendingMax = 64;
/** For one recipient. Beyond it, the oldest is given up. */
const waitingMax = 100;

type Waiting = {
  all: Map<string, Notification>;
  failures: number;
  timer: ReturnType<typeof pauseTimer>;
  isSending: boolean;
};

export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #recipients = new Map<string, Waiting>();
  readonly #put: Collection<Notification>['put'];
  readonly #end = new AbortController();
  readonly #isReported = thinning();
  #hasStarted = false;
  #sending = 0;
  readonly #queue: (() => void)[] = [];

  constructor(options: NotificationsOptions) {
    this.#options = options;
    // Node warns of more than ten, as if they were forgotten: each goes when its notification has been sent.
    setMaxListeners(sendingMax, this.#end.signal);
    const { kept, put } = options.store.collection<Notification>('notifications');
    this.#put = put;
    for (const [id, notification] of kept) this.#waiting(notification.recipient).all.set(id, notification);
  }

  /** Begins with what was kept. */
  start(): void {
    this.#hasStarted = true;
    for (const recipient of this.#recipients.keys()) this.#sendNext(recipient);
  }

  /** One to a destination that may not be notified is not made. */
  add(notification: Notification): void {
    const { recipient, destination } = notification;
    if (this.#options.destinations.refusal(destination) !== undefined) return;
    const { all } = this.#waiting(recipient);
    const [, second] = all.keys();
    if (all.size >= waitingMax && second !== undefined) this.#giveUp(recipient, second, 'too many wait for it');
    const id = randomUUID();
    all.set(id, notification);
    this.#put(id, () => notification);
    this.#sendNext(recipient);
  }

  /** Nothing that waits is sent to this recipient. */
  drop(recipient: string): void {
    const waiting = this.#recipients.get(recipient);
    waiting?.timer.stop();
    for (const id of waiting?.all.keys() ?? []) this.#put(id, () => undefined);
    this.#recipients.delete(recipient);
  }

  close(): void {
    this.#end.abort('closed');
    for (const { timer } of this.#recipients.values()) timer.stop();
  }

  #waiting(recipient: string): Waiting {
    const { clock, pause } = this.#options;
    const known = this.#recipients.get(recipient);
    if (known) return known;
    const timer = pauseTimer(clock, pause, () => {
      made.isSending = false;
      this.#sendNext(recipient);
    });
    const made: Waiting = { all: new Map(), failures: 0, timer, isSending: false };
    this.#recipients.set(recipient, made);
    return made;
  }

  #sendNext(recipient: string): void {
    const waiting = this.#recipients.get(recipient);
    const [next] = waiting?.all ?? [];
    if (!waiting || waiting.isSending || !this.#hasStarted || this.#end.signal.aborted) return;
    if (!next) {
      this.#recipients.delete(recipient);
      return;
    }
    waiting.isSending = true;
    const [id, notification] = next;
    const { onError } = this.#options;
    owned(
      this.#send(notification).then((sent) => this.#sent(recipient, waiting, id, sent)),
      onError,
      () => this.#sent(recipient, waiting, id, { outcome: 'failed', because: 'a fault inside', waitMs: 0 }),
    );
  }

  async #send({ destination, body }: Notification): Promise<Delivery> {
    await this.#options.store.committed();
    if (this.#sending < sendingMax) this.#sending += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await this.#options.deliver(destination, body, this.#end.signal);
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#sending -= 1;
    }
  }

  #sent(recipient: string, waiting: Waiting, id: string, sent: Delivery): void {
    if (this.#end.signal.aborted || this.#recipients.get(recipient) !== waiting) return;
    waiting.failures = sent.outcome === 'failed' ? waiting.failures + 1 : 0;
    if (sent.outcome !== 'refused') this.#options.onNotification?.(sent.outcome);
    if (sent.outcome === 'delivered') this.#forget(waiting, id);
    else if (sent.outcome === 'refused' || waiting.failures >= failuresMax) this.#giveUp(recipient, id, sent.because);
    if (sent.outcome === 'failed') {
      waiting.timer.atLeast(sent.waitMs);
      waiting.timer.start(waiting.failures - 1);
    } else {
      waiting.isSending = false;
      this.#sendNext(recipient);
    }
  }

  #giveUp(recipient: string, id: string, because: string): void {
    const waiting = this.#recipients.get(recipient);
    const notification = waiting?.all.get(id);
    if (!waiting || !notification) return;
    this.#forget(waiting, id);
    this.#options.onNotification?.('given up');
    if (!this.#isReported()) return;
    // A path or a query may be a secret of the receiver.
    const { origin } = new URL(notification.destination);
    this.#options.onError(new Error(`a notification to ${origin} is given up: ${because}`));
  }

  #forget({ all }: Waiting, id: string): void {
    all.delete(id);
    this.#put(id, () => undefined);
  }
}
