/** CAPIF_Events (TS 29.222 8.3) over HTTP: every party that the core knows subscribes for itself, and for nobody else. */
import type { TLSSocket } from 'node:tls';
import type { Call, CallHead, Route } from '../../transport/http-service.ts';
import {
  type EventSubscription,
  readEventSubscription,
  readPatchedEventSubscription,
  readSubscriptionId,
  subscriptionPath,
  writeEventSubscribed,
  writeEventSubscription,
} from '../../wire/events/event-subscription-api.ts';
import { describeTestNotification } from '../../wire/events/notifications.ts';
import { type HttpAnswer, malformedParam, type Read, writeNoContent } from '../../wire/http-message.ts';
import { faultAnswer, malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import type { KeptLimit } from '../parties/kept-limits.ts';
import type { Destinations } from './destinations.ts';
import type { Events } from './events.ts';
import type { Notifications } from './notifications.ts';
import type { PeriodicReports } from './periodic-reports.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';

type SubscriptionOptions = {
  subscriptions: Subscriptions;
  notifications: Notifications;
  periodic: PeriodicReports;
  events: Events;
  apiRoot(): string;
  destinations: Destinations;
  kept: KeptLimit;
  /** Who the peer has proven to be, if it is onboarded or registered. */
  provenSubscriber(socket: TLSSocket): string | undefined;
};

/** Of CAPIF_Events_API (TS 29.222 8.3.6). */
const features = { NotificationTestEvent: 1, EnhancedEventReport: 3 };

const all = '/capif-events/v1/:subscriberId/subscriptions';
const one = `${all}/:subscriptionId`;

export function subscriptionRoutes(options: SubscriptionOptions): Route[] {
  const refuse = ({ socket, parameters }: CallHead) =>
    options.provenSubscriber(socket) === parameters.subscriberId
      ? undefined
      : problemAnswer('NOT_AUTHENTICATED', 'a subscriber acts under its own id, by its certificate');
  const routes: Omit<Route, 'refuse'>[] = [
    { method: 'POST', path: all, consumes: 'application/json', answer: (call) => subscribe(call, options) },
    {
      method: 'PUT',
      path: one,
      consumes: 'application/json',
      answer: (call) => update(call, () => readEventSubscription(call.body), options),
    },
    {
      method: 'PATCH',
      path: one,
      consumes: 'application/merge-patch+json',
      answer: (call) => update(call, ({ wanted }) => readPatchedEventSubscription(call.body, wanted), options),
    },
    { method: 'DELETE', path: one, answer: (call) => unsubscribe(call, options) },
  ];
  return routes.map((route) => ({ ...route, refuse }));
}

function subscribe({ body, parameters }: Call, options: SubscriptionOptions): HttpAnswer {
  const { subscriberId = '' } = parameters;
  const asked = readEventSubscription(body);
  if (asked.outcome === 'malformed') return malformedAnswer(asked);
  const wanted = supported(asked.value);
  const count = options.subscriptions.countOf(subscriberId) + 1;
  const refused = refusal(wanted, options) ?? options.kept.refusal('subscriptionsPerSubscriber', count);
  if (refused) return refused;
  const subscriptionId = options.subscriptions.create(subscriberId, wanted);
  begin(subscriberId, subscriptionId, wanted, options);
  return writeEventSubscribed(subscriptionPath(subscriberId, subscriptionId), wanted);
}

function update(
  { method, parameters }: Call,
  readWanted: (known: Subscription) => Read<EventSubscription>,
  options: SubscriptionOptions,
): HttpAnswer {
  const found = find(parameters, options);
  if ('status' in found) return found;
  const asked = readWanted(found.known);
  if (asked.outcome === 'malformed') return malformedAnswer(asked);
  const wanted = supported(asked.value);
  const refused = refusal(wanted, options);
  if (refused) return refused;
  options.periodic.end(found.subscriptionId);
  options.subscriptions.replace(found.subscriptionId, found.known, wanted);
  if (method === 'PUT') begin(found.known.subscriberId, found.subscriptionId, wanted, options);
  return writeEventSubscription(wanted);
}

/** First a notification that tells of nothing, if the subscriber wants to see whether one arrives (7.6), then what there is. */
function begin(
  subscriberId: string,
  subscriptionId: string,
  wanted: EventSubscription,
  { notifications, events, apiRoot }: SubscriptionOptions,
): void {
  if (wanted.requestTestNotification) {
    const body = describeTestNotification(apiRoot() + subscriptionPath(subscriberId, subscriptionId));
    notifications.add({ recipient: subscriptionId, destination: wanted.notificationDestination, body });
  }
  events.present(subscriptionId, subscriberId, wanted);
}

function unsubscribe({ parameters }: Call, options: SubscriptionOptions): HttpAnswer {
  const found = find(parameters, options);
  if ('status' in found) return found;
  options.subscriptions.end(found.subscriptionId);
  return writeNoContent();
}

function find(parameters: Call['parameters'], { subscriptions }: SubscriptionOptions) {
  const read = readSubscriptionId(parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const known = subscriptions.find(parameters.subscriberId!, read.value);
  return known ? { subscriptionId: read.value, known } : problemAnswer('NOT_FOUND', 'there is no such subscription');
}

const supported = (asked: EventSubscription): EventSubscription => ({
  ...asked,
  supportedFeatures: commonFeatures(asked.supportedFeatures, Object.values(features)),
});

/** A subscription that could never be served is refused, so that its subscriber does not wait for it. */
function refusal(
  wanted: EventSubscription,
  { destinations, subscriptions }: SubscriptionOptions,
): HttpAnswer | undefined {
  if (subscriptions.isPast(wanted)) return malformedAnswer(malformedParam('/eventReq/monDur', 'is over already'));
  const reason = destinations.refusal(wanted.notificationDestination);
  return reason === undefined ? undefined : faultAnswer('NOT_AUTHORIZED', '/notificationDestination', reason);
}
