/**
 * The subscription of an invoker to updates of service APIs (TS 29.222 5.4.2, 8.3). Nothing waits for it to succeed: without it,
 * the invoker learns of an update when it is refused (6.7).
 */
import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import type { OwnCertificate } from '../../credentials/core-contact.ts';
import { isPostponed, waitAskedForMs } from '../../transport/answer-headers.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import {
  type EventSubscription,
  readCommonFeatures,
  readEventSubscribed,
  writeEventSubscriptionRequest,
  writeEventUnsubscriptionRequest,
} from '../../wire/events/event-subscription-api.ts';
import type { EventName } from '../../wire/events/notifications.ts';
import type { HttpRequest, ReceivedAnswer } from '../../wire/http-message.ts';

/** A service, as far as a filter can name it. */
type About = { aefId: string; apiId: string | undefined };
type EventFilters = EventSubscription['eventFilters'];
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
/** EnhancedEventReport (8.3.6): a notification says which service APIs it is about, and filters say which it may be about. */
const supportedFeatures = '4';
/** In one list of ids. */
const filteredMax = 200;
/** A core that gives no usable answer is not asked more often than that in the end. */
const longestPauseMs = 300_000;

export class UpdateSubscription {
  readonly #options: UpdateSubscriptionOptions;
  readonly #timer: ReturnType<typeof pauseTimer>;
  /** Those that it is to hear of, and when the core has heard that. */
  readonly #services = new Map<string, About & { asked: Promise<void> }>();
  #subscriptionId: string | undefined;
  #subscriber: Subscriber | undefined;
  #begun: Promise<void> | undefined;
  /** One request after another. */
  #asking: Promise<void> = Promise.resolve();
  /** As the core has answered. */
  #inForce: { eventFilters: EventFilters } | undefined;
  #hasFilters = false;
  #failures = 0;
  #isClosed = false;

  constructor(options: UpdateSubscriptionOptions) {
    const { clock, pause, subscriptionId } = options;
    this.#options = options;
    this.#subscriptionId = subscriptionId;
    const growing = { ...pause, longestMs: Math.max(pause.longestMs, longestPauseMs) };
    this.#timer = pauseTimer(clock, growing, () => this.#ask());
  }

  get subscriptionId(): string | undefined {
    return this.#subscriptionId;
  }

  /** Once. Resolves when the core has answered, or could not: then it is asked again after a pause. */
  begin(subscriber: Subscriber): Promise<void> {
    this.#subscriber = subscriber;
    this.#begun ??= this.#ask();
    return this.#begun;
  }

  /** Before the service is negotiated, so that no update of it is missed. Resolves as `begin`, which comes first. */
  hearOf({ aefId, apiId }: About): Promise<void> {
    const id = JSON.stringify([aefId, apiId]);
    const asked = this.#services.get(id)?.asked ?? this.#begun!.then(() => this.#askForServices());
    this.#services.set(id, { aefId, apiId, asked });
    return asked;
  }

  /** A core that does not hear of it ends the subscription with its subscriber. */
  async end(): Promise<void> {
    this.close();
    if (this.#subscriptionId !== undefined) await this.#unsubscribe(this.#subscriptionId);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.stop();
  }

  /** A core that could not answer is asked after its pause. */
  #askForServices = async (): Promise<void> => {
    if (this.#hasFilters && this.#failures === 0) await this.#ask();
  };

  #ask(): Promise<void> {
    this.#asking = this.#asking.then(() => this.#subscribe()).catch(this.#options.onError);
    return this.#asking;
  }

  /** One that the core knows no more, or cannot update, is made anew. */
  async #subscribe(): Promise<void> {
    const { notificationDestination, request, clock } = this.#options;
    const eventFilters = this.#filters();
    if (this.#isClosed || (this.#inForce && isDeepStrictEqual(this.#inForce.eventFilters, eventFilters))) return;
    const { apiInvokerId: subscriberId, certificate } = this.#subscriber!;
    const subscriptionId = this.#subscriptionId;
    const wanted = { events: eventsOfUpdates, eventFilters, notificationDestination, supportedFeatures };
    const outcome = await request(writeEventSubscriptionRequest({ subscriberId, subscriptionId }, wanted), certificate);
    if (this.#isClosed) return;
    if (outcome.outcome !== 'answered' || isPostponed(outcome) || (outcome.status >= 500 && outcome.status !== 501)) {
      this.#timer.atLeast(waitAskedForMs(outcome, clock));
      this.#timer.start(this.#failures);
      this.#failures += 1;
      return;
    }
    this.#failures = 0;
    if (subscriptionId !== undefined && outcome.status >= 300) return this.#anew(subscriptionId);
    if (subscriptionId === undefined && !this.#isMade(outcome)) return;
    // A core that answers 204 has the features that it had.
    this.#hasFilters = outcome.status === 204 ? this.#hasFilters : readCommonFeatures(outcome) === supportedFeatures;
    this.#inForce = { eventFilters };
    await this.#subscribe();
  }

  #isMade(outcome: ReceivedAnswer): boolean {
    const made = readEventSubscribed(outcome);
    if (made.outcome === 'read') this.#subscriptionId = made.value;
    else this.#options.onError(new Error(`the core does not notify the invoker of updates: ${made.because}`));
    return made.outcome === 'read';
  }

  /** The former one goes, if it is another and is still there: of a core without PUT (Rel-17), it is. */
  async #anew(former: string): Promise<void> {
    this.#subscriptionId = undefined;
    this.#inForce = undefined;
    await this.#subscribe();
    const made = this.#subscriptionId;
    if (made !== undefined && made !== former && !this.#isClosed) await this.#unsubscribe(former);
  }

  /**
   * Of a core that knows filters, the services that are invoked; before there are any, and of more than it may take, all. A filter
   * by AEF is wider: it is for a service API without an id.
   */
  #filters(): EventFilters {
    const services = [...this.#services.values()];
    if (!this.#hasFilters || services.length === 0 || services.length > filteredMax) return undefined;
    const apiIds = services.map(({ apiId }) => apiId).filter((apiId) => apiId !== undefined);
    if (apiIds.length === services.length) return [{ apiIds: [...new Set(apiIds)] }];
    return [{ aefIds: [...new Set(services.map(({ aefId }) => aefId))] }];
  }

  async #unsubscribe(subscriptionId: string): Promise<void> {
    const { apiInvokerId, certificate } = this.#subscriber!;
    await this.#options.request(writeEventUnsubscriptionRequest(apiInvokerId, subscriptionId), certificate);
  }
}
