/**
 * SecurityNotification of TS 29.222 (8.5.4.2): whose authorization for which service APIs is revoked, and why; and the URI
 * to which it goes.
 */
import { z } from 'zod';
import { identifier } from './paths.ts';

/** An open enumeration (8.5.4.3). */
type RevocationCause = 'OVERLIMIT_USAGE' | 'UNEXPECTED_REASON' | 'AUTHORIZATION_ISSUE' | 'OTHER_REASON' | (string & {});

/** `apiIds` has at least one entry. */
export type SecurityNotification = {
  apiInvokerId: string;
  aefId?: string | undefined;
  apiIds: readonly string[];
  cause: RevocationCause;
};

export const securityNotification = z.object({
  apiInvokerId: identifier,
  aefId: identifier.optional(),
  apiIds: z.array(identifier).min(1),
  cause: z.string(),
});

/** The URI at which an API invoker wants to be notified (TS 29.222 7.6); not checked to be its own. */
export const notificationDestination = z.string().max(2048).refine(isHttpUri, 'must be an absolute http or https URI');

function isHttpUri(text: string): boolean {
  return /^https?:\/\/\S+$/.test(text) && URL.canParse(text);
}
