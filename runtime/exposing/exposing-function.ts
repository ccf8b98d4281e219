/**
 * An API exposing function as a library, with its publishing function: the universal listener on CAPIF-2e, the
 * `apiExposingFunction` machine that decides about methods, and the admissions that decide about invokers (6.5.2, 6.7).
 */
import { type Amendment, allAmendments, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import { accessTokenVerifier } from '../credentials/access-token.ts';
import { type CoreAddress, checkCoreIdentity } from '../credentials/core-contact.ts';
import type { Recorder } from '../participant.ts';
import { type PublicationNetwork, PublishingFunction } from '../publishing/publishing-function.ts';
import { aefListener } from '../transport/aef-listener.ts';
import { type Connector, connector } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { httpService } from '../transport/http-service.ts';
import type { HandshakeFailure } from '../transport/listener.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import { Admissions } from './admissions.ts';
import { aefRoutes } from './aef-routes.ts';
import { enrolProvider } from './provider.ts';
import { SecurityMethods } from './security-methods.ts';
import { type ServiceHandler, serviceInvocations } from './service-invocations.ts';

export type ExposingFunctionOptions = {
  core: CoreAddress;
  /** What the core lets a provider register with (TS 29.222 8.9: regSec). */
  registrationSecret: string;
  apiName: string;
  methods: readonly SecurityMethod[];
  /** Executes an invocation that has been admitted; never called for one that was refused. */
  serve: ServiceHandler;
  amendments?: readonly Amendment[];
  host?: string;
  port?: number;
  /** Where invokers and the core reach it, if that is not where it listens. */
  published?: { host: string; port: number };
  tls?: TlsVersions;
  tlsToCore?: TlsVersions;
  bodyLimitBytes?: number;
  timeoutMs?: number;
  network?: PublicationNetwork;
  record?: Recorder;
  clock?: Clock;
  pause?: Pause;
  /** How long the key and rights of an invoker are kept without a new authentication initiation; unless told, for good. */
  credentialLifetimeMs?: number;
  onError?(error: unknown): void;
  /** A client whose handshake came to nothing: a wrong key, an unknown identity, a port scan. */
  onHandshakeFailure?(failure: HandshakeFailure): void;
};

export type ExposingFunction = {
  aefId: string;
  host: string;
  port: number;
  /** Takes effect at once for new invocations; resolves when the core has acknowledged it and the old methods are withdrawn. */
  changeMethods(methods: readonly SecurityMethod[]): Promise<void>;
  /** Resolves when nothing is left to announce. */
  settled(): Promise<void>;
  /** Where its `apiExposingFunction` machine stands, for observers. */
  snapshot: SecurityMethods['snapshot'];
  /** As if it had ended and begun again, for what it knows of invokers: its machines say what is durable. Cuts no connection. */
  restart(): void;
  close(): Promise<void>;
};

/** Enrols, listens and announces its methods. Rejects with EnrolmentError, or where the address cannot be had. */
export async function createExposingFunction(options: ExposingFunctionOptions): Promise<ExposingFunction> {
  const {
    core,
    apiName,
    serve,
    amendments = allAmendments,
    host = '127.0.0.1',
    tls = {},
    timeoutMs = 10_000,
  } = options;
  const { record = () => {}, clock = systemClock, pause = defaultPause, onError = () => {}, tlsToCore = {} } = options;
  const { onHandshakeFailure = () => {} } = options;
  const { aef, apf, tokenKeyPem } = await enrolProvider({ ...options, tls: tlsToCore, timeoutMs });
  const aefId = aef.id;

  const toCore = connector({
    ...core,
    credential: { by: 'certificate', ...aef.certificate },
    checkServerIdentity: checkCoreIdentity,
    tls: tlsToCore,
    timeoutMs,
    clock,
  });
  const admissions = new Admissions({
    aefId,
    amendments,
    record,
    clock,
    credentialLifetimeMs: options.credentialLifetimeMs,
    fetchSecurityInformation: (apiInvokerId) => fetchSecurityInformation(toCore, aefId, apiInvokerId),
  });
  const listener = aefListener({
    ...aef.certificate,
    ca: core.ca,
    tls,
    pskFor: admissions.pskFor,
    onHandshakeFailure: (failure) => onHandshakeFailure(failure),
    onRequest: httpService({
      routes: aefRoutes({ aefId, admissions }),
      otherwise: serviceInvocations({
        aefId,
        apiName,
        serve,
        admissions,
        verifier: accessTokenVerifier(tokenKeyPem),
        clock,
        decide: (event, about) => methods.decide(event, about),
      }),
      bodyLimitBytes: options.bodyLimitBytes ?? 1024 * 1024,
      onError,
    }),
  });
  const port = await listener.listen(options.port ?? 0, host);

  const first = securityMethods.filter((method) => options.methods.includes(method));
  const address = options.published ?? { host, port };
  const publisher = new PublishingFunction({
    core,
    apfId: apf.id,
    aefId,
    certificate: apf.certificate,
    serviceApi: { apiName, aefs: [{ aefId, ...address, apiVersion: 'v1', methods: first }] },
    amendments,
    tellExposingFunction: (event) => methods.published(event),
    network: options.network,
    tls: tlsToCore,
    timeoutMs,
    record,
    clock,
    pause,
  });
  const tellPublishingFunction = publisher.tell;
  const methods: SecurityMethods = new SecurityMethods({
    aefId,
    amendments,
    methods: first,
    record,
    admissions,
    tellPublishingFunction,
  });

  return {
    aefId,
    host,
    port,
    changeMethods: (wanted) => methods.change(wanted),
    settled: methods.settled,
    snapshot: methods.snapshot,
    restart: admissions.restart,
    async close() {
      admissions.close();
      publisher.close();
      toCore.close();
      await listener.close();
    },
  };
}

/** CAPIF-3: keys and rights of an invoker (TS 29.222 5.6.2.4). */
async function fetchSecurityInformation(toCore: Connector, aefId: string, apiInvokerId: string) {
  const outcome = await toCore.request(writeSecurityInformationRequest({ apiInvokerId }));
  const request = 'GET trustedInvokers';
  return { outcome, facts: factsOf(outcome, { referencePoint: 'CAPIF-3', from: aefId, to: 'CCF', request }) };
}
