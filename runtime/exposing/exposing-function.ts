/**
 * An API exposing function as a library, with its publishing function: the universal listener on CAPIF-2e, the
 * `apiExposingFunction` machine that decides about methods, and the admissions that decide about invokers (6.5.2, 6.7).
 */
import { apiExposingFunction } from '../../machines/api-exposing-function.ts';
import type { SecurityMethodsPublished } from '../../machines/messages.ts';
import { type Amendment, allAmendments, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import { accessTokenVerifier } from '../credentials/access-token.ts';
import { factsOf } from '../invoker/aef-side.ts';
import { type CoreAddress, checkCoreIdentity } from '../invoker/core-side.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';
import { createPublishingFunction, type PublicationNetwork } from '../publishing/publishing-function.ts';
import { aefListener } from '../transport/aef-listener.ts';
import { connector } from '../transport/connector.ts';
import { httpService } from '../transport/http-service.ts';
import type { HandshakeFailure } from '../transport/listener.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import { createAdmissions, type Exchange } from './admissions.ts';
import { aefRoutes } from './aef-routes.ts';
import { enrolProvider } from './provider.ts';
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
  record?: Record;
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
  snapshot: Participant<typeof apiExposingFunction, Exchange>['snapshot'];
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
  const methods = securityMethods.filter((method) => options.methods.includes(method));
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
  const admissions = createAdmissions({
    aefId,
    amendments,
    record,
    clock,
    credentialLifetimeMs: options.credentialLifetimeMs,
    async fetchSecurityInformation(apiInvokerId) {
      const outcome = await toCore.request(writeSecurityInformationRequest({ apiInvokerId }));
      const request = 'GET trustedInvokers';
      return { outcome, facts: factsOf(outcome, { referencePoint: 'CAPIF-3', from: aefId, to: 'CCF', request }) };
    },
  });

  const invocations = serviceInvocations({
    aefId,
    apiName,
    serve,
    admissions,
    verifier: accessTokenVerifier(tokenKeyPem),
    clock,
    decide: (event, about) => machine.tell(event, about),
  });
  const listener = aefListener({
    ...aef.certificate,
    ca: core.ca,
    tls,
    pskFor: (identity) => admissions.pskFor(identity),
    onHandshakeFailure: (failure) => onHandshakeFailure(failure),
    onRequest: httpService({
      routes: aefRoutes({ aefId, admissions }),
      otherwise: invocations,
      bodyLimitBytes: options.bodyLimitBytes ?? 1024 * 1024,
      onError,
    }),
  });
  const port = await listener.listen(options.port ?? 0, host);

  const publisher = createPublishingFunction({
    core,
    apfId: apf.id,
    aefId,
    certificate: apf.certificate,
    serviceApi: { apiName, aefs: [{ aefId, ...(options.published ?? { host, port }), apiVersion: 'v1', methods }] },
    amendments,
    tellExposingFunction: (event: SecurityMethodsPublished) => machine.tell(event),
    network: options.network,
    tls: tlsToCore,
    timeoutMs,
    record,
    clock,
    pause,
  });

  let waitingForSettled: (() => void)[] = [];
  function settle(): void {
    if (machine.snapshot().value !== 'settled') return;
    const told = waitingForSettled;
    waitingForSettled = [];
    for (const resolve of told) resolve();
  }

  const machine: Participant<typeof apiExposingFunction, Exchange> = participant<typeof apiExposingFunction, Exchange>(
    aefId,
    {
      ...noPerformers,
      send: ({ message }, exchange) => exchange?.answer(message),
      tell: ({ to, event }, exchange) => {
        if (to === 'apiPublishingFunction') publisher.tell(event);
        else if (event.type === 'ServiceApiInvocation' && exchange) admissions.invoke(event, exchange);
      },
    },
    (line) => {
      record(line);
      queueMicrotask(settle);
    },
    apiExposingFunction,
    { amendments, methods },
  );

  const settled = () =>
    new Promise<void>((resolve) => {
      waitingForSettled.push(resolve);
      settle();
    });

  return {
    aefId,
    host,
    port,
    async changeMethods(changed) {
      const wanted = securityMethods.filter((method) => changed.includes(method));
      if (wanted.length === 0) throw new RangeError('an AEF needs at least one security method');
      machine.tell({ type: 'securityMethods.changed', methods: wanted });
      await settled();
    },
    settled,
    snapshot: machine.snapshot,
    restart: admissions.restart,
    async close() {
      admissions.close();
      publisher.close();
      toCore.close();
      await listener.close();
    },
  };
}
