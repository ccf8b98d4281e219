/** What the core sends to destinations of its peers (TS 29.222 7.6, 8.3.5): bodies of POST, each answered with 204. */
import { z } from 'zod';
import { type Body, mapRead, type Read } from '../http-message.ts';
import type { ApiInvokerPolicy } from '../invocations/access-control-policy-api.ts';
import type { InvocationLog } from '../invocations/invocation-log.ts';
import { readJson } from '../json-message.ts';
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
