/**
 * A connector that follows 307 and 308 (RFC 9110 15.4.8, 15.4.9): the same request goes to where the answer says. It goes
 * to no other server than one that proves itself as the first one had to, so that no token reaches anybody else.
 */
import { type Connector, type ConnectorOptions, connector, type ExchangeOutcome } from './connector.ts';
import { noAnswer } from './exchange-facts.ts';

/** Of one request. */
const redirectionsMax = 5;

/** A redirection that cannot be followed is the answer, and says why not. */
export function redirecting(options: ConnectorOptions): Connector {
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

  async function request(wanted: Parameters<Connector['request']>[0]): Promise<ExchangeOutcome> {
    let outcome = await first.request(wanted);
    let from = origin + wanted.path;
    for (let n = 0; n < redirectionsMax; n += 1) {
      const location = locationIn(outcome);
      if (outcome.outcome !== 'answered' || location === undefined || isClosed) return outcome;
      const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
      if (target?.protocol !== 'https:') return { ...outcome, notFollowed: 'its Location is no URI of HTTPS' };
      const next = await connectorAt(target).request({ ...wanted, path: target.pathname + target.search });
      const isReached = next.outcome === 'answered' || next.outcome === 'cut' || wanted.signal?.aborted;
      if (!isReached) return { ...outcome, notFollowed: `${target.origin} ${noAnswer(next)}` };
      outcome = next.outcome === 'answered' ? { ...next, redirectedTo: target.href } : next;
      from = target.href;
    }
    if (outcome.outcome !== 'answered' || locationIn(outcome) === undefined) return outcome;
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

const locationIn = (outcome: ExchangeOutcome): string | undefined =>
  outcome.outcome === 'answered' && (outcome.status === 307 || outcome.status === 308)
    ? outcome.headers.location
    : undefined;
