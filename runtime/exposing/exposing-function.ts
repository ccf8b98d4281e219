/**
 * An API exposing function as a library, with its publishing function: the universal listener on CAPIF-2e, the
 * `apiExposingFunction` machine that decides about methods, and the admissions that decide about invokers (6.5.2, 6.7).
 */
import type { SnapshotFrom } from 'xstate';
import type { apiExposingFunction } from '../../machines/api-exposing-function.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { accessTokenVerifier } from '../credentials/access-token.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import { hasBoundMasterSecret } from '../credentials/tls-session.ts';
import { aefListener } from '../transport/aef-listener.ts';
import type { Connector } from '../transport/connector.ts';
import { httpService } from '../transport/http-service.ts';
import type { Listener } from '../transport/listener.ts';
import { redirecting } from '../transport/redirections.ts';
import { Admissions } from './admissions.ts';
import { aefRoutes } from './aef-routes.ts';
import { accessControlOf, fetchSecurityInformation, loggingOf } from './core-side.ts';
import { ExposedApi } from './exposed-api.ts';
import { type ExposingFunctionOptions, reportingReader, type Settled, withDefaults } from './exposing-options.ts';
import type { SenderOptions } from './invocation-sender.ts';
import type { AccessControl } from './invocations/access-control.ts';
import type { InvocationLogging } from './invocations/invocation-logging.ts';
import { keptProvider } from './kept-provider.ts';
import type { Provider } from './provider.ts';
import type { Own } from './security-information.ts';
import type { SecurityMethods } from './security-methods.ts';
import { serviceInvocations } from './service-invocations.ts';
import { jwkSetFrom, jwkSetRequest, TokenKeys } from './token-keys.ts';

export type { TraceLine } from '../../machines/steps/trace.ts';
export type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
export type { Clock, Pause } from '../clock.ts';
export type { CoreAddress } from '../credentials/core-contact.ts';
export type { Recorder } from '../participant.ts';
export type { PublicationNetwork } from '../publishing/publishing-function.ts';
export type { Store } from '../store/store.ts';
export type { HandshakeFailure } from '../transport/listener.ts';
export type { TlsVersions } from '../transport/tls-profile.ts';
export type { ServiceAnswer } from '../wire/http-message.ts';
export type { ExposingFunctionOptions } from './exposing-options.ts';
export { EnrolmentError } from './provider.ts';
export type { SecurityTextsReader } from './security-information.ts';
export type { AdmittedInvocation, ServiceHandler } from './service-invocations.ts';
export type { TokenKeyOption } from './token-keys.ts';

export type ExposingFunction = {
  aefId: string;
  host: string;
  port: number;
  /**
   * Takes effect at once for new invocations; resolves when the core has acknowledged it, the old methods are withdrawn,
   * and that is durable. Rejects with StoreError if it cannot be made so: it is in force all the same, and goes on.
   */
  changeMethods(methods: readonly SecurityMethod[]): Promise<void>;
  /**
   * Withdraws the old methods of a change at once, whatever the core knows: invokers may then be refused until it knows.
   * Resolves when that is durable.
   */
  withdrawOldMethods(): Promise<void>;
  /** Resolves when nothing is left to announce. */
  settled(): Promise<void>;
  /** Those of the last change, or the first ones. */
  methods(): readonly SecurityMethod[];
  /** Where its `apiExposingFunction` machine stands, for observers. */
  snapshot(): SnapshotFrom<typeof apiExposingFunction>;
  /** Forgets what it knows of invokers, as after a restart: its machines say what is durable. Cuts no connection. */
  restart(): void;
  /** Ends it; what is under way may be answered for `withinMs` (by default not). */
  close(options?: { withinMs?: number }): Promise<void>;
};

/**
 * Enrols, listens and announces its methods; with a store, it goes on from what that has kept. Rejects with EnrolmentError,
 * StoreError, or if it cannot listen on the address.
 */
export async function createExposingFunction(options: ExposingFunctionOptions): Promise<ExposingFunction> {
  const settled = withDefaults(options);
  const { core, amendments, host, tlsToCore, timeoutMs, record, clock } = settled;
  const provider = await keptProvider({ ...settled, tls: tlsToCore });
  const { aef } = provider;

  const toCore = redirecting({
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
    store: settled.store,
    clock,
    credentialLifetimeMs: settled.credentialLifetimeMs,
    fetchSecurityInformation: (apiInvokerId) => fetchSecurityInformation(toCore, aef.id, apiInvokerId),
    learntFrom: reportingReader(settled, () => own()),
  });
  const verifier = accessTokenVerifier(tokenKeysOf(settled, provider, toCore).keysFor);
  const own = (): Own => ({ aefId: aef.id, ...(options.published ?? { host, port }), apiId: api.apiId });
  const logging = loggingOf(settled, toCore, own);
  const listener = listenerOf(settled, provider, {
    admissions,
    verifier,
    logging,
    accessControl: accessControlOf(settled, toCore, own),
    apiId: () => api.apiId,
    decide: (event, about) => api.decide(event, about),
  });
  const port = await listenAsBefore(listener, settled);

  const api: ExposedApi = new ExposedApi({ ...settled, provider, at: { host, port }, admissions });

  return {
    aefId: aef.id,
    host,
    port,
    changeMethods: (wanted) => api.changeMethods(wanted),
    withdrawOldMethods: () => api.withdrawOldMethods(),
    settled: () => api.settled(),
    methods: () => api.methods,
    snapshot: api.snapshot,
    restart: () => admissions.restart(),
    async close({ withinMs = 0 } = {}) {
      api.close();
      await listener.close(withinMs);
      await logging?.close(withinMs);
      admissions.close();
      toCore.close();
      await settled.store.committed().catch(settled.onError);
    },
  };
}

/** At the port of before, where invokers know it, if any would do and that one is still free. */
async function listenAsBefore(listener: Listener, { host, port: wanted, store }: Settled): Promise<number> {
  const { kept, put } = store.collection<number>('port');
  const before = kept.get('port');
  const listen = (port: number) => listener.listen(port, host);
  const port = await (wanted === 0 && before !== undefined ? listen(before).catch(() => listen(0)) : listen(wanted));
  put('port', () => port);
  return port;
}

/** CAPIF-2e, and CAPIF-3 for revocations. */
function listenerOf(
  { core, apiName, serve, tls, clock, bodyLimitBytes, invokerOf, store, onError, onHandshakeFailure }: Settled,
  { aef }: Provider,
  {
    apiId,
    ...parts
  }: Pick<SenderOptions, 'admissions' | 'verifier'> &
    Pick<SecurityMethods, 'decide'> & {
      apiId(): string | undefined;
      accessControl: AccessControl | undefined;
      logging: InvocationLogging | undefined;
    },
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
      routes: aefRoutes({ aefId: aef.id, core, apiId, admissions, invokerOf, store, onError }),
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
