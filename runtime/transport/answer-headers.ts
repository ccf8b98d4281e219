/** What an answer says about the next request: how long to wait before it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import type { ExchangeOutcome } from './connector.ts';

/** Nobody keeps an application waiting for longer. */
const longestWaitMs = 60_000;
/** The answers with which a server asks to be asked again (RFC 9110 15.6.4, RFC 6585 4). */
const postponing = new Set([429, 503]);

/** The peer cannot serve the request now, and has not acted on it. */
export const isPostponed = (outcome: ExchangeOutcome): boolean =>
  outcome.outcome === 'answered' && postponing.has(outcome.status);

/** Milliseconds that the peer asks to wait for (RFC 9110 10.2.3), at most a minute; 0 if it does not ask. */
export function waitAskedForMs(outcome: ExchangeOutcome, { now }: Pick<Clock, 'now'>): number {
  if (outcome.outcome !== 'answered' || !isPostponed(outcome)) return 0;
  return Math.min(retryAfterMs(outcome.headers, now()), longestWaitMs);
}

/** Seconds, or a date. */
function retryAfterMs({ 'retry-after': value = '' }: IncomingHttpHeaders, now: number): number {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  return Number.isNaN(until) ? 0 : Math.max(0, until - now);
}
