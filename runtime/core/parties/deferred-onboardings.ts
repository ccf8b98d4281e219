/**
 * Onboardings that wait for the operator of the core (TS 29.222 5.5.2.2): answered with 202, and later with an
 * OnboardingNotification. Until it is accepted, no machine hears of the request.
 */
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Clock } from '../../clock.ts';
import { pemOf } from '../../credentials/certificate-bytes.ts';
import { CertificateRequestRefused, requestedPublicKey } from '../../credentials/certificate-request.ts';
import type { Collection, Store } from '../../store/store.ts';
import {
  type ApiInvokerEnrolment,
  describeOnboarded,
  describeOnboardingRefused,
} from '../../wire/invoker-management-api.ts';
import type { Enrolment } from './enrolment.ts';
import type { EnrolmentDetails } from './enrolment-details.ts';
import type { OnboardingTokens } from './onboarding-tokens.ts';

/** What its operator is shown. */
export type DeferredOnboarding = {
  tokenId: string;
  /** As the API invoker has said of itself, which nobody has checked. */
  information?: string | undefined;
  notificationDestination: string;
  /** Milliseconds since 1970. */
  since: number;
};
type Kept = { wanted: ApiInvokerEnrolment; facts: TransportFacts; since: number };

type DeferredOnboardingsOptions = {
  enrolment: Enrolment;
  details: EnrolmentDetails;
  tokens: OnboardingTokens;
  clock: Clock;
  store: Store;
  apiRoot(): string;
  notify(tokenId: string, destination: string, body: unknown): void;
};

export class DeferredOnboardings {
  readonly #options: DeferredOnboardingsOptions;
  readonly #deferred: Map<string, Kept>;
  readonly #put: Collection<Kept>['put'];
  readonly #underWay = new Set<string>();

  constructor(options: DeferredOnboardingsOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<Kept>('deferred-onboardings');
    this.#deferred = new Map(kept);
    this.#put = put;
  }

  get all(): DeferredOnboarding[] {
    return [...this.#deferred].map(([tokenId, { wanted, since }]) => {
      const { information, notificationDestination } = wanted;
      return { tokenId, information, notificationDestination, since };
    });
  }

  /** False if another key waits with this token. Rejects with CertificateRequestRefused. */
  async defer(tokenId: string, wanted: ApiInvokerEnrolment, facts: TransportFacts): Promise<boolean> {
    await requestedPublicKey(wanted.publicKeyPem);
    const known = this.#deferred.get(tokenId);
    if (known) return known.wanted.publicKeyPem === wanted.publicKeyPem;
    this.#deferred.set(tokenId, { wanted, facts, since: this.#options.clock.now() });
    this.#put(tokenId, () => this.#deferred.get(tokenId));
    return true;
  }

  /** False if nothing waits with this token. One that is refused can be asked for with another token alone. */
  async decide(tokenId: string, isAccepted: boolean): Promise<boolean> {
    const known = this.#deferred.get(tokenId);
    if (!known || this.#underWay.has(tokenId)) return false;
    this.#underWay.add(tokenId);
    try {
      const body = isAccepted ? await this.#onboard(tokenId, known) : this.#refuse(tokenId);
      this.#options.notify(tokenId, known.wanted.notificationDestination, body);
      this.#deferred.delete(tokenId);
      this.#put(tokenId, () => undefined);
      return true;
    } finally {
      this.#underWay.delete(tokenId);
    }
  }

  async #onboard(tokenId: string, { wanted, facts }: Kept) {
    const { enrolment, details, apiRoot } = this.#options;
    try {
      const onboarded = await enrolment.onboard(tokenId, wanted, facts);
      if (!onboarded) return describeOnboardingRefused('OTHER');
      const { apiInvokerId, certificate } = onboarded;
      const given = {
        apiInvokerId,
        onboardingId: apiInvokerId,
        certificatePem: pemOf(certificate),
        expTime: details.of(apiInvokerId)?.expTime,
      };
      return describeOnboarded({ ...wanted, ...given }, apiRoot());
    } catch (error) {
      if (error instanceof CertificateRequestRefused) return describeOnboardingRefused('OTHER');
      throw error;
    }
  }

  #refuse(tokenId: string) {
    this.#options.tokens.revoke(tokenId);
    return describeOnboardingRefused('API_INVOKER_NOT_ALLOWED');
  }
}
