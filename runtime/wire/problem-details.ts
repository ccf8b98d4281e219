/** ProblemDetails (TS 29.122 5.2.6, RFC 9457): how a request is refused, with the causes that this runtime gives. */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import {
  type Body,
  type HttpAnswer,
  type Malformed,
  malformedParam,
  type Read,
  type ReceivedAnswer,
  type ServiceAnswer,
} from './http-message.ts';
import { readJson } from './json-message.ts';

/** `cause` is for machines, the texts are for people; `status` is that of the answer. */
type ProblemDetails = {
  status: number;
  title?: string | undefined;
  detail?: string | undefined;
  cause?: string | undefined;
  invalidParams?: readonly { param: string; reason?: string | undefined }[] | undefined;
};

const mediaType = 'application/problem+json';

/** Status by cause. None of these causes is standardised: TS 29.222 has no application errors for our cases. */
const statusOf = {
  MALFORMED: 400,
  NOT_AUTHENTICATED: 401,
  NOT_AUTHORIZED: 403,
  SECURITY_METHOD_MISMATCH: 403,
  REFUSED_BY_POLICY: 403,
  NOT_FOUND: 404,
  SECURITY_CONTEXT_NOT_FOUND: 404,
  NOT_ALLOWED: 405,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_INVOCATIONS: 429,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  BAD_GATEWAY: 502,
  UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
} as const;
type ProblemCause = keyof typeof statusOf;

/** The answer that refuses a request for this cause; `detail` is for people. */
export const problemAnswer = (
  cause: Exclude<ProblemCause, 'SECURITY_METHOD_MISMATCH'>,
  detail?: string,
  headers?: Record<string, string>,
): HttpAnswer => writeProblemDetails({ ...problemOf(cause), detail }, { ...challengeOf(cause), ...headers });

/** RFC 9110 15.5.2: a 401 names a scheme. No scheme is registered for TLS, so it is that of tokens. */
const challengeOf = (cause: ProblemCause): Record<string, string> =>
  cause === 'NOT_AUTHENTICATED' ? { 'www-authenticate': 'Bearer' } : {};

/** The same, naming the member at fault: a JSON pointer into the body. */
export const faultAnswer = (
  cause: 'MALFORMED' | 'NOT_AUTHENTICATED' | 'NOT_AUTHORIZED',
  param: string,
  reason: string,
) =>
  writeProblemDetails(
    { ...problemOf(cause), detail: `${param} ${reason}`, invalidParams: [{ param, reason }] },
    challengeOf(cause),
  );

/** 400, with what is wrong and where. */
export const malformedAnswer = ({ because, invalidParams }: Malformed): HttpAnswer =>
  writeProblemDetails({
    ...problemOf('MALFORMED'),
    detail: because,
    // The list may not be empty.
    invalidParams: invalidParams.length > 0 ? invalidParams : undefined,
  });

/**
 * The failure response "with an indicator that the method is incorrect" (TS 33.122 6.7), as far as HTTP can carry it.
 * No stage 3 specification defines the indicator, so status and cause are ours. It names no method: a forger
 * could bid the invoker down, so the invoker learns the new method only from the CAPIF core function.
 */
export const securityMethodMismatch = (): HttpAnswer =>
  writeProblemDetails({
    ...problemOf('SECURITY_METHOD_MISMATCH'),
    detail:
      'The security method of this connection is not in use; ask the CAPIF core function (TS 33.122 6.7). ' +
      'This cause is not standardised.',
  });

/** The cause of an answer, if it is a problem of this runtime with the status that belongs to it. */
export function causeOf(status: number, contentType: string | undefined, body: Body): ProblemCause | undefined {
  const problem = readProblemDetails({ status, headers: { 'content-type': contentType }, body });
  const cause = problem.outcome === 'read' ? problem.value.cause : undefined;
  return (Object.keys(statusOf) as ProblemCause[]).find((known) => known === cause && statusOf[known] === status);
}

/** An AEF of this runtime sets it on every answer of its service, whatever the service says; never on its own. */
const originHeader = 'capif-machines-origin';

/** The answer of a service, which cannot be mistaken for a refusal by the AEF. */
export function answerOfService({ status, headers = {}, body }: ServiceAnswer): ServiceAnswer {
  const all: NonNullable<ServiceAnswer['headers']> = {};
  for (const name in headers) if (name.toLowerCase() !== originHeader) all[name] = headers[name]!;
  all[originHeader] = 'service';
  return body === undefined ? { status, headers: all } : { status, headers: all, body };
}

/** False for an answer of a foreign AEF, which does not say: there, cause and status decide. */
export const isOfService = (headers: Readonly<Record<string, unknown>>): boolean => headers[originHeader] === 'service';

export const writeProblemDetails = (problem: ProblemDetails, headers: Record<string, string> = {}): HttpAnswer => ({
  status: problem.status,
  headers: { 'content-type': mediaType, ...headers },
  body: JSON.stringify(problem),
});

const problemOf = (cause: ProblemCause) => ({ status: statusOf[cause], title: STATUS_CODES[statusOf[cause]], cause });

const problemDetails = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  cause: z.string().optional(),
  invalidParams: z.array(z.object({ param: z.string(), reason: z.string().optional() })).optional(),
});

/** The status is that of the answer, whatever the body says. */
export function readProblemDetails({ status, headers, body }: ReceivedAnswer): Read<ProblemDetails> {
  const type = headers?.['content-type'];
  if (typeof type !== 'string' || type.split(';')[0]?.trim().toLowerCase() !== mediaType) {
    return malformedParam('content-type', `must be ${mediaType}`);
  }
  const problem = readJson(body, problemDetails);
  return problem.outcome === 'read' ? { outcome: 'read', value: { status, ...problem.value } } : problem;
}
