/** The access control policies that the operator of the core has set (TS 29.222 8.6): one for an API invoker and a service API of an AEF. */
import type { Collection, Store } from '../../store/store.ts';
import { readAs } from '../../wire/http-message.ts';
import {
  type AccessControlPolicy,
  type ApiInvokerPolicy,
  accessControlPolicy,
} from '../../wire/invocations/access-control-policy-api.ts';
import type { Enrolment } from '../parties/enrolment.ts';
import type { Registry } from '../services/registry.ts';

export type PolicySubject = { apiInvokerId: string; aefId: string; apiId: string };

type AccessControlPoliciesOptions = {
  store: Store;
  /** Hears of what the AEF is told from now on; that it is durable comes later. */
  onChanged?(subject: PolicySubject, policy: AccessControlPolicy | undefined): void;
};
type KeptPolicy = PolicySubject & { policy: AccessControlPolicy };

/** An id has no space. */
const keyOf = ({ apiId, aefId, apiInvokerId }: PolicySubject) => `${apiId} ${aefId} ${apiInvokerId}`;

export class AccessControlPolicies {
  readonly #options: AccessControlPoliciesOptions;
  readonly #policies: Map<string, KeptPolicy>;
  readonly #put: Collection<KeptPolicy>['put'];

  constructor(options: AccessControlPoliciesOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<KeptPolicy>('access-control-policies');
    this.#policies = new Map(kept);
    this.#put = put;
  }

  /** Without a policy, the one of before is taken away. */
  set({ apiInvokerId, aefId, apiId }: PolicySubject, policy: AccessControlPolicy | undefined): void {
    const subject = { apiInvokerId, aefId, apiId };
    if (policy) this.#keep(keyOf(subject), { ...subject, policy });
    else this.#keep(keyOf(subject), undefined);
    this.#options.onChanged?.(subject, policy);
  }

  /** For one API invoker, or for all that have one. */
  listOf(apiId: string, aefId: string, apiInvokerId?: string): ApiInvokerPolicy[] {
    return [...this.#policies.values()]
      .filter((one) => one.apiId === apiId && one.aefId === aefId)
      .filter((one) => apiInvokerId === undefined || one.apiInvokerId === apiInvokerId)
      .map(({ policy, ...subject }) => ({ apiInvokerId: subject.apiInvokerId, ...policy }));
  }

  isAbout(apiId: string): boolean {
    return [...this.#policies.values()].some((one) => one.apiId === apiId);
  }

  /** An API invoker or an AEF is gone, and its id does not come back. */
  endAllOf(id: string): void {
    for (const [key, { apiInvokerId, aefId }] of this.#policies)
      if (apiInvokerId === id || aefId === id) this.#keep(key, undefined);
  }

  #keep(key: string, one: KeptPolicy | undefined): void {
    if (one) this.#policies.set(key, one);
    else this.#policies.delete(key);
    this.#put(key, () => this.#policies.get(key));
  }
}

/** Without `apiId`, for each service API that the AEF exposes. */
export type PolicySubjects = Omit<PolicySubject, 'apiId'> & { apiId?: string | undefined };

/** @throws RangeError if the subject is unknown, or the policy is none */
export function setByOperator(
  { apiInvokerId, aefId, apiId: only }: PolicySubjects,
  policy: AccessControlPolicy | undefined,
  { policies, enrolment, registry }: { policies: AccessControlPolicies; enrolment: Enrolment; registry: Registry },
): void {
  if (!enrolment.isOnboarded(apiInvokerId)) throw new RangeError(`${apiInvokerId} is not an onboarded API invoker`);
  const exposed = new Set(registry.servicesOf(aefId).map(({ apiId }) => apiId));
  if (exposed.size === 0) throw new RangeError(`${aefId} is not a published AEF`);
  if (only !== undefined && !exposed.has(only)) throw new RangeError(`${only} is not a service API of ${aefId}`);
  const taken = policy && checked(policy);
  for (const apiId of only === undefined ? exposed : [only]) policies.set({ apiInvokerId, aefId, apiId }, taken);
}

function checked(policy: AccessControlPolicy): AccessControlPolicy {
  const read = readAs(accessControlPolicy, policy);
  if (read.outcome === 'malformed') throw new RangeError(`this is no access control policy: ${read.because}`);
  const { allowedTotalInvocations = 0, allowedInvocationsPerSecond = 0 } = read.value;
  if (allowedTotalInvocations < 0 || allowedInvocationsPerSecond < 0)
    throw new RangeError('this is no access control policy: fewer than no invocations cannot be allowed');
  return read.value;
}
