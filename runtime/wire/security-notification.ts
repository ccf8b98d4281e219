/** SecurityNotification of TS 29.222 (8.5.4.2): whose authorization for which service APIs is revoked, and why. */
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
