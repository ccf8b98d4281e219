/**
 * What has happened at the core (TS 29.222 5.4.2.4, 8.3.4.3.3): whoever has subscribed to it, and may know of it, is
 * notified.
 */

import type { EventFilter, EventSubscription } from '../../wire/events/event-subscription-api.ts';
import { describeEventNotification, type EventDetail, type EventName } from '../../wire/events/notifications.ts';
import type { AccessControlPolicy } from '../../wire/invocations/access-control-policy-api.ts';
import type { InvocationLog } from '../../wire/invocations/invocation-log.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import type { SecurityNotification } from '../../wire/security-notification.ts';
import type { Description } from '../../wire/service-api-description.ts';
import type { ProviderDomains } from '../parties/provider-domains.ts';
import type { Notifications } from './notifications.ts';
import type { PeriodicReports } from './periodic-reports.ts';
import { collected, type Report } from './reports.ts';
import type { Subscriptions } from './subscriptions.ts';

/** `apiInvokerIds` and `aefIds`: whom it is about. */
type Happened = {
  event: EventName;
  apiIds?: readonly string[];
  apiInvokerIds?: readonly string[];
  aefIds?: readonly string[];
  detail?: EventDetail;
};
type AboutServiceApi = 'SERVICE_API_AVAILABLE' | 'SERVICE_API_UPDATE' | 'SERVICE_API_UNAVAILABLE';
type AboutInvoker = 'API_INVOKER_ONBOARDED' | 'API_INVOKER_UPDATED' | 'API_INVOKER_OFFBOARDED';
/** Of some service APIs at an AEF. */
type Revoked = { apiInvokerId: string; aefId: string; apiIds: readonly string[]; cause?: string | undefined };

type PolicySubject = { apiId: string; aefId: string; apiInvokerId: string };

/** The result of an invocation that was served: a status of HTTP, or a word of another protocol. */
const succeeded = /^[123]\d\d$|^success/i;

/** Without it, a subscriber hears that something has happened, and nothing else (8.3.6). */
const enhancedEventReport = 3;

type EventsOptions = {
  subscriptions: Subscriptions;
  notifications: Notifications;
  periodic: PeriodicReports;
  providers: Pick<ProviderDomains, 'function'>;
  /** What there is, for those who begin with that. */
  published(): readonly Description[];
  onboarded(): readonly string[];
};

export class Events {
  readonly #options: EventsOptions;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /**
   * Of a subscription that is new: the service APIs and API invokers that there are, if it wants to hear of those that come
   * (`immRep`). Nothing is reported of what there is not.
   */
  present(subscriptionId: string, subscriberId: string, wanted: EventSubscription): void {
    if (!wanted.eventReq?.immRep) return;
    const there = [
      ...this.#options.published().map((described) => aboutServiceApi('SERVICE_API_AVAILABLE', described)),
      ...this.#options.onboarded().map((apiInvokerId) => aboutInvoker('API_INVOKER_ONBOARDED', apiInvokerId)),
    ];
    const meant = there.filter((one) => this.#isMeant(subscriberId, wanted, one));
    const reports = meant.map((one) => reportOf(wanted, one)).reduce<Report[]>(collected, []);
    this.report(subscriptionId, wanted.notificationDestination, reports);
  }

  /** Several notifications may be one report. */
  report(subscriptionId: string, destination: string, reports: readonly Report[]): void {
    if (reports.length > 0) this.#options.subscriptions.reported(subscriptionId);
    for (const one of reports) {
      const body = describeEventNotification({ subscriptionId, ...one });
      this.#options.notifications.add({ recipient: subscriptionId, destination, body });
    }
  }

  /** `described`: as it is published, or was. An AEF that an update takes out of it is concerned by that update. */
  serviceApi(event: AboutServiceApi, described: Description, before: Description = described): void {
    this.#happened(aboutServiceApi(event, described, before));
  }

  apiInvoker(event: AboutInvoker, apiInvokerId: string): void {
    this.#happened(aboutInvoker(event, apiInvokerId));
  }

  /** The invoker itself hears of it where it wants to be notified of its security contexts (5.6.2.5), if it has said so. */
  authorizationRevoked(revoked: Revoked, destination: string | undefined): void {
    const { apiInvokerId, aefId, apiIds, cause = 'UNEXPECTED_REASON' } = revoked;
    const body = { apiInvokerId, aefId, apiIds, cause } satisfies SecurityNotification;
    if (destination !== undefined) this.#options.notifications.add({ recipient: apiInvokerId, destination, body });
    const about = { apiInvokerIds: [apiInvokerId], apiIds };
    this.#happened({ event: 'API_INVOKER_AUTHORIZATION_REVOKED', ...about, aefIds: [aefId], detail: about });
  }

  /** An event for each service API and outcome, with the invocations of that. */
  invocationsLogged(log: InvocationLog): void {
    const { aefId, apiInvokerId } = log;
    for (const apiId of new Set(log.logs.map((one) => one.apiId))) {
      for (const isSuccess of [true, false]) {
        const logs = log.logs.filter((one) => one.apiId === apiId && succeeded.test(one.result) === isSuccess);
        if (logs.length === 0) continue;
        const event = isSuccess ? 'SERVICE_API_INVOCATION_SUCCESS' : 'SERVICE_API_INVOCATION_FAILURE';
        const about = { apiIds: [apiId], apiInvokerIds: [apiInvokerId] };
        this.#happened({ event, ...about, aefIds: [aefId], detail: { ...about, invocationLogs: [{ ...log, logs }] } });
      }
    }
  }

  /** The policy of one API invoker: it may know of no other. Without one, it is unavailable. */
  accessControlPolicyChanged(subject: PolicySubject, policy: AccessControlPolicy | undefined): void {
    const { apiId, aefId, apiInvokerId } = subject;
    const about = { apiIds: [apiId], apiInvokerIds: [apiInvokerId] };
    const happened = { ...about, aefIds: [aefId] };
    if (!policy) return this.#happened({ event: 'ACCESS_CONTROL_POLICY_UNAVAILABLE', ...happened, detail: about });
    const accCtrlPolList = { apiId, apiInvokerPolicies: [{ apiInvokerId, ...policy }] };
    this.#happened({ event: 'ACCESS_CONTROL_POLICY_UPDATE', ...happened, detail: { ...about, accCtrlPolList } });
  }

  #happened(happened: Happened): void {
    const { subscriptions, periodic } = this.#options;
    for (const [subscriptionId, subscription] of subscriptions.current) {
      const { subscriberId, wanted } = subscription;
      if (!this.#isMeant(subscriberId, wanted, happened)) continue;
      const { notificationDestination: destination } = wanted;
      const report = reportOf(wanted, happened);
      const dueAt = subscriptions.periodEnd(subscription);
      if (dueAt === undefined) this.report(subscriptionId, destination, [report]);
      else periodic.add(subscriptionId, { destination, dueAt }, report);
    }
  }

  #isMeant(subscriberId: string, { events, eventFilters = [] }: EventSubscription, happened: Happened): boolean {
    return events.includes(happened.event) && this.#mayKnow(subscriberId, happened) && isWithin(eventFilters, happened);
  }

