/**
 * An API exposing function as a library, with its publishing function: the universal listener on CAPIF-2e, the
 * `apiExposingFunction` machine that decides about methods, and the admissions that decide about invokers (6.5.2, 6.7).
 */
import type { PeerCertificate } from 'node:tls';
import { type Amendment, allAmendments, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { type Clock, defaultPause, type Pause, systemClock } from '../clock.ts';
import { accessTokenVerifier } from '../credentials/access-token.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import { coreIdentityCheck, invokerOf as invokerOfCertificate } from '../credentials/peer-identity.ts';
import { hasBoundMasterSecret } from '../credentials/tls-session.ts';
import { type Recorder, reportingRecorder } from '../participant.ts';
import { type PublicationNetwork, PublishingFunction } from '../publishing/publishing-function.ts';
import { thinning } from '../thinning.ts';
import { aefListener } from '../transport/aef-listener.ts';
import { type Connector, connector } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { httpService } from '../transport/http-service.ts';
import type { HandshakeFailure, Listener } from '../transport/listener.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { malformedBecause, type Read, type ReceivedAnswer } from '../wire/http-message.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import { Admissions } from './admissions.ts';
import { aefRoutes } from './aef-routes.ts';
import type { SenderOptions } from './invocation-sender.ts';
import { enrolProvider, type Provider } from './provider.ts';
import { type Learnt, learntFrom, type Own, type SecurityTextsReader } from './security-information.ts';
import { SecurityMethods } from './security-methods.ts';
import { type ServiceHandler, serviceInvocations } from './service-invocations.ts';
import { jwkSetFrom, jwkSetRequest, type TokenKeyOption, TokenKeys } from './token-keys.ts';

export type ExposingFunctionOptions = {
  core: CoreAddress;
  /** The secret with which a provider registers at the core (TS 29.222 8.9: regSec). */
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
  /** By default the key of the core's certificate, and those that it publishes at `/.well-known/jwks.json`. */
  tokenKeys?: TokenKeyOption;
  /** By default the forms of docs/interoperability.md. */
  readSecurityTexts?: SecurityTextsReader;
  /** The API invoker ID in a certificate that leads to the core's authority; by default in our URI, or the common name. */
  invokerOf?(certificate: PeerCertificate): string | undefined;
  bodyLimitBytes?: number;
  timeoutMs?: number;
  network?: PublicationNetwork;
  record?: Recorder;
  clock?: Clock;
  pause?: Pause;
  /** How long the key and rights of an invoker are kept without a new authentication initiation; by default, for good. */
  credentialLifetimeMs?: number;
  /**
   * Hears which methods are withdrawn and accepted nevertheless, until the core has the change (accept-both-until-published):
   * as long as the core is away, without bound. None, when that has ended.
   */
  onMethodsPending?(stillAccepted: readonly SecurityMethod[]): void;
  onError?(error: unknown): void;
  /** Hears of failed handshakes: a wrong key, an unknown identity, a port scan. */
  onHandshakeFailure?(failure: HandshakeFailure): void;
};

export type ExposingFunction = {
  aefId: string;
  host: string;
  port: number;
  /** Takes effect at once for new invocations; resolves when the core has acknowledged it and the old methods are withdrawn. */
  changeMethods(methods: readonly SecurityMethod[]): Promise<void>;
  /** Withdraws the old methods of a change at once, whatever the core knows: invokers may then be refused until it knows. */
  withdrawOldMethods(): void;
  /** Resolves when nothing is left to announce. */
  settled(): Promise<void>;
  /** Where its `apiExposingFunction` machine stands, for observers. */
  snapshot: SecurityMethods['snapshot'];
  /** Forgets what it knows of invokers, as after a restart: its machines say what is durable. Cuts no connection. */
  restart(): void;
  /** Ends it; what is under way may be answered for `withinMs` (by default not). */
  close(options?: { withinMs?: number }): Promise<void>;
};

function withDefaults(options: ExposingFunctionOptions) {
  const {
    amendments = allAmendments,
    host = '127.0.0.1',
    port = 0,
    tls = {},
    tlsToCore = {},
    bodyLimitBytes = 1024 * 1024,
    timeoutMs = 10_000,
    record = () => {},
    clock = systemClock,
    pause = defaultPause,
    invokerOf = invokerOfCertificate,
    onMethodsPending = () => {},
    onError = () => {},
    onHandshakeFailure = () => {},
  } = options;
  const where = { host, port, tls, tlsToCore, bodyLimitBytes, timeoutMs };
  return {
    ...options,
    ...where,
    amendments,
    record: reportingRecorder(record, onError),
    clock,
    pause,
    invokerOf,
    onMethodsPending,
    onError,
    onHandshakeFailure,
  };
}
type Settled = ReturnType<typeof withDefaults>;

/** Enrols, listens and announces its methods. Rejects with EnrolmentError, or if it cannot listen on the address. */
export async function createExposingFunction(options: ExposingFunctionOptions): Promise<ExposingFunction> {
  const settled = withDefaults(options);
  const { core, amendments, host, tlsToCore, timeoutMs, record, clock } = settled;
  const provider = await enrolProvider({ ...settled, tls: tlsToCore });
  const { aef } = provider;

  const toCore = connector({
    ...core,
    credential: { by: 'certificate', ...aef.certificate },
    checkServerIdentity: coreIdentityCheck(core),
    tls: tlsToCore,
    timeoutMs,
    clock,
  });
  const admissions = new Admissions({
    onError: settled.onError,
    aefId: aef.id,
    amendments,
    record,
    clock,
    credentialLifetimeMs: settled.credentialLifetimeMs,
    fetchSecurityInformation: (apiInvokerId) => fetchSecurityInformation(toCore, aef.id, apiInvokerId),
    learntFrom: reportingReader(settled, () => ({
      aefId: aef.id,
      ...(options.published ?? { host, port }),
      apiId: publisher.apiId,
    })),
  });
  const verifier = accessTokenVerifier(tokenKeysOf(settled, provider, toCore).keysFor);
  const listener = listenerOf(settled, provider, {
    admissions,
    verifier,
    apiId: () => publisher.apiId,
    decide: (event, about) => methods.decide(event, about),
  });
  const port = await listener.listen(settled.port, host);

  const first = securityMethods.filter((method) => options.methods.includes(method));
  const publisher = publisherOf(settled, provider, { host, port }, first, (event) => methods.published(event));
  const methods: SecurityMethods = new SecurityMethods({
    aefId: aef.id,
    amendments,
    methods: first,
    record: withFewStrangers(record),
    admissions,
    tellPublishingFunction: publisher.tell,
    onMethodsPending: reporting(settled),
  });

  return {
    aefId: aef.id,
    host,
    port,
    changeMethods: (wanted) => methods.change(wanted),
    withdrawOldMethods: methods.withdrawOldMethods,
    settled: methods.settled,
    snapshot: methods.snapshot,
    restart: admissions.restart,
    async close({ withinMs = 0 } = {}) {
      publisher.close();
      await listener.close(withinMs);
      admissions.close();
      toCore.close();
    },
  };
}

/** CAPIF-2e, and CAPIF-3 for revocations. */
function listenerOf(
  { core, apiName, serve, tls, clock, bodyLimitBytes, invokerOf, onError, onHandshakeFailure }: Settled,
  { aef }: Provider,
  {
    apiId,
    ...parts
  }: Pick<SenderOptions, 'admissions' | 'verifier'> & Pick<SecurityMethods, 'decide'> & { apiId(): string | undefined },
): Listener {
  const { admissions } = parts;
  return aefListener({
    ...aef.certificate,
    ca: core.ca,
    tls,
    accept: hasBoundMasterSecret,
    pskFor: admissions.pskFor,
    onHandshakeFailure: (failure) => onHandshakeFailure(failure),
    onRequest: httpService({
      routes: aefRoutes({ aefId: aef.id, core, apiId, admissions, invokerOf }),
      otherwise: serviceInvocations({ ...parts, aefId: aef.id, apiName, serve, clock, invokerOf }),
      bodyLimitBytes,
      onError,
    }),
  });
}

/** @throws TypeError as `jwkSetFrom` and `TokenKeys` do */
function tokenKeysOf(settled: Settled, { aef, tokenKeyPem }: Provider, toCore: Connector): TokenKeys {
  const { core, tokenKeys, tlsToCore: tls, timeoutMs, clock } = settled;
  if (!tokenKeys) return new TokenKeys({ given: tokenKeyPem, fetchJwkSet: () => toCore.request(jwkSetRequest), clock });
  if ('pem' in tokenKeys) return new TokenKeys({ given: tokenKeys.pem, clock });
  const { jwksUrl, ca = core.ca } = tokenKeys;
  const credential = { by: 'certificate', ...aef.certificate } as const;
  return new TokenKeys({ fetchJwkSet: jwkSetFrom(jwksUrl, { ca, credential, tls, timeoutMs, clock }), clock });
}

/** CAPIF-4. */
function publisherOf(
  options: Settled,
  { aef, apf }: Provider,
  address: { host: string; port: number },
  methods: readonly SecurityMethod[],
  tellExposingFunction: SecurityMethods['published'],
): PublishingFunction {
  const { apiName, published = address, tlsToCore } = options;
  return new PublishingFunction({
    ...options,
    network: options.network,
    apfId: apf.id,
    aefId: aef.id,
    certificate: apf.certificate,
    serviceApi: { apiName, aefs: [{ aefId: aef.id, ...published, apiVersion: 'v1', methods }] },
    tellExposingFunction,
    tls: tlsToCore,
  });
}

/** An observer that throws disturbs no step of the machine. */
const reporting =
  ({ onMethodsPending, onError }: Settled) =>
  (stillAccepted: readonly SecurityMethod[]): void => {
    try {
      onMethodsPending(stillAccepted);
    } catch (error) {
      onError(error);
    }
  };

/** Anybody can make an invocation that proves nothing; it changes no state of the machine. */
function withFewStrangers(record: Recorder): Recorder {
  const isKept = thinning();
  return (line) => {
    if (line.event.type !== 'invocation.unauthenticated' || isKept()) record(line);
  };
}

/** What the core says of an invoker; a reader of the application that throws, and a key that is missing, are reported. */
function reportingReader({ readSecurityTexts, onError }: Settled, own: () => Own) {
  return (answer: ReceivedAnswer): Read<Learnt> => {
    try {
      const read = learntFrom(answer, own(), readSecurityTexts);
      if (read.outcome === 'read' && read.value.selected === 'PSK' && !read.value.aefPsk)
        onError(new Error('the core has selected TLS-PSK for an invoker, and no AEFPSK can be read in its answer'));
      return read;
    } catch (error) {
      onError(error);
      return malformedBecause('the reader of the application has failed');
    }
  };
}

/** CAPIF-3: keys and rights of an invoker (TS 29.222 5.6.2.4). */
async function fetchSecurityInformation(toCore: Connector, aefId: string, apiInvokerId: string) {
  const outcome = await toCore.request(writeSecurityInformationRequest({ apiInvokerId }));
  const request = 'GET trustedInvokers';
  return { outcome, facts: factsOf(outcome, { referencePoint: 'CAPIF-3', from: aefId, to: 'CCF', request }) };
}
