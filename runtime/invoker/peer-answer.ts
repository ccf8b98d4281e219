/** Who answered what, for people: a peer's refusal in its own words (TS 29.122 5.2.6, RFC 9457). */
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import { factsOf, noAnswer } from '../transport/exchange-facts.ts';
import { readAccessTokenRefusal } from '../wire/access-token-api.ts';
import { readProblemDetails } from '../wire/problem-details.ts';

/** Client errors that invite the same request again (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4). */
const invitations = new Set([408, 425, 429]);

/** The peer has not acted on the request, and would not at the next time; so it is with a redirection that leads nowhere. */
export const isRefusal = (status: number): boolean => status >= 300 && status < 500 && !invitations.has(status);

/** A peer does not fill the trace. */
const longest = 300;

/** A peer may repeat what it was sent: a JWS stands in no trace and no error. */
const token = /[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g;

/** The status, cause and detail of an answer; of an exchange without one, what went wrong. */
export function toldBy(outcome: ExchangeOutcome): string {
  if (outcome.outcome !== 'answered') return noAnswer(outcome);
  const { status, headers, body, notFollowed } = outcome;
  const type = headers['content-type']?.replace(/^application\/json\b/, 'application/problem+json');
  const problem = readProblemDetails({ status, headers: { 'content-type': type }, body });
  const { cause, detail, title } = problem.outcome === 'read' ? problem.value : {};
  const refusal = readAccessTokenRefusal({ status, body });
  const { error, description } = refusal.outcome === 'read' ? refusal.value : {};
  const said = [cause ?? error, detail ?? description ?? title, notFollowed && `not followed: ${notFollowed}`];
  const words = said.filter(Boolean).join(': ').replace(token, '(a token)');
  return `status ${status}${words && `, ${words}`}`.replace(/[^\x20-\x7e\xa0-\uffff]/g, ' ').slice(0, longest);
}

/** For the trace, with the words of a peer that refused or failed. */
export function factsWithReason(
  outcome: ExchangeOutcome,
  base: Pick<TransportFacts, 'referencePoint' | 'from' | 'to'> & { request: string },
): TransportFacts {
  const facts = factsOf(outcome, base);
  return outcome.outcome === 'answered' && outcome.status < 300 ? facts : { ...facts, note: toldBy(outcome) };
}

/** What went wrong in an exchange or a handshake, if anything did. */
export function troubleIn({ to, request, note }: TransportFacts): string | undefined {
  return note === undefined ? undefined : `${to}${request === undefined ? '' : ` to ${request}`}: ${note}`;
}

/** What there is to say of an exchange or a handshake, whatever became of it. */
export function lastOf(facts: TransportFacts): string {
  const { to, request, status } = facts;
  return troubleIn(facts) ?? `${to}${request === undefined ? '' : ` to ${request}`}: status ${status}`;
}
