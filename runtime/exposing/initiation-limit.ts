/**
 * How often strangers may have the AEF ask the core: anybody may initiate authentication, in the name of anybody, and each
 * such question costs the core one (TS 29.222 6.2.2.2). What an invoker asks about itself, by its own proof, is not counted.
 */
import type { CallHead } from '../transport/http-service.ts';
import { addressOf, defaultLimits, type LimitName, type Limits } from '../transport/listening/limits.ts';
import { RatePerPeer } from '../transport/listening/rate-per-peer.ts';
import type { HttpAnswer } from '../wire/http-message.ts';
import { problemAnswer } from '../wire/problem-details.ts';

export type AefLimits = Limits & {
  /** Of strangers: from one address, and from all. */
  initiationsPerSecond: number;
  initiationsPerSecondInAll: number;
};

export const defaultAefLimits: AefLimits = {
  ...defaultLimits,
  initiationsPerSecond: 50,
  initiationsPerSecondInAll: 200,
};

/** `initiationsUnderWay`: 100 of strangers, and 16 of each invoker, wait for the core at once. */
export type AefLimitName = LimitName | keyof AefLimits | 'initiationsUnderWay';

export class InitiationLimit {
  readonly #each: RatePerPeer;
  readonly #all: RatePerPeer;
  readonly #onLimit: (limit: AefLimitName) => void;

  constructor(limits: Partial<AefLimits>, onLimit: (limit: AefLimitName) => void, now?: () => number) {
    const { initiationsPerSecond, initiationsPerSecondInAll } = { ...defaultAefLimits, ...limits };
    this.#each = new RatePerPeer(initiationsPerSecond, 10, now);
    // A second's worth at once: each is work for the core as well, and whoever asks meanwhile waits behind it.
    this.#all = new RatePerPeer(initiationsPerSecondInAll, 1, now);
    this.#onLimit = onLimit;
  }

  /** Undefined if the initiation of this stranger is taken. */
  refusal({ socket, facts: { proof } }: CallHead): HttpAnswer | undefined {
    const waitMs = this.#each.take(addressOf(socket));
    if (waitMs > 0) {
      this.#onLimit('initiationsPerSecond');
      return problemAnswer(
        'TOO_MANY_REQUESTS',
        'authentication is initiated too often from here',
        headersFor(waitMs, proof),
      );
    }
    const waitForAllMs = this.#all.take('all');
    if (waitForAllMs === 0) return undefined;
    this.#onLimit('initiationsPerSecondInAll');
    return problemAnswer('UNAVAILABLE', 'strangers initiate authentication too often', headersFor(waitForAllMs, proof));
  }

  /** Too many wait for the core already. */
  noRoom({ facts: { proof } }: CallHead): HttpAnswer {
    this.#onLimit('initiationsUnderWay');
    return problemAnswer(
      'UNAVAILABLE',
      'too many authentication initiations wait for the core',
      headersFor(1_000, proof),
    );
  }
}

/** Who has proven nothing begins anew with a handshake. */
const headersFor = (waitMs: number, { by }: CallHead['facts']['proof']): Record<string, string> => ({
  'retry-after': String(Math.ceil(waitMs / 1000)),
  ...(by === 'nothing' && { connection: 'close' }),
});
