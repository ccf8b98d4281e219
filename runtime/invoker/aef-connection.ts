/** One generation of CAPIF-2e: the connector of one credential, retired when the next takes its place. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Answer } from '../transport/client-exchange.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import type { RedirectingConnector } from '../transport/redirections.ts';
import { isOfService } from '../wire/problem-details.ts';
import type { Invocation } from './invocation.ts';

export class AefConnection {
  readonly #over: RedirectingConnector;
  readonly #authorization: OutgoingHttpHeaders;
  readonly #ended: () => void;
  #underWay = 0;
  #isRetired = false;
  #free: number;
  /** Invocations that wait until one is free. */
  readonly #queue: ((isFree: boolean) => void)[] = [];
  #wasAnswered = false;

  /** `ended` is called when the last answer of a retired connection has come. */
  constructor(
    over: RedirectingConnector,
    { accessToken, connectionsMax }: { accessToken: string | undefined; connectionsMax: number },
    ended: () => void,
  ) {
    this.#over = over;
    this.#free = connectionsMax;
    this.#authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
    this.#ended = ended;
  }

  /** Its invocations carry a token of the core. */
  get hasToken(): boolean {
    return this.#authorization.authorization !== undefined;
  }

  open() {
    return this.#over.open();
  }

  /** It is under way until its answer has come whole. */
  async invoke({ method, path, headers, body, signal, redirect }: Invocation): Promise<ExchangeOutcome> {
    if (this.#free > 0) this.#free -= 1;
    else {
      const isFree = await new Promise<boolean>((goOn) => this.#queue.push(goOn));
      if (!isFree) return { outcome: 'unreachable', because: 'another credential took its place' };
    }
    const done = () => {
      this.#underWay -= 1;
      const next = this.#queue.shift();
      if (next) next(true);
      else this.#free += 1;
      this.#endIfDone();
    };
    this.#underWay += 1;
    let streamed: Answer['streamed'];
    try {
      const outcome = await this.#over.request({
        method,
        path,
        headers: { ...withoutAuthorization(headers), ...this.#authorization },
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
        follow: redirect === 'follow' ? 'all' : 'nothing',
        streams: isNoRefusal,
      });
      if (outcome.outcome !== 'answered') return outcome;
      this.#wasAnswered = true;
      streamed = outcome.streamed?.once('close', done);
      return outcome;
    } finally {
      if (!streamed) done();
    }
  }

  /** No new invocations; those under way are answered, and those that wait for a connection come back unsent. */
  retire(): void {
    this.#isRetired = true;
    for (const goOn of this.#queue.splice(0)) goOn(false);
    this.#endIfDone();
  }

  /** Until the first answer, the peer may not have accepted this client (TLS 1.3). */
  wasAnswered(): boolean {
    return this.#wasAnswered;
  }

  #endIfDone(): void {
    if (!this.#isRetired || this.#underWay > 0) return;
    this.#over.close();
    this.#ended();
  }
}

/** Whatever its body says, which a refusal is told by. */
const isNoRefusal = ({ status, headers }: Pick<Answer, 'status' | 'headers'>): boolean =>
  status < 300 || (status >= 400 && isOfService(headers));

/** The security method says who invokes: a header of the application would be taken for a token of Method 3. */
function withoutAuthorization(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const others: OutgoingHttpHeaders = {};
  for (const name in headers) if (name.toLowerCase() !== 'authorization') others[name] = headers[name];
  return others;
}
