/** What is the same for all roles of a run. A manual clock only tells the lengths of timers apart. */
import type { Pause } from '../../../runtime/clock.ts';
import type { OwnCertificate } from '../../../runtime/credentials/core-contact.ts';

export type Address = { host: string; port: number };

export const pauseMs = 1_000;
export const timeoutMs = 10_000;
export const credentialLifetimeMs = 3_600_000;

export const pause: Pause = { firstMs: pauseMs, longestMs: pauseMs, random: () => 0 };
export const host = '127.0.0.1';
export const apiName = 'greetings';
const notificationDestination = 'https://invoker.invalid/notifications';

type NamedAef = { aefId: string; apiId: string | undefined };
export const serviceOf = ({ aefId, apiId }: NamedAef) => ({
  ...{ aefId, apiName, apiId },
  apiVersion: 'v1',
  isOfInterface: false,
});

/** How an invoker with this certificate negotiates with the core about a service, published there. */
export const toCoreOf = (certificate: OwnCertificate, { published, ...aef }: NamedAef & { published: Address }) => ({
  ...{ certificate, timeoutMs, notificationDestination },
  service: { ...serviceOf(aef), ...published },
  tls: { maxVersion: 'TLSv1.2' as const },
});
