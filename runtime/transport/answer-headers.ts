/** What an answer says about the next request: how long to wait before it, and how long its connection is there for it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import type { NotConnected } from './client-connection.ts';
import type { Answer, Cut } from './client-exchange.ts';

type Outcome = Pick<Answer, 'outcome' | 'status' | 'headers'> | NotConnected | Cut;

/** Nobody keeps an application waiting for longer. */
const longestWaitMs = 60_000;
/** The answers with which a server asks to be asked again (RFC 9110 15.6.4, RFC 6585 4). */
const postponing = new Set([429, 503]);

/** The peer cannot serve the request now, and has not acted on it. */
export const isPostponed = (outcome: Outcome): boolean =>
  outcome.outcome === 'answered' && postponing.has(outcome.status);

/** Milliseconds that the peer asks to wait for (RFC 9110 10.2.3), at most a minute; 0 if it does not ask. */
export function waitAskedForMs(outcome: Outcome, { now }: Pick<Clock, 'now'>): number {
  if (outcome.outcome !== 'answered' || !isPostponed(outcome)) return 0;
  return Math.min(retryAfterMs(outcome.headers, now()), longestWaitMs);
}

/** Seconds, or a date. */
function retryAfterMs({ 'retry-after': value = '' }: IncomingHttpHeaders, now: number): number {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  return Number.isNaN(until) ? 0 : Math.max(0, until - now);
}

/** A connection of which nothing is known is used for less than the 5 s after which common servers end it. */
export const usualKeepAliveMs = 4_000;

/**
 * Milliseconds for which the connection of an answer may carry another request. A request must arrive before the time that
 * the server announced (`Keep-Alive: timeout`, RFC 9112 A.2.2) is over, so a second of it, or the half, is left.
 */
export function keepAliveMs({ 'keep-alive': value }: IncomingHttpHeaders): number {
  const seconds = /(?:^|[,\s])timeout=(\d+)/i.exec(String(value))?.[1];
  if (seconds === undefined) return usualKeepAliveMs;
  const announcedMs = Number(seconds) * 1000;
  return Math.max(announcedMs - 1000, announcedMs / 2);
}
