/**
 * A CAPIF core function as a library: its authority, its TLS listener, and the machines behind its TS 29.222 APIs.
 * What it keeps in its store, with the authority and the keys of before, is what it goes on from after a restart.
 */
import { randomBytes } from 'node:crypto';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { withDurableAnswers } from '../store/durable-answers.ts';
import { httpService } from '../transport/http-service.ts';
import { httpsListener } from '../transport/https-listener.ts';
import type { AccessControlPolicy } from '../wire/invocations/access-control-policy-api.ts';
import { apiRootOf, withAbsoluteLocation } from './api-root.ts';
import { Contexts } from './contexts/contexts.ts';
import { revokeAt, revokeByOperator } from './contexts/revocation.ts';
import { coreEvents } from './core-events.ts';
import { acceptProven, identityOfCore } from './core-identity.ts';
import { type CoreFunctionOptions, withDefaults } from './core-options.ts';
import { coreRoutes } from './core-routes.ts';
import { AccessControlPolicies, type PolicySubject, setByOperator } from './invocations/access-control-policies.ts';
import { InvocationLogs } from './invocations/invocation-logs.ts';
import { Enrolment } from './parties/enrolment.ts';
import { EnrolmentDetails } from './parties/enrolment-details.ts';
import { IssuedCertificates } from './parties/issued-certificates.ts';
import { type OnboardingToken, OnboardingTokens } from './parties/onboarding-tokens.ts';
import { ProviderDomains } from './parties/provider-domains.ts';
import { Registry } from './services/registry.ts';

export type { TraceLine } from '../../machines/trace.ts';
export type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
export type { Clock, Pause } from '../clock.ts';
export type { CertificateAuthority } from '../credentials/certificates.ts';
export type { KeyPair } from '../credentials/key-pairs.ts';
export type { Recorder } from '../participant.ts';
export type { Store } from '../store/store.ts';
export type { TlsVersions } from '../transport/tls-profile.ts';
export type { AccessControlPolicy } from '../wire/invocations/access-control-policy-api.ts';
export type { UpdateForInvoker } from './contexts/security-context.ts';
export type { CoreFunctionOptions, NotificationOptions } from './core-options.ts';
export type { PolicySubject } from './invocations/access-control-policies.ts';
export type { IdSource } from './parties/ids.ts';
export type { OnboardingToken } from './parties/onboarding-tokens.ts';

export type CoreFunction = {
  host: string;
  port: number;
  /** PEM of the authority's certificate, which invokers and providers must trust. */
  ca: string;
  /** TS 29.222 8.9: what an API provider shows to register its functions. */
  registrationSecret: string;
  /**
   * The onboarding credential that an invoker gets out of band (6.1), for one hour by default. `subject` says to the
   * operator whom it is for. Rejects with RangeError where it would never be valid.
   */
  onboardingToken(subject: string, lifetimeSeconds?: number): Promise<string>;
  /** Those that have not expired long ago. */
  onboardingTokens(): OnboardingToken[];
  /** It onboards no one any more; who was onboarded with it stays so. False if there is no such token. */
  revokeOnboardingToken(tokenId: string): Promise<boolean>;
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
   * How much an API invoker may invoke a service API of an AEF (TS 29.222 8.6), which the AEF asks for and enforces. It
   * replaces the policy of before; undefined takes it away.
   *
   * Resolves when it is durable. Rejects with RangeError if the subject is unknown, or the policy is none.
   */
  setAccessControlPolicy(subject: PolicySubject, policy: AccessControlPolicy | undefined): Promise<void>;
  /** This AEF is gone for good: revocations that it has not acknowledged are not sent to it any more. */
  giveUpOn(aefId: string): Promise<void>;
  /** Ends it; what is under way may be answered for `withinMs` (by default not). */
  close(options?: { withinMs?: number }): Promise<void>;
};

