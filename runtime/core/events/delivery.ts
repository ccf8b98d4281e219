/**
 * One attempt to deliver a notification: to an address of its destination that may be notified, and on to where 307 and
 * 308 lead, if that may be notified as well. A receiver answers whatever it likes; none of it ends anything here.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { OwnCertificate } from '../../credentials/core-contact.ts';
import { waitAskedForMs } from '../../transport/answer-headers.ts';
import { connector, requestOnce } from '../../transport/connector.ts';
import { noAnswer } from '../../transport/exchange-facts.ts';
import { writeJsonRequest } from '../../wire/json-message.ts';
import { type Destinations, hostOf } from './destinations.ts';
import { plainExchange } from './plain-exchange.ts';

/** `refused`: another attempt would be no use. `waitMs`: how long the receiver has asked to wait. */
export type Delivery =
  | { outcome: 'delivered' }
  | { outcome: 'refused'; because: string }
  | { outcome: 'failed'; because: string; waitMs: number };

type DeliveryOptions = {
  destinations: Destinations;
  /** Who may issue the certificates of receivers, in PEM. */
  trustAnchors: string[];
  /** Shown to a receiver that asks for one. */
  certificate: OwnCertificate;
  timeoutMs: number;
  clock: Clock;
};
export type Deliver = (destination: string, body: unknown, signal: AbortSignal) => Promise<Delivery>;

const redirectionsMax = 5;
const answerLimitBytes = 16 * 1024;

export function delivery(options: DeliveryOptions): Deliver {
  return async (destination, body, signal) => {
    let uri = destination;
    for (let n = 0; n <= redirectionsMax; n += 1) {
      const attempt = await post(new URL(uri), body, signal, options);
      if (!('redirectedTo' in attempt)) return attempt;
      if (!URL.canParse(attempt.redirectedTo, uri)) return { outcome: 'refused', because: 'a Location that is no URI' };
      uri = new URL(attempt.redirectedTo, uri).href;
    }
    return { outcome: 'refused', because: 'too many redirections' };
  };
}

async function post(
  url: URL,
  body: unknown,
  signal: AbortSignal,
  options: DeliveryOptions,
): Promise<Delivery | { redirectedTo: string }> {
  const { destinations, clock } = options;
  const refusal = destinations.refusal(url.href);
  if (refusal !== undefined) return { outcome: 'refused', because: `the destination ${refusal}` };
  const host = hostOf(url);
  const found = await addressesOf(host);
  if (found.length === 0) return { outcome: 'failed', because: 'its name cannot be resolved', waitMs: 0 };
  const address = found.find((one) => destinations.mayReach(host, one));
  if (address === undefined) return { outcome: 'refused', because: 'its name stands for no address to be notified' };

  const outcome = await exchanged(url, address, body, signal, options);
  if (outcome.outcome !== 'answered') return { outcome: 'failed', because: noAnswer(outcome), waitMs: 0 };
  const { status, headers } = outcome;
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  if ((status === 307 || status === 308) && headers.location !== undefined) return { redirectedTo: headers.location };
  const because = `status ${status}`;
  if (status < 500 && status !== 408 && status !== 429) return { outcome: 'refused', because };
  return { outcome: 'failed', because, waitMs: waitAskedForMs(outcome, clock) };
}

function exchanged(
  url: URL,
  address: string,
  body: unknown,
  signal: AbortSignal,
  { trustAnchors, certificate, timeoutMs, clock }: DeliveryOptions,
) {
  const written = writeJsonRequest('POST', `${url.pathname}${url.search}`, body, { host: url.host });
  if (url.protocol === 'http:') {
    const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    return plainExchange({ host: address, port: Number(url.port || 80) }, written, within);
  }
  const host = hostOf(url);
  const over = connector({
    host: address,
    port: Number(url.port || 443),
    ...(isIP(host) === 0 && { serverName: host }),
    ca: trustAnchors,
    credential: { by: 'certificate', ...certificate },
    timeoutMs,
    clock,
    answerLimitBytes,
  });
  return requestOnce(over, { ...written, signal });
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
