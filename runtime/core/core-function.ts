/**
 * A CAPIF core function as a library: its authority, its TLS listener, and the machines behind its TS 29.222 APIs.
 * Everything it knows is in memory: a restarted core is a new one.
 */
import { randomBytes } from 'node:crypto';
import { type Amendment, allAmendments, type SecurityMethod } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import { accessTokenIssuer } from '../credentials/access-token.ts';
import { identityOf } from '../credentials/certificate-identity.ts';
import { type CertificateAuthority, createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { parseTlsSession } from '../credentials/tls-session.ts';
import { factsOf } from '../invoker/aef-side.ts';
import type { Record } from '../participant.ts';
import { connector } from '../transport/connector.ts';
import { httpService } from '../transport/http-service.ts';
import { httpsListener } from '../transport/https-listener.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { writeRevokeAuthorizationRequest } from '../wire/aef-security-api.ts';
import { createContexts } from './contexts.ts';
import { createEnrolment } from './enrolment.ts';
import { enrolmentRoutes } from './enrolment-routes.ts';
import { publicationRoutes } from './publication-routes.ts';
import { createRegistry } from './registry.ts';
import { securityRoutes } from './security-routes.ts';

export type CoreFunctionOptions = {
  amendments?: readonly Amendment[];
  host?: string;
  port?: number;
  /** Names and addresses, beside `host`, that its certificate is for. */
  names?: { dns?: string[]; ip?: string[] };
  tls?: TlsVersions;
  /** A new one, in memory, unless given. */
  authority?: CertificateAuthority;
  tokenLifetimeSeconds?: number;
  bodyLimitBytes?: number;
  timeoutMs?: number;
  record?: Record;
  clock?: Clock;
  pause?: Pause;
  onError?(error: unknown): void;
};

export type CoreFunction = {
  host: string;
  port: number;
  /** PEM of the authority's certificate: what invokers and providers are to trust. */
  ca: string;
  /** TS 29.222 8.9: what an API provider shows to register its functions. */
  registrationSecret: string;
  /** The onboarding credential that an invoker gets out of band (6.1). */
  onboardingToken(subject: string): Promise<string>;
  methodsOf(aefId: string): readonly SecurityMethod[];
  /** Takes this invoker's authorization for this AEF away, and tells the AEF (TS 29.222 5.6.2.5); throws if one is unknown. */
  revoke(apiInvokerId: string, aefId: string): void;
  close(): Promise<void>;
};

/** Rejects where the address cannot be had. */
export async function createCoreFunction(options: CoreFunctionOptions = {}): Promise<CoreFunction> {
  const { amendments = allAmendments, host = '127.0.0.1', names = {}, tls = {}, tokenLifetimeSeconds = 3600 } = options;
  const {
    record = () => {},
    clock = systemClock,
    pause = defaultPause,
    timeoutMs = 10_000,
    onError = () => {},
  } = options;
  const authority = options.authority ?? (await createAuthority({ name: 'capif-machines', now: clock.now() }));
  const ca = authority.certificatePem;
  const keys = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'ccf' },
    publicKey: keys.publicKeyPem,
    names: { dns: names.dns ?? [], ip: [host, ...(names.ip ?? [])] },
    usages: ['server', 'client'],
    now: clock.now(),
  });
  const issuer = accessTokenIssuer(keys);
  const registrationSecret = randomBytes(24).toString('base64url');

  const registry = createRegistry({
    amendments,
    record,
    tellContexts: (aefId, event) => contexts.tellAbout(aefId, event),
  });
  const contexts = createContexts({ amendments, record, clock, pause, registry, revokeAt });
  const enrolment = createEnrolment({
    authority,
    clock,
    record,
    tellContexts: (apiInvokerId, event) => contexts.tellOf(apiInvokerId, event),
  });

  /** CAPIF-3, from the core: what the transport saw of an acknowledged revocation. */
  async function revokeAt(aefId: string, apiInvokerId: string) {
    const address = registry.interfaceOf(aefId);
    if (!address) return undefined;
    const over = connector({
      host: address.host,
      port: address.port,
      ca,
      credential: { by: 'certificate', key: keys.privateKeyPem, cert },
      checkServerIdentity: (_, presented) =>
        identityOf(presented)?.id === aefId ? undefined : new Error(`the certificate is not that of ${aefId}`),
      timeoutMs,
      clock,
    });
    const apiIds = registry.apiNamesOf(aefId);
    const request = writeRevokeAuthorizationRequest({
      revokeInfo: { apiInvokerId, aefId, apiIds, cause: 'UNEXPECTED_REASON' },
      supportedFeatures: '0',
    });
    const outcome = await over.request(request);
    over.close();
    if (outcome.outcome !== 'answered' || outcome.status !== 200) return undefined;
    const line = 'POST revoke-authorization';
    return factsOf(outcome, { referencePoint: 'CAPIF-3', from: 'CCF', to: aefId, request: line });
  }

  const listener = httpsListener({
    key: keys.privateKeyPem,
    cert,
    ca,
    tls,
    accept(socket) {
      const session = socket.getProtocol() === 'TLSv1.2' ? socket.getSession() : undefined;
      if (session && !parseTlsSession(session).extendedMasterSecret) return false;
      enrolment.connected(socket);
      return true;
    },
    onRequest: httpService({
      routes: [
        ...enrolmentRoutes({ enrolment, clock, registrationSecret, tokenKeyPem: keys.publicKeyPem }),
        ...publicationRoutes({ enrolment, registry }),
        ...securityRoutes({
          enrolment,
          registry,
          contexts,
          issuer,
          clock,
          tokenLifetimeSeconds,
          trustAnchorPem: ca,
          tokenKeyPem: keys.publicKeyPem,
        }),
      ],
      bodyLimitBytes: options.bodyLimitBytes ?? 64 * 1024,
      onError,
    }),
  });
  const port = await listener.listen(options.port ?? 0, host);

  return {
    host,
    port,
    ca,
    registrationSecret,
    onboardingToken: (subject) => issuer.issueOnboardingToken({ subject, lifetimeSeconds: 3600, now: clock.now() }),
    methodsOf: registry.methodsOf,
    revoke(apiInvokerId, aefId) {
      if (!enrolment.isOnboarded(apiInvokerId)) throw new RangeError(`${apiInvokerId} is no onboarded API invoker`);
      if (!registry.interfaceOf(aefId)) throw new RangeError(`${aefId} is no published AEF`);
      contexts.of(apiInvokerId, aefId).tell({ type: 'authorization.revoked' });
    },
    async close() {
      contexts.close();
      await listener.close();
    },
  };
}