  /**
   * What is published, everybody may know. Of an invoker, it may itself, and a provider: what concerns an AEF only
   * that of the AEF.
   */
  #mayKnow(subscriberId: string, { apiInvokerIds, aefIds }: Happened): boolean {
    if (!apiInvokerIds || apiInvokerIds.includes(subscriberId)) return true;
    const domainOf = (id: string) => this.#options.providers.function(id)?.domainId;
    const domainId = domainOf(subscriberId);
    return domainId !== undefined && (!aefIds || aefIds.some((aefId) => domainOf(aefId) === domainId));
  }
}

const reportOf = ({ supportedFeatures }: EventSubscription, { event, detail }: Happened): Report =>
  commonFeatures(supportedFeatures, [enhancedEventReport]) === '4' ? { event, detail } : { event };

function aboutServiceApi(event: AboutServiceApi, described: Description, before = described): Happened {
  const apiIds = [String(described.apiId)];
  const aefIds = [...new Set([described, before].flatMap(aefsOf))];
  const detail = { apiIds, ...(event !== 'SERVICE_API_UNAVAILABLE' && { serviceAPIDescriptions: [described] }) };
  return { event, apiIds, aefIds, detail };
}

function aboutInvoker(event: AboutInvoker, apiInvokerId: string): Happened {
  const apiInvokerIds = [apiInvokerId];
  return { event, apiInvokerIds, detail: { apiInvokerIds } };
}

const aefsOf = ({ aefProfiles }: Description): string[] =>
  Array.isArray(aefProfiles) ? (aefProfiles as { aefId: string }[]).map(({ aefId }) => aefId) : [];

/**
 * Filters about what the event does not have are for other events of the subscription. Of those that are left, one must
 * match (8.3.4.2.4 leaves open how several are combined).
 */
function isWithin(filters: readonly EventFilter[], happened: Happened): boolean {
  const kinds = ['apiIds', 'apiInvokerIds', 'aefIds'] as const;
  const about = filters
    .map((filter) =>
      kinds.filter((kind) => filter[kind] && happened[kind]).map((kind) => [filter[kind], happened[kind]]),
    )
    .filter((pairs) => pairs.length > 0);
  const isSome = (pairs: (readonly string[] | undefined)[][]) =>
    pairs.every(([wanted = [], of = []]) => wanted.some((id) => of.includes(id)));
  return about.length === 0 || about.some(isSome);
}
