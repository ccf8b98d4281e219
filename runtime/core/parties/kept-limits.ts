/**
 * How much those whom the core trusts may leave with it: who holds the registration secret, and who is registered or onboarded. The
 * defaults are such that no honest party meets them; docs/limits.md has them all.
 */
import type { HttpAnswer } from '../../wire/http-message.ts';
import { problemAnswer } from '../../wire/problem-details.ts';

export type KeptLimits = {
  providerDomains: number;
  functionsPerDomain: number;
  /** Also those that are withdrawn, as long as an API invoker has negotiated about them. */
  serviceApisPerDomain: number;
  serviceApis: number;
  /** Of events. */
  subscriptionsPerSubscriber: number;
};

export const defaultKeptLimits: KeptLimits = {
  providerDomains: 1_000,
  functionsPerDomain: 100,
  serviceApisPerDomain: 1_000,
  serviceApis: 10_000,
  subscriptionsPerSubscriber: 20,
};

const answers = {
  providerDomains: ['UNAVAILABLE', 'there are too many API provider domains'],
  functionsPerDomain: ['NOT_AUTHORIZED', 'an API provider domain may not have so many functions'],
  serviceApisPerDomain: ['NOT_AUTHORIZED', 'this API provider domain has too many service APIs'],
  serviceApis: ['UNAVAILABLE', 'too many service APIs are published'],
  subscriptionsPerSubscriber: ['NOT_AUTHORIZED', 'this subscriber has too many subscriptions'],
} as const;

/** Where all together have too much, somebody else has to end something first. */
const retryAfterSeconds = 60;

export class KeptLimit {
  readonly #limits: KeptLimits;
  readonly #onLimit: (limit: keyof KeptLimits) => void;

  constructor(limits: Partial<KeptLimits>, onLimit: (limit: keyof KeptLimits) => void) {
    this.#limits = { ...defaultKeptLimits, ...limits };
    this.#onLimit = onLimit;
  }

  /** The answer to who would have so many; undefined if that is not too many. */
  refusal(limit: keyof KeptLimits, wanted: number): HttpAnswer | undefined {
    if (wanted <= this.#limits[limit]) return undefined;
    this.#onLimit(limit);
    const [cause, because] = answers[limit];
    return problemAnswer(cause, because, cause === 'UNAVAILABLE' ? { 'retry-after': String(retryAfterSeconds) } : {});
  }
}
