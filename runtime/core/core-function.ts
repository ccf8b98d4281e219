/**
 * A CAPIF core function as a library: its authority, its TLS listener, and the machines behind its TS 29.222 APIs.
 * What it keeps in its store, with the authority and the keys of before, is what it goes on from after a restart.
 */
import { randomBytes } from 'node:crypto';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { withDurableAnswers } from '../store/durable-answers.ts';
import { httpService } from '../transport/http-service.ts';
import { httpsListener } from '../transport/listening/https-listener.ts';
import { apiRootOf, withAbsoluteLocation } from './api-root.ts';
import { Contexts } from './contexts/contexts.ts';
import { revokeAt } from './contexts/revocation.ts';
import { coreEvents } from './core-events.ts';
import { acceptProven, identityOfCore } from './core-identity.ts';
import { type CoreOperator, coreOperator } from './core-operator.ts';
import { type CoreFunctionOptions, withDefaults } from './core-options.ts';
import { coreRoutes } from './core-routes.ts';
import { AccessControlPolicies } from './invocations/access-control-policies.ts';
import { InvocationLogs } from './invocations/invocation-logs.ts';
import { DeferredOnboardings } from './parties/deferred-onboardings.ts';
import { Enrolment } from './parties/enrolment.ts';
import { EnrolmentDetails } from './parties/enrolment-details.ts';
import { IssuedCertificates } from './parties/issued-certificates.ts';
import { KeptLimit } from './parties/kept-limits.ts';
import { OnboardingTokens } from './parties/onboarding-tokens.ts';
import { ProviderDomains } from './parties/provider-domains.ts';
import { Registry } from './services/registry.ts';

export type { TraceLine } from '../../machines/steps/trace.ts';
export type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
export type { Clock, Pause } from '../clock.ts';
export type { CertificateAuthority } from '../credentials/certificates.ts';
export type { OwnCertificate } from '../credentials/core-contact.ts';
export type { KeyPair } from '../credentials/key-pairs.ts';
export type { Recorder } from '../participant.ts';
export type { Store } from '../store/store.ts';
export type { HandshakeFailure } from '../transport/listening/listener.ts';
export type { TlsVersions } from '../transport/tls-profile.ts';
export type { AccessControlPolicy } from '../wire/invocations/access-control-policy-api.ts';
export type { CoreOperator } from './core-operator.ts';
export type { CoreFunctionOptions, CoreLimitName, CoreLimits, NotificationOptions } from './core-options.ts';
export type { NotificationOutcome } from './events/notifications.ts';
export type { PolicySubjects } from './invocations/access-control-policies.ts';
export type { DeferredOnboarding } from './parties/deferred-onboardings.ts';
export type { IdSource } from './parties/ids.ts';
export type { OnboardingToken } from './parties/onboarding-tokens.ts';

export type CoreFunction = CoreOperator & {
  host: string;
  port: number;
  /** PEM of the authority's certificate, which invokers and providers must trust. */
  ca: string;
  /** TS 29.222 8.9: what an API provider shows to register its functions. */
  registrationSecret: string;
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

  const isGone = (aefId: string) => providers.function(aefId) === undefined;
  const registry: Registry = new Registry({
    amendments,
    ids,
    record,
    store,
    tellContexts: (service, event) => contexts.tellByAef(service, event),
    inUse() {
      const isNamed = contexts.inUse();
      return (service) => isNamed(service) || policies.isAbout(service.apiId);
    },
    isGone,
    onChanged: (event, described, before) => events.serviceApi(event, described, before),
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
    isGone,
    onRevoked(revoked) {
      events.authorizationRevoked(revoked, contexts.rights.destinations.get(revoked.apiInvokerId));
    },
  });
  const certificates = new IssuedCertificates(authority, clock.now, store);
  const providers = new ProviderDomains({ certificates, ids, store });
  const tokens = new OnboardingTokens({ issuer, clock, store });
  const details = new EnrolmentDetails({ ...settled, certificates });
  const enrolment = new Enrolment({
    certificates,
    details,
    tokens,
    store,
    clock,
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

  const known = { enrolment, providers, registry, contexts };
  const logs = new InvocationLogs({
    ...{ ids, store, limitBytes: settled.invocationLogLimitBytes },
    onKept: (log) => events.invocationsLogged(log),
  });
  const policies = new AccessControlPolicies({
    store,
    onChanged: (subject, policy) => events.accessControlPolicyChanged(subject, policy),
  });
  const telling = coreEvents({ settled, ca, certificate, enrolment, providers, registry });
  const { events, subscriptions, notifications } = telling;
  const deferred = new DeferredOnboardings({
    ...{ enrolment, details, tokens, clock, store, apiRoot: () => apiRoot },
    notify: (tokenId, destination, body) => notifications.add({ recipient: tokenId, destination, body }),
  });
  const kept = new KeptLimit(settled.limits, settled.onLimit);
  const routes = coreRoutes({
    ...{ ...known, ...telling, settled, registrationSecret, identity: { ...identity, ca } },
    ...{ details, tokens, deferred, logs, policies, kept, apiRoot: () => apiRoot },
  });
  const listener = httpsListener({
    ...(options.serverCertificate ?? certificate),
    ca,
    tls,
    connectionsMax: settled.connectionsMax,
    limits: settled.limits,
    onLimit: settled.onLimit,
    onHandshakeFailure: settled.onHandshakeFailure,
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
  contexts.resume();
  enrolment.resume();
  telling.start();

  return {
    host,
    port,
    ca,
    registrationSecret,
    ...coreOperator({ ...known, tokens, deferred, policies, store }),
    async close({ withinMs = 0 } = {}) {
      await listener.close(withinMs);
      contexts.close();
      enrolment.close();
      await store.committed().catch(onError);
      telling.close();
    },
  };
}
