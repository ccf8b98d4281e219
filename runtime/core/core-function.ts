/**
 * A CAPIF core function as a library: its authority, its TLS listener, and the machines behind its TS 29.222 APIs.
 * What it keeps in its store, with the authority and the keys of before, is what it goes on from after a restart.
 */
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TransportFacts } from '../../machines/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { accessTokenIssuer } from '../credentials/access-token.ts';
import { type CertificateAuthority, createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair, type KeyPair } from '../credentials/key-pairs.ts';
import { hasBoundMasterSecret } from '../credentials/tls-session.ts';
import { httpService, type Route } from '../transport/http-service.ts';
import { httpsListener } from '../transport/https-listener.ts';
import { problemAnswer } from '../wire/problem-details.ts';
import { apiRootOf, withAbsoluteLocation } from './api-root.ts';
import { Contexts } from './contexts/contexts.ts';
import { type NegotiationOptions, negotiationRoutes } from './contexts/negotiation-routes.ts';
import { revokeAt, revokeByOperator } from './contexts/revocation.ts';
import { securityInformationRoutes } from './contexts/security-information-routes.ts';
import { tokenRoutes } from './contexts/token-routes.ts';
import { type CoreFunctionOptions, type Settled, withDefaults } from './core-options.ts';
import { withDurableAnswers } from './durable-answers.ts';
import { Enrolment } from './parties/enrolment.ts';
import { EnrolmentDetails } from './parties/enrolment-details.ts';
import { IssuedCertificates } from './parties/issued-certificates.ts';
import { onboardingRoutes } from './parties/onboarding-routes.ts';
import { type OnboardingToken, OnboardingTokens } from './parties/onboarding-tokens.ts';
import { ProviderDomains, type ProviderFunction } from './parties/provider-domains.ts';
import { registrationRoutes } from './parties/registration-routes.ts';
import { discoveryRoutes, publicationRoutes } from './services/publication-routes.ts';
import { Registry } from './services/registry.ts';

export type { CoreFunctionOptions } from './core-options.ts';

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
  const { certificate, tokenKeyPem, issuer } = await identityOfCore(
    authority,
    options.keys ?? (await generateKeyPair()),
    settled,
  );
  const { registrationSecret = randomBytes(24).toString('base64url') } = options;

  const registry: Registry = new Registry({
    amendments,
    ids,
    record,
    store,
    tellContexts: (service, event) => contexts.tellByAef(service, event),
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
    isGone: (aefId) => providers.function(aefId) === undefined,
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
    tellContexts: (apiInvokerId, event) => contexts.tellByInvoker(apiInvokerId, event),
  });

  contexts.resume();

  const known = { enrolment, providers, registry, contexts };
  const routes = [
    ...registrationRoutes({
      providers,
      registrationSecret,
      bodyLimitBytes: settled.bodyLimitBytes,
      onEnded: (one, facts) => endFunction(one, facts, known),
    }),
    ...onboardingRoutes({ enrolment, details, tokens }),
    ...forEnrolled([...publicationRoutes(known), ...discoveryRoutes(known)], enrolment),
    ...forEnrolled(negotiationRoutes(known), enrolment),
    ...tokenRoutes({ ...known, issuer, clock, tokenLifetimeSeconds: settled.tokenLifetimeSeconds }),
    ...forEnrolled(securityInformationRoutes({ ...known, trustAnchorPem: ca, tokenKeyPem }), enrolment),
  ];
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
    async giveUpOn(aefId) {
      contexts.giveUpOn(aefId);
      await store.committed();
    },
    async close({ withinMs = 0 } = {}) {
      await listener.close(withinMs);
      contexts.close();
    },
  };
}

/** A client without a certificate of this core is answered before it sends a body. */
const forEnrolled = (routes: Route[], enrolment: Enrolment): Route[] =>
  routes.map((route) => ({
    ...route,
    refuse: (head) =>
      enrolment.isEnrolled(head.socket)
        ? route.refuse?.(head)
        : problemAnswer('NOT_AUTHENTICATED', 'only with a certificate that this core has issued'),
  }));

function endFunction(
  { id, role }: ProviderFunction,
  facts: TransportFacts,
  { registry, contexts }: NegotiationOptions,
) {
  if (role === 'APF') registry.withdrawAllOf(id, facts);
  if (role !== 'AEF') return;
  registry.takeOut(id, facts);
  contexts.giveUpOn(id);
}

/** One key pair: the certificate of the core, and the signature of its tokens. */
async function identityOfCore(authority: CertificateAuthority, keys: KeyPair, { host, names, clock }: Settled) {
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'ccf' },
    publicKey: keys.publicKeyPem,
    names: namesOf(host, names),
    usages: ['server', 'client'],
    now: clock.now(),
  });
  const certificate = { key: keys.privateKeyPem, cert };
  return { certificate, tokenKeyPem: keys.publicKeyPem, issuer: accessTokenIssuer(keys) };
}

/** An address that is bound may be no address at all (0.0.0.0), or a name. */
function namesOf(host: string, { dns = [], ip = [] }: NonNullable<CoreFunctionOptions['names']>) {
  return isIP(host) ? { dns, ip: [host, ...ip] } : { dns: [host, ...dns], ip };
}

/** TLS 1.2 without extended master secret is not accepted: AEFPSK is derived from the master secret (A.1). */
function acceptProven(socket: TLSSocket, enrolment: Enrolment, certificates: IssuedCertificates): boolean {
  if (!hasBoundMasterSecret(socket)) return false;
  certificates.used(socket);
  enrolment.connected(socket);
  return true;
}
