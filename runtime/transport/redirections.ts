/**
 * A connector that follows 307 and 308 (RFC 9110 15.4.8, 15.4.9): the same request goes to where the answer says. It goes
 * to no other server than one that proves itself as the first one had to, so that no token reaches anybody else. As an
 * application of `fetch` may wish, it follows 301, 302 and 303 as well, or nothing.
 */
import type { Answer } from './client-exchange.ts';
import { type Connector, type ConnectorOptions, connector, type ExchangeOutcome } from './connector.ts';
import { noAnswer } from './exchange-facts.ts';
import { isRepeatable } from './request-to-send.ts';

/** Of one request. */
const redirectionsMax = 5;

type Request = Parameters<Connector['request']>[0];
/** `same`, by default: the redirections after which the request stays as it was. */
type RedirectedRequest = Request & { follow?: 'nothing' | 'same' | 'all' };
export type RedirectingConnector = Connector & { request(wanted: RedirectedRequest): Promise<ExchangeOutcome> };

/** A redirection that cannot be followed is the answer, and says why not. */
export function redirecting(options: ConnectorOptions): RedirectingConnector {
  const { serverName: _, ...elsewhere } = options;
  const origin = originOf(options);
  const connectors = new Map([[origin, connector(options)]]);
  const first = connectors.get(origin) as Connector;
  let isClosed = false;

  function connectorAt({ origin, hostname, port }: URL): Connector {
    const host = hostname.replace(/^\[|\]$/g, '');
    const made = connectors.get(origin) ?? connector({ ...elsewhere, host, port: Number(port || 443) });
    connectors.set(origin, made);
    return made;
  }

  async function request({ follow = 'same', ...wanted }: RedirectedRequest): Promise<ExchangeOutcome> {
    let asked = wanted;
    let outcome = await first.request(asked);
    let from = origin + asked.path;
    for (let n = 0; n < redirectionsMax; n += 1) {
      const location = locationIn(outcome, follow);
      if (outcome.outcome !== 'answered' || location === undefined || isClosed) return outcome;
      const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
      if (target?.protocol !== 'https:') return { ...outcome, notFollowed: 'its Location is no URI of HTTPS' };
      asked = { ...redirected(asked, outcome.status), path: target.pathname + target.search };
      if (!isRepeatable(asked)) return { ...outcome, notFollowed: 'its body is a stream that has been sent' };
      const next = await connectorAt(target).request(asked);
      const isReached = next.outcome === 'answered' || next.outcome === 'cut' || wanted.signal?.aborted;
      if (!isReached) return { ...outcome, notFollowed: `${target.origin} ${noAnswer(next)}` };
      outcome = next.outcome === 'answered' ? { ...next, redirectedTo: target.href } : next;
      from = target.href;
    }
    if (outcome.outcome !== 'answered' || locationIn(outcome, follow) === undefined) return outcome;
    return { ...outcome, notFollowed: 'too many redirections' };
  }

  return {
    open: first.open,
    request,
    close() {
      isClosed = true;
      for (const one of connectors.values()) one.close();
    },
  };
}

/** As URLs have it. */
export const originOf = ({ host, port }: { host: string; port: number }): string =>
  new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`).origin;

/** By `follow`. */
const followed = { nothing: [], same: [307, 308], all: [301, 302, 303, 307, 308] };

/** One that `fetch` follows. */
export const isRedirection = ({ status, headers }: Pick<Answer, 'status' | 'headers'>): boolean =>
  followed.all.includes(status) && headers.location !== undefined;

const locationIn = (outcome: ExchangeOutcome, follow: keyof typeof followed): string | undefined =>
  outcome.outcome === 'answered' && (followed[follow] as number[]).includes(outcome.status)
    ? outcome.headers.location
    : undefined;

/** After 303, and after 301 and 302 to a POST, with GET and without a body (RFC 9110 15.4). */
function redirected(asked: Request, status: number): Request {
  const { body: _, headers = {}, ...others } = asked;
  const changes = (status === 303 && asked.method !== 'HEAD') || (status < 303 && asked.method === 'POST');
  if (!changes) return asked;
  const kept = Object.entries(headers).filter(([name]) => !/^content-/i.test(name));
  return { ...others, method: 'GET', headers: Object.fromEntries(kept) };
}
