/** What the core has to tell others of its own accord, and how it reaches them (TS 29.222 7.6). */
import { rootCertificates } from 'node:tls';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import type { Settled } from './core-options.ts';
import { delivery } from './events/delivery.ts';
import { Destinations } from './events/destinations.ts';
import { Events } from './events/events.ts';
import { Notifications } from './events/notifications.ts';
import { PeriodicReports } from './events/periodic-reports.ts';
import { Subscriptions } from './events/subscriptions.ts';
import type { Enrolment } from './parties/enrolment.ts';
import type { ProviderDomains } from './parties/provider-domains.ts';
import type { Registry } from './services/registry.ts';

type CoreEventsOptions = {
  settled: Settled;
  /** PEM of the core's own authority, which receivers may have their certificates from. */
  ca: string;
  certificate: OwnCertificate;
  enrolment: Enrolment;
  providers: ProviderDomains;
  registry: Registry;
};

export type CoreEvents = ReturnType<typeof coreEvents>;

/** Call it when all parties are known: subscriptions of others have ended. */
export function coreEvents({ settled, ca, certificate, enrolment, providers, registry }: CoreEventsOptions) {
  const { ids, clock, store, pause, onError, onNotification, timeoutMs } = settled;
  const { trustAnchors = [...rootCertificates], ...reachable } = settled.notifications;
  const destinations = new Destinations(reachable);
  const deliver = delivery({ destinations, trustAnchors: [ca, ...trustAnchors], certificate, timeoutMs, clock });
  const notifications = new Notifications({ deliver, destinations, clock, pause, store, onError, onNotification });
  const periodic = new PeriodicReports({
    clock,
    store,
    onEnded: (subscriptionId, { destination, reports }) => events.report(subscriptionId, destination, reports),
  });
  const subscriptions = new Subscriptions({
    ids,
    clock,
    store,
    isKnown: (id) => enrolment.isOnboarded(id) || providers.function(id) !== undefined,
    onEnded(subscriptionId) {
      notifications.drop(subscriptionId);
      periodic.drop(subscriptionId);
    },
  });
  const events: Events = new Events({
    ...{ subscriptions, notifications, periodic, providers },
    published: () => registry.descriptions(),
    onboarded: () => enrolment.onboarded,
  });
  return {
    ...{ destinations, notifications, periodic, subscriptions, events },
    /** Begins with what was kept. */
    start() {
      periodic.start();
      notifications.start();
    },
    close() {
      periodic.close();
      notifications.close();
    },
  };
}
