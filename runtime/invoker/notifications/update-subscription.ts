/**
 * The subscription of an invoker to updates of service APIs (TS 29.222 5.4.2, 8.3). Nothing waits for it to succeed: without it,
 * the invoker learns of an update when it is refused (6.7).
 */
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import type { OwnCertificate } from '../../credentials/core-contact.ts';
import { owned } from '../../owned.ts';
import { isPostponed, waitAskedForMs } from '../../transport/answer-headers.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import {
  readEventSubscribed,
  writeEventSubscriptionRequest,
  writeEventUnsubscriptionRequest,
} from '../../wire/events/event-subscription-api.ts';
import type { EventName } from '../../wire/events/notifications.ts';
import type { HttpRequest } from '../../wire/http-message.ts';

type Subscriber = { apiInvokerId: string; certificate: OwnCertificate };

type UpdateSubscriptionOptions = {
  notificationDestination: string;
  /** Of an earlier run. */
  subscriptionId: string | undefined;
  request(request: HttpRequest, certificate: OwnCertificate): Promise<ExchangeOutcome>;
  clock: Clock;
  pause: Pause;
  onError(error: unknown): void;
};

/** An API that is published no more has been updated, too: its method is withdrawn. */
export const eventsOfUpdates: EventName[] = ['SERVICE_API_UPDATE', 'SERVICE_API_UNAVAILABLE'];
/** With it, a notification says which service APIs it is about (EnhancedEventReport, 8.3.6). */
const supportedFeatures = '4';
/** A core that gives no usable answer is not asked more often than that in the end. */
const longestPauseMs = 300_000;

export class UpdateSubscription {
  readonly #options: UpdateSubscriptionOptions;
  readonly #timer: ReturnType<typeof pauseTimer>;
  #subscriptionId: string | undefined;
  #subscriber: Subscriber | undefined;
  #begun: Promise<void> | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(options: UpdateSubscriptionOptions) {
    const { clock, pause, onError, subscriptionId } = options;
    this.#options = options;
    this.#subscriptionId = subscriptionId;
    const again = () => owned(this.#subscribe(), onError, () => {});
    this.#timer = pauseTimer(clock, { ...pause, longestMs: Math.max(pause.longestMs, longestPauseMs) }, again);
  }

  get subscriptionId(): string | undefined {
    return this.#subscriptionId;
  }

  /** Once. Resolves when the core has answered, or could not: then it is asked again after a pause. */
  begin(subscriber: Subscriber): Promise<void> {
    this.#subscriber = subscriber;
    this.#begun ??= this.#subscribe().catch(this.#options.onError);
    return this.#begun;
  }

  /** A core that does not hear of it ends the subscription with its subscriber. */
  async end(): Promise<void> {
    this.close();
    const [subscriber, id] = [this.#subscriber, this.#subscriptionId];
    if (!subscriber || id === undefined) return;
    const request = writeEventUnsubscriptionRequest(subscriber.apiInvokerId, id);
    await this.#options.request(request, subscriber.certificate);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.stop();
  }

  /** One that the core knows no more, or cannot update, is made anew. */
  async #subscribe(): Promise<void> {
    const { notificationDestination, request, clock, onError } = this.#options;
    const { apiInvokerId: subscriberId, certificate } = this.#subscriber!;
    const subscriptionId = this.#subscriptionId;
    const wanted = { events: eventsOfUpdates, notificationDestination, supportedFeatures };
    const outcome = await request(writeEventSubscriptionRequest({ subscriberId, subscriptionId }, wanted), certificate);
    if (this.#isClosed) return;
    if (outcome.outcome !== 'answered' || isPostponed(outcome) || (outcome.status >= 500 && outcome.status !== 501)) {
      this.#timer.atLeast(waitAskedForMs(outcome, clock));
      this.#timer.start(this.#failures);
      this.#failures += 1;
      return;
    }
    if (subscriptionId !== undefined && outcome.status < 300) return;
    this.#subscriptionId = undefined;
    if (subscriptionId !== undefined) return this.#subscribe();
    const read = readEventSubscribed(outcome);
    if (read.outcome === 'read') this.#subscriptionId = read.value;
    else onError(new Error(`the core does not notify the invoker of updates: ${read.because}`));
  }
}
