/** What the core sends to destinations of its peers (TS 29.222 7.6, 8.3.5): bodies of POST, each answered with 204. */
import { z } from 'zod';
import { type Body, mapRead, type Read, read } from '../http-message.ts';
import type { ApiInvokerPolicy } from '../invocations/access-control-policy-api.ts';
import type { InvocationLog } from '../invocations/invocation-log.ts';
import { readJson } from '../json-message.ts';
import { type SecurityNotification, securityNotification } from '../security-notification.ts';
import type { Description } from '../service-api-description.ts';

/** CAPIFEvent (8.3.4.3.3), as far as this core has them. */
export type EventName =
  | 'SERVICE_API_AVAILABLE'
  | 'SERVICE_API_UNAVAILABLE'
  | 'SERVICE_API_UPDATE'
  | 'API_INVOKER_ONBOARDED'
  | 'API_INVOKER_UPDATED'
  | 'API_INVOKER_OFFBOARDED'
  | 'API_INVOKER_AUTHORIZATION_REVOKED'
  | 'SERVICE_API_INVOCATION_SUCCESS'
  | 'SERVICE_API_INVOCATION_FAILURE'
  | 'ACCESS_CONTROL_POLICY_UPDATE'
  | 'ACCESS_CONTROL_POLICY_UNAVAILABLE';

/** Of CAPIFEventDetail: lists that are there have an entry. */
export type EventDetail = {
  serviceAPIDescriptions?: readonly Description[] | undefined;
  apiIds?: readonly string[] | undefined;
  apiInvokerIds?: readonly string[] | undefined;
  accCtrlPolList?: { apiId: string; apiInvokerPolicies: readonly ApiInvokerPolicy[] } | undefined;
  invocationLogs?: readonly InvocationLog[] | undefined;
};

type EventNotification = { subscriptionId: string; event: string; detail?: EventDetail | undefined };

/** The member `events` is one event. */
export const describeEventNotification = ({ subscriptionId, event, detail }: EventNotification) => ({
  subscriptionId,
  events: event,
  eventDetail: detail,
});

const eventNotification = z.object({
  subscriptionId: z.string(),
  events: z.string(),
  eventDetail: z
    .object({
      serviceAPIDescriptions: z.array(z.looseObject({})).optional(),
      apiIds: z.array(z.string()).optional(),
      apiInvokerIds: z.array(z.string()).optional(),
    })
    .optional()
    .catch(undefined),
});

export const readEventNotification = (body: Body): Read<EventNotification> =>
  mapRead(readJson(body, eventNotification), ({ events, eventDetail, subscriptionId }) => ({
    ...{ subscriptionId, event: events, detail: eventDetail },
  }));

/** TestNotification (TS 29.122): `subscription` is the URI of the resource whose destination is tried. */
export const describeTestNotification = (subscription: string) => ({ subscription });

/** What an API invoker may be sent. `other`: a TestNotification, an OnboardingNotification, or one of a later release. */
export type NotificationOfInvoker =
  | ({ about: 'event' } & EventNotification)
  | ({ about: 'revocation' } & SecurityNotification)
  | { about: 'other' };

/** Known by a member that only they have and must have. */
export function readNotificationOfInvoker(body: Body): Read<NotificationOfInvoker> {
  const whole = readJson(body, z.looseObject({}));
  if (whole.outcome === 'malformed') return whole;
  if ('events' in whole.value)
    return mapRead(readEventNotification(body), (event) => ({ about: 'event', ...event }) as const);
  if ('cause' in whole.value)
    return mapRead(readJson(body, securityNotification), (revoked) => ({ about: 'revocation', ...revoked }) as const);
  return read({ about: 'other' });
}
