/**
 * The access control policies of the service API that this AEF exposes, as the core has them (TS 29.222 5.10.2.2). They are
 * asked for while invocations come, and those that are known stay in force while the core cannot be reached.
 */
import type { Clock } from '../../clock.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import { noAnswer } from '../../transport/exchange-facts.ts';
import {
  type ApiInvokerPolicy,
  readAccessControlPolicyResponse,
} from '../../wire/invocations/access-control-policy-api.ts';

type PoliciesOptions = {
  /** GET accessControlPolicyList at the core; undefined until the core has given the API an id. */
  fetchPolicies(): Promise<ExchangeOutcome> | undefined;
  clock: Clock;
  onError(error: unknown): void;
};

/** An invocation waits for newer ones if they are older than this. */
const freshMs = 10_000;
/** Between two questions while none are known. */
const pauseMs = 1_000;

/** A core that has no such API, or no policy for this service API, limits nothing. */
const statusesOfNone = [404, 405, 501];

export class AccessControlPolicies {
  readonly #options: PoliciesOptions;
  #known: readonly ApiInvokerPolicy[] | undefined;
  #askedAt: number | undefined;
  #asking: Promise<void> | undefined;
  /** The latest question has brought none. */
  #isAway = false;

  constructor(options: PoliciesOptions) {
    this.#options = options;
  }

  /** Undefined until they have been learnt: nobody knows then what is allowed. */
  get known(): readonly ApiInvokerPolicy[] | undefined {
    return this.#known;
  }

  /** Resolves when they are fresh, or cannot be had. Nobody waits for a core that did not answer when it was asked last. */
  async refreshed(): Promise<void> {
    const { clock } = this.#options;
    const mayAsk = this.#askedAt === undefined || clock.now() - this.#askedAt >= (this.#known ? freshMs : pauseMs);
    if (mayAsk && !this.#asking) {
      this.#askedAt = clock.now();
      this.#asking = this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
    if (!this.#known || !this.#isAway) await this.#asking;
  }

  async #ask(): Promise<void> {
    const outcome = await this.#options.fetchPolicies();
    if (outcome?.outcome !== 'answered')
      return this.#failed(outcome ? noAnswer(outcome) : 'the core has given the API no id yet');
    if (statusesOfNone.includes(outcome.status)) return this.#learnt([]);
    const read = readAccessControlPolicyResponse(outcome);
    if (read.outcome === 'malformed') return this.#failed(read.because);
    this.#learnt(read.value);
  }

  #learnt(policies: readonly ApiInvokerPolicy[]): void {
    this.#known = policies;
    this.#isAway = false;
  }

  #failed(because: string): void {
    if (!this.#isAway)
      this.#options.onError(new Error(`the access control policies of the core cannot be learnt: ${because}`));
    this.#isAway = true;
  }
}
