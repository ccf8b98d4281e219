/**
 * Whether an invocation that the machines have admitted is within the access control policies of the core (TS 29.222 8.6,
 * TS 29.122 7.2). This is no part of the negotiation of 6.7, so no machine decides it.
 */
import type { Clock } from '../../clock.ts';
import type { Collection, Store } from '../../store/store.ts';
import type { HttpAnswer } from '../../wire/http-message.ts';
import type { ApiInvokerPolicy } from '../../wire/invocations/access-control-policy-api.ts';
import { problemAnswer } from '../../wire/problem-details.ts';
import type { AccessControlPolicies } from './access-control-policies.ts';

/** `total`: invocations since the invoker has had a policy here; `latest`: when those of the last second were. */
type Count = { total: number; latest: number[] };

export class AccessControl {
  readonly #policies: AccessControlPolicies;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #counts: Map<string, Count>;
  readonly #put: Collection<number>['put'];

  constructor(policies: AccessControlPolicies, { clock, store }: { clock: Clock; store: Store }) {
    this.#policies = policies;
    this.#clock = clock;
    this.#store = store;
    const { kept, put } = store.collection<number>('invocation-counts');
    this.#counts = new Map([...kept].map(([apiInvokerId, total]) => [apiInvokerId, { total, latest: [] }]));
    this.#put = put;
  }

  /** To be waited for before each invocation. */
  refreshed = (): Promise<void> => this.#policies.refreshed();

  /**
   * The answer to an invocation that the policies of its invoker do not allow; undefined for one that they do, which is
   * counted. An invoker without a policy may invoke without limit, but nobody may while no policies could be learnt.
   *
   * Resolves when a total that is limited is durable. Rejects with StoreError if it cannot be made so.
   */
  async refusal(apiInvokerId: string): Promise<HttpAnswer | undefined> {
    const { known } = this.#policies;
    if (!known)
      return problemAnswer('UNAVAILABLE', 'the access control policies of the core are not known yet', retryAfter);
    const own = known.filter((policy) => policy.apiInvokerId === apiInvokerId);
    if (own.length === 0) return undefined;
    const now = this.#clock.now();
    const count = this.#counts.get(apiInvokerId) ?? { total: 0, latest: [] };
    this.#counts.set(apiInvokerId, count);
    while (count.latest[0] !== undefined && count.latest[0] <= now - 1000) count.latest.shift();
    const refused = own.map((policy) => refusalBy(policy, count, now)).find((answer) => answer !== undefined);
    if (refused) return refused;
    count.total += 1;
    count.latest.push(now);
    if (own.some(({ allowedTotalInvocations }) => allowedTotalInvocations !== undefined)) {
      this.#put(apiInvokerId, () => count.total);
      await this.#store.committed();
    }
    return undefined;
  }
}

const retryAfter = { 'retry-after': '1' };

/** An AEF of this runtime knows no slices, so it cannot tell whether one that a policy asks for was used. */
function refusalBy(policy: ApiInvokerPolicy, { total, latest }: Count, now: number): HttpAnswer | undefined {
  const { allowedTotalInvocations: inTotal, allowedInvocationsPerSecond: perSecond } = policy;
  if (policy.netSliceInfo) return refuse('it is for network slices, which this AEF cannot tell');
  if (policy.allowedInvocationTimeRangeList?.every((range) => !isWithin(range, now)) ?? false)
    return refuse('it does not allow this time');
  if (inTotal !== undefined && total >= inTotal) return refuse(`all ${inTotal} invocations that it allows are used up`);
  if (perSecond !== undefined && latest.length >= perSecond)
    return problemAnswer(
      'TOO_MANY_INVOCATIONS',
      `its access control policy allows ${perSecond} in a second`,
      retryAfter,
    );
  return undefined;
}

const refuse = (because: string) =>
  problemAnswer('REFUSED_BY_POLICY', `the access control policy of this API invoker: ${because}`);

type Range = NonNullable<ApiInvokerPolicy['allowedInvocationTimeRangeList']>[number];

/** Both ends belong to the range. */
const isWithin = ({ startTime, stopTime }: Range, now: number): boolean =>
  (startTime === undefined || Date.parse(startTime) <= now) && (stopTime === undefined || now <= Date.parse(stopTime));
