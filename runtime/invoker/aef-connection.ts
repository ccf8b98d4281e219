/** One generation of CAPIF-2e: the connector of one credential, retired when the next takes its place. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Connector, ExchangeOutcome } from '../transport/connector.ts';
import type { Invocation } from './invocation.ts';

export class AefConnection {
  readonly #over: Connector;
  readonly #authorization: OutgoingHttpHeaders;
  readonly #ended: () => void;
  #underWay = 0;
  #isRetired = false;
  #wasAnswered = false;

  /** `ended` is called when the last answer of a retired connection has come. */
  constructor(over: Connector, accessToken: string | undefined, ended: () => void) {
    this.#over = over;
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

  async invoke({ method, path, headers, body, signal }: Invocation): Promise<ExchangeOutcome> {
    this.#underWay += 1;
    try {
      const outcome = await this.#over.request({
        method,
        path,
        headers: { ...withoutAuthorization(headers), ...this.#authorization },
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      });
      this.#wasAnswered ||= outcome.outcome === 'answered';
      return outcome;
    } finally {
      this.#underWay -= 1;
      this.#endIfDone();
    }
  }

  /** No new invocations; those under way are answered. */
  retire(): void {
    this.#isRetired = true;
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

/** The security method says who invokes: a header of the application would be taken for a token of Method 3. */
const withoutAuthorization = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
