/** Requests that end a security context (TS 29.222 5.6.2.5), which the AEF of this runtime never sends. */
import type { HttpRequest } from '../wire/http-message.ts';
import { writeJsonRequest } from '../wire/json-message.ts';
import { path } from '../wire/paths.ts';
import type { SecurityNotification } from '../wire/security-notification.ts';

/** All authorization of an invoker is revoked, and its security context deleted. */
export const writeDeleteSecurityContextRequest = ({ apiInvokerId }: { apiInvokerId: string }): HttpRequest => ({
  method: 'DELETE',
  path: path`/capif-security/v1/trustedInvokers/${apiInvokerId}`,
});

/** Authorization for some service APIs is revoked. */
export const writeRevokeServiceApisRequest = (notification: SecurityNotification): HttpRequest =>
  writeJsonRequest('POST', path`/capif-security/v1/trustedInvokers/${notification.apiInvokerId}/delete`, notification);
