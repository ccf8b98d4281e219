/** How an AEF refuses an invocation: with a cause of this runtime, or a token in the words of RFC 6750 3.1. */
import type { ExchangeOutcome } from '../transport/connector.ts';
import { causeOf, isOfService } from '../wire/problem-details.ts';

export const refusals = ['IncorrectMethodFailure', 'NotAuthenticatedFailure', 'NotAuthorizedFailure'] as const;
type Refusal = (typeof refusals)[number];

const refusalOfCause: { [cause: string]: Refusal } = {
  SECURITY_METHOD_MISMATCH: 'IncorrectMethodFailure',
  NOT_AUTHENTICATED: 'NotAuthenticatedFailure',
  NOT_AUTHORIZED: 'NotAuthorizedFailure',
};

const invalidToken = /\bBearer\b.*\berror="?invalid_token\b/is;

/** Undefined for an answer of the service. `withToken`: the invocation carried a token of the core. */
export function refusalIn(
  { status, headers, body }: ExchangeOutcome & { outcome: 'answered' },
  withToken: boolean,
): Refusal | undefined {
  if (isOfService(headers)) return undefined;
  const cause = causeOf(status, headers['content-type'], body);
  if (cause && refusalOfCause[cause]) return refusalOfCause[cause];
  const isInvalidToken = withToken && status === 401 && invalidToken.test(String(headers['www-authenticate']));
  return isInvalidToken ? 'NotAuthenticatedFailure' : undefined;
}
