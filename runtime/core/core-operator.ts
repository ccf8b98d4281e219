/** What the operator of the core may ask of it: each promise resolves when what it has done is durable. */
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Store } from '../store/store.ts';
import type { AccessControlPolicy } from '../wire/invocations/access-control-policy-api.ts';
import type { NegotiationOptions } from './contexts/negotiation-routes.ts';
import { revokeByOperator } from './contexts/revocation.ts';
import {
  type AccessControlPolicies,
  type PolicySubjects,
  setByOperator,
} from './invocations/access-control-policies.ts';
import type { DeferredOnboarding, DeferredOnboardings } from './parties/deferred-onboardings.ts';
import type { OnboardingToken, OnboardingTokens } from './parties/onboarding-tokens.ts';

export type CoreOperator = {
  /**
   * The onboarding credential that an invoker gets out of band (6.1), for one hour by default. `subject` says to the
   * operator whom it is for. Rejects with RangeError where it would never be valid.
   */
  onboardingToken(subject: string, lifetimeSeconds?: number): Promise<string>;
  /** Those that have not expired long ago. */
  onboardingTokens(): OnboardingToken[];
  /** It onboards no one any more: who waits with it is refused, who was onboarded stays so. False if there is no such token. */
  revokeOnboardingToken(tokenId: string): Promise<boolean>;
  /** Those that wait for `decideOnboarding`, if the core defers onboardings. */
  deferredOnboardings(): DeferredOnboarding[];
  /**
   * Onboards the API invoker that waits with this token, or refuses it and ends the token; either way it is notified. False if
   * none waits with it.
   */
  decideOnboarding(tokenId: string, isAccepted: boolean): Promise<boolean>;
  methodsOf(aefId: string): readonly SecurityMethod[];
  /**
   * Revokes this invoker's authorization for these service APIs of this AEF, or for all that it exposes, and tells the AEF
   * (TS 29.222 5.6.2.5). No request of the invoker brings it back; only a new onboarding, with a new id, begins anew.
   *
   * Resolves when it is durable. Rejects with RangeError if the invoker, the AEF or a service API is unknown: nothing is
   * revoked then.
   */
  revoke(apiInvokerId: string, aefId: string, apiIds?: readonly string[]): Promise<void>;
  /**
   * How much an API invoker may invoke a service API of an AEF (TS 29.222 8.6), or, without `apiId`, each of them: the AEF
   * asks for it and enforces it. It replaces the policy of before; undefined takes that away.
   *
   * Resolves when it is durable. Rejects with RangeError if the subject is unknown, or the policy is none.
   */
  setAccessControlPolicy(subject: PolicySubjects, policy: AccessControlPolicy | undefined): Promise<void>;
  /** This AEF is gone for good: revocations that it has not acknowledged are not sent to it any more. */
  giveUpOn(aefId: string): Promise<void>;
};

type Core = NegotiationOptions & {
  tokens: OnboardingTokens;
  deferred: DeferredOnboardings;
  policies: AccessControlPolicies;
  store: Store;
};

export function coreOperator(core: Core): CoreOperator {
  const { tokens, deferred, contexts, store } = core;
  return {
    async onboardingToken(subject, lifetimeSeconds = 3600) {
      const token = await tokens.issue(subject, lifetimeSeconds);
      await store.committed();
      return token;
    },
    onboardingTokens: () => tokens.all,
    async revokeOnboardingToken(tokenId) {
      const isKnown = tokens.revoke(tokenId);
      await deferred.decide(tokenId, false);
      await store.committed();
      return isKnown;
    },
    deferredOnboardings: () => deferred.all,
    async decideOnboarding(tokenId, isAccepted) {
      const isKnown = await deferred.decide(tokenId, isAccepted);
      await store.committed();
      return isKnown;
    },
    methodsOf: core.registry.methodsOf,
    async revoke(apiInvokerId, aefId, apiIds) {
      revokeByOperator({ apiInvokerId, aefId, apiIds }, core);
      await store.committed();
    },
    async setAccessControlPolicy(subject, policy) {
      setByOperator(subject, policy, core);
      await store.committed();
    },
    async giveUpOn(aefId) {
      contexts.giveUpOn(aefId);
      await store.committed();
    },
  };
}