/** Rejects if it cannot listen on the address. */
export async function createCoreFunction(options: CoreFunctionOptions = {}): Promise<CoreFunction> {
  const settled = withDefaults(options);
  const { amendments, host, port: wantedPort, tls, ids, timeoutMs, record, clock, pause, onError, store } = settled;
  const authority = options.authority ?? (await createAuthority({ name: 'capif-machines', now: clock.now() }));
  const ca = authority.certificatePem;
  const identity = await identityOfCore(authority, options.keys ?? (await generateKeyPair()), settled);
  const { certificate, issuer } = identity;
  const { registrationSecret = randomBytes(24).toString('base64url') } = options;

  const registry: Registry = new Registry({
    amendments,
    ids,
    record,
    store,
    tellContexts: (service, event) => contexts.tellByAef(service, event),
    onChanged: (event, described) => events.serviceApi(event, described),
  });
  const revocation = { registry, ca, certificate, timeoutMs, clock };
  const contexts = new Contexts({
    amendments,
    record,
    onError,
    isOnboarded: (apiInvokerId) => enrolment.isOnboarded(apiInvokerId),
    clock,
    pause,
    store,
    registry,
    revokeAt: (withdrawn) => revokeAt(withdrawn, revocation),
    notifyInvoker: settled.notifyInvoker,
    isGone: (aefId) => providers.function(aefId) === undefined,
    onRevoked(revoked) {
      events.authorizationRevoked(revoked, contexts.destinations.get(revoked.apiInvokerId));
    },
  });
  const certificates = new IssuedCertificates(authority, clock.now, store);
  const providers = new ProviderDomains({ certificates, ids, store });
  const tokens = new OnboardingTokens({ issuer, clock, store });
  const details = new EnrolmentDetails({ certificates, store });
  const enrolment = new Enrolment({
    certificates,
    details,
    tokens,
    store,
    ids,
    record,
    onOnboarded: (apiInvokerId) => events.apiInvoker('API_INVOKER_ONBOARDED', apiInvokerId),
    tellContexts(apiInvokerId, event) {
      contexts.tellByInvoker(apiInvokerId, event);
      events.apiInvoker('API_INVOKER_OFFBOARDED', apiInvokerId);
      subscriptions.endAllOf(apiInvokerId);
      policies.endAllOf(apiInvokerId);
    },
  });

  contexts.resume();

  const known = { enrolment, providers, registry, contexts };
  const logs = new InvocationLogs({
    ...{ ids, store, limitBytes: settled.invocationLogLimitBytes },
    onKept: (log) => events.invocationsLogged(log),
  });
  const policies = new AccessControlPolicies({
    store,
    onChanged: (subject, policy) => events.accessControlPolicyChanged(subject, policy),
  });
  const telling = coreEvents({ settled, ca, certificate, enrolment, providers });
  const { events, subscriptions, notifications } = telling;
  const routes = coreRoutes({
    ...{ ...known, ...telling, settled, registrationSecret, identity: { ...identity, ca } },
    ...{ details, tokens, logs, policies, apiRoot: () => apiRoot },
  });
  const listener = httpsListener({
    ...certificate,
    ca,
    tls,
    accept: (socket) => acceptProven(socket, enrolment, certificates),
    onRequest: httpService({
      routes: withDurableAnswers(
        withAbsoluteLocation(routes, () => apiRoot),
        store,
        onError,
      ),
      bodyLimitBytes: settled.bodyLimitBytes,
      onError,
    }),
  });
  const port = await listener.listen(wantedPort, host);
  const apiRoot = options.apiRoot?.replace(/\/$/, '') ?? apiRootOf(settled, port);
  notifications.start();

  return {
    host,
    port,
    ca,
    registrationSecret,
    async onboardingToken(subject, lifetimeSeconds = 3600) {
      const token = await tokens.issue(subject, lifetimeSeconds);
      await store.committed();
      return token;
    },
    onboardingTokens: () => tokens.all,
    async revokeOnboardingToken(tokenId) {
      const isKnown = tokens.revoke(tokenId);
      await store.committed();
      return isKnown;
    },
    methodsOf: registry.methodsOf,
    async revoke(apiInvokerId, aefId, apiIds) {
      revokeByOperator({ apiInvokerId, aefId, apiIds }, known);
      await store.committed();
    },
    async setAccessControlPolicy(subject, policy) {
      setByOperator(subject, policy, { ...known, policies });
      await store.committed();
    },
    async giveUpOn(aefId) {
      contexts.giveUpOn(aefId);
      await store.committed();
    },
    async close({ withinMs = 0 } = {}) {
      await listener.close(withinMs);
      contexts.close();
      notifications.close();
    },
  };
}
