/** Discovery at the core (TS 29.222 8.1): no procedure of TS 33.122, so no machine; a GET that is asked again as HTTP has it. */
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { isPostponed, waitAskedForMs } from '../transport/answer-headers.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import { readDiscoverServiceApiResponse, writeDiscoverServiceApiRequest } from '../wire/discover-api.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import type { CoreRequests } from './core-requests.ts';
import type { InvocationError } from './fetch/invocation-error.ts';
import { explained } from './invocation.ts';
import { factsWithReason, isRefusal } from './peer-answer.ts';

type DiscoveryOptions = {
  requests: CoreRequests;
  attemptsMax: number;
  clock: Clock;
  pause: Pause;
};
export type DiscoveryQuery = { apiName?: string; aefId?: string };

export class Discovery {
  readonly #options: DiscoveryOptions;
  /** Ends a pause. */
  readonly #waiting = new Set<() => void>();
  #closed: InvocationError | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** What the core says that this invoker may use, as far as it can be used. Rejects with InvocationError. */
  async discover(
    { apiInvokerId, certificate }: { apiInvokerId: string; certificate: OwnCertificate },
    query: DiscoveryQuery,
  ): Promise<ServiceApi[]> {
    const outcome = await this.#ask(writeDiscoverServiceApiRequest({ apiInvokerId, ...query }), certificate);
    if (this.#closed) throw this.#closed;
    const base = { referencePoint: 'CAPIF-1e', from: apiInvokerId, to: 'CCF', request: 'GET allServiceAPIs' };
    const facts = factsWithReason(outcome, base);
    const unanswered = 'the core gives no usable answer to the discovery';
    if (outcome.outcome !== 'answered') throw explained('gaveUp', unanswered, facts);
    const read = readDiscoverServiceApiResponse(outcome);
    if (read.outcome === 'read') return read.value;
    if (isRefusal(outcome.status)) throw explained('refused', 'the core refuses the discovery', facts);
    throw explained('gaveUp', unanswered, { note: read.because, ...facts });
  }

  close(because: InvocationError): void {
    this.#closed = because;
    for (const end of this.#waiting) end();
  }

  /** Again after a pause, as long as the core postpones it. */
  async #ask(...request: Parameters<CoreRequests['once']>): Promise<ExchangeOutcome> {
    const { requests, attemptsMax, clock } = this.#options;
    let outcome = await requests.once(...request);
    for (let attempt = 1; isPostponed(outcome) && attempt <= attemptsMax; attempt += 1) {
      await this.#pause(attempt, waitAskedForMs(outcome, clock));
      if (this.#closed) break;
      outcome = await requests.once(...request);
    }
    return outcome;
  }

  #pause(attempt: number, askedForMs: number): Promise<void> {
    const { clock, pause } = this.#options;
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        this.#waiting.delete(end);
        timer.stop();
        resolve();
      };
      const timer = pauseTimer(clock, pause, end);
      this.#waiting.add(end);
      timer.atLeast(askedForMs);
      timer.start(attempt);
    });
  }
}
