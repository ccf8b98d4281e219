/** How many requests a listener takes, of each peer and in all: 429 for one that asks too much, 503 where all together do. */
import type { HttpAnswer } from '../../wire/http-message.ts';
import { problemAnswer } from '../../wire/problem-details.ts';
import type { LimitName, Limits } from './limits.ts';
import { RatePerPeer } from './rate-per-peer.ts';

export type RequestRefusal = HttpAnswer & { limit: LimitName };

export class RequestLimit {
  readonly #limits: Limits;
  readonly #rate: RatePerPeer;
  readonly #underWay = new Map<string, number>();
  #underWayInAll = 0;

  constructor(limits: Limits, now?: () => number) {
    this.#limits = limits;
    this.#rate = new RatePerPeer(limits.requestsPerSecond, 10, now);
  }

  /** Undefined if the request is taken: say when it has `ended`. Who has proven nothing begins anew with a handshake. */
  begin(peer: string, isProven: boolean): RequestRefusal | undefined {
    const { requestsUnderWayPerPeer, requestsUnderWay } = this.#limits;
    const own = this.#underWay.get(peer) ?? 0;
    if (own >= requestsUnderWayPerPeer) return refusal('requestsUnderWayPerPeer', 1_000, isProven);
    if (this.#underWayInAll >= requestsUnderWay) return refusal('requestsUnderWay', 1_000, isProven);
    const waitMs = this.#rate.take(peer);
    if (waitMs > 0) return refusal('requestsPerSecond', waitMs, isProven);
    this.#underWay.set(peer, own + 1);
    this.#underWayInAll += 1;
    return undefined;
  }

  ended(peer: string): void {
    const left = (this.#underWay.get(peer) ?? 1) - 1;
    if (left > 0) this.#underWay.set(peer, left);
    else this.#underWay.delete(peer);
    this.#underWayInAll -= 1;
  }
}

const answers = {
  requestsPerSecond: ['TOO_MANY_REQUESTS', 'this peer sends requests too often'],
  requestsUnderWayPerPeer: ['TOO_MANY_REQUESTS', 'too many requests of this peer wait for their answers'],
  requestsUnderWay: ['UNAVAILABLE', 'too many requests wait for their answers'],
} as const;

function refusal(limit: keyof typeof answers, waitMs: number, isProven: boolean): RequestRefusal {
  const [cause, because] = answers[limit];
  const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)), ...(!isProven && { connection: 'close' }) };
  return { limit, ...problemAnswer(cause, because, headers) };
}
