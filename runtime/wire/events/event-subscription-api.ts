/** CAPIF_Events_API (TS 29.222 8.3): what a subscriber wants to hear of, and where. */
import { z } from 'zod';
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  mapRead,
  type Read,
  type ReceivedAnswer,
  readAs,
  together,
  unexpectedStatus,
} from '../http-message.ts';
import { mergePatched, readJson, writeJsonAnswer, writeJsonRequest } from '../json-message.ts';
import { type PathParameters, path, readLocation, readPathParameter } from '../paths.ts';
import { supportedFeatures } from '../security-method-list.ts';
import { notificationDestination } from '../security-notification.ts';

/** CAPIFEventFilter: of each list that is there, an event has at least one id. */
export type EventFilter = {
  apiIds?: readonly string[] | undefined;
  apiInvokerIds?: readonly string[] | undefined;
  aefIds?: readonly string[] | undefined;
};

/** Of ReportingInformation (TS 29.523 5.6.3.2), what is kept here: all others are left out of the answer. */
export type Reporting = {
  /** Begins with a report of what there is. */
  immRep?: boolean | undefined;
  notifMethod?: 'PERIODIC' | 'ONE_TIME' | 'ON_EVENT_DETECTION' | undefined;
  /** Seconds: there if `notifMethod` is PERIODIC. */
  repPeriod?: number | undefined;
  maxReportNbr?: number | undefined;
  /** When the subscription ends. */
  monDur?: string | undefined;
};

/** `events`: CAPIFEvent, an open enumeration. */
export type EventSubscription = {
  events: readonly string[];
  eventFilters?: readonly EventFilter[] | undefined;
  eventReq?: Reporting | undefined;
  notificationDestination: string;
  requestTestNotification?: boolean | undefined;
  supportedFeatures?: string | undefined;
};

const ids = z.array(z.string().max(256)).min(1).max(256).optional();
const eventFilter = z.object({ apiIds: ids, apiInvokerIds: ids, aefIds: ids });

const methods = ['PERIODIC', 'ONE_TIME', 'ON_EVENT_DETECTION'] as const;
/** An open enumeration: one of a later release is left out. */
const notifMethod = z.string().transform((method) => methods.find((known) => known === method));

/** Some 23 days: no timer of Node runs longer. */
const longestPeriod = 2_000_000;

const reporting = z
  .object({
    immRep: z.boolean().optional(),
    notifMethod: notifMethod.optional(),
    repPeriod: z.int().min(1).max(longestPeriod).optional(),
    maxReportNbr: z.int().min(1).optional(),
    monDur: z.iso.datetime({ offset: true, error: 'must be a date and time of RFC 3339' }).optional(),
  })
  .superRefine(({ notifMethod, repPeriod }, { addIssue }) => {
    const isPeriodic = notifMethod === 'PERIODIC';
    if (isPeriodic === (repPeriod !== undefined)) return;
    const message = isPeriodic ? 'is needed where notifMethod is PERIODIC' : 'is for the notifMethod PERIODIC alone';
    addIssue({ code: 'custom', path: ['repPeriod'], message });
  });

const subscription = z.object({
  events: z.array(z.string().max(256)).min(1).max(64),
  eventFilters: z.array(eventFilter).min(1).max(64).optional(),
  eventReq: reporting.optional(),
  notificationDestination,
  requestTestNotification: z.boolean().optional(),
  supportedFeatures: supportedFeatures.optional(),
});

const collectionPath = (subscriberId: string): string => path`/capif-events/v1/${subscriberId}/subscriptions`;
const subscriptionLocation = /\/capif-events\/v1\/[^/]+\/subscriptions\/([^/]+)$/;

/** POST; PUT of a subscription that there is. */
export const writeEventSubscriptionRequest = (
  { subscriberId, subscriptionId }: { subscriberId: string; subscriptionId?: string | undefined },
  wanted: EventSubscription,
): HttpRequest =>
  subscriptionId === undefined
    ? writeJsonRequest('POST', collectionPath(subscriberId), wanted)
    : writeJsonRequest('PUT', subscriptionPath(subscriberId, subscriptionId), wanted);

/** Of POST: the subscriptionId. */
export const readEventSubscribed = ({ status, headers }: ReceivedAnswer): Read<string> =>
  status === 200 || status === 201 ? readLocation(headers, subscriptionLocation) : unexpectedStatus(status, [201]);

/** Of POST and PUT: the features that both have, as the core says; undefined if it does not say. */
export function readCommonFeatures({ body }: ReceivedAnswer): string | undefined {
  const subscribed = readJson(body, z.looseObject({ supportedFeatures }));
  return subscribed.outcome === 'read' ? subscribed.value.supportedFeatures : undefined;
}

/** Answered with `writeNoContent`. */
export const writeEventUnsubscriptionRequest = (subscriberId: string, subscriptionId: string): HttpRequest => ({
  method: 'DELETE',
  path: subscriptionPath(subscriberId, subscriptionId),
});

/** EventSubscriptionPatch: all other members stay as they are. */
const patchable = ['events', 'eventFilters', 'eventReq', 'notificationDestination'];

export const readEventSubscription = (body: Body): Read<EventSubscription> => readJson(body, subscription);

/** RFC 7396: what the subscription is after the patch; malformed if that is none. */
export function readPatchedEventSubscription(body: Body, known: EventSubscription): Read<EventSubscription> {
  const patch = readJson(body, z.looseObject({}));
  if (patch.outcome === 'malformed') return patch;
  const named = Object.entries(patch.value).filter(([name]) => patchable.includes(name));
  return readAs(subscription, mergePatched(known, Object.fromEntries(named)));
}

/** Of PUT, PATCH and DELETE; the last is answered with `writeNoContent`. */
export const readSubscriptionId = (parameters: PathParameters): Read<string> =>
  mapRead(
    together({ subscriptionId: readPathParameter(parameters, 'subscriptionId') }),
    ({ subscriptionId }) => subscriptionId,
  );

/** The path of an Individual CAPIF Events Subscription. */
export const subscriptionPath = (subscriberId: string, subscriptionId: string): string =>
  path`/capif-events/v1/${subscriberId}/subscriptions/${subscriptionId}`;

export const writeEventSubscribed = (location: string, subscribed: EventSubscription): HttpAnswer =>
  writeJsonAnswer(201, subscribed, { location });

export const writeEventSubscription = (subscribed: EventSubscription): HttpAnswer => writeJsonAnswer(200, subscribed);
