/**
 * An API exposing function as a library, with its publishing function: several services, each of them one service API at one
 * interface of an AEF, with a listener and machines of its own (6.5.2, 6.7).
 */
import type { SnapshotFrom } from 'xstate';
import type { apiExposingFunction } from '../../machines/api-exposing-function.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { accessTokenVerifier } from '../credentials/access-token.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import type { Connector } from '../transport/connector.ts';
import { redirecting } from '../transport/redirections.ts';
import { ExposedServices } from './exposed-services.ts';
import { type ExposingFunctionOptions, type Settled, withDefaults } from './exposing-options.ts';
import { identityOf, keptProvider, type ProviderIdentity } from './provider/kept-provider.ts';
import { aefNameOf, type EnrolledFunction, type Provider } from './provider/provider.ts';
import { jwkSetFrom, jwkSetRequest, TokenKeys } from './token-keys.ts';

export type { TraceLine } from '../../machines/steps/trace.ts';
export type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
export type { Clock, Pause } from '../clock.ts';
export type { CoreAddress } from '../credentials/core-contact.ts';
export type { Recorder } from '../participant.ts';
export type { PublicationNetwork } from '../publishing/service-api-resource.ts';
export type { Store } from '../store/store.ts';
export type { HandshakeFailure } from '../transport/listening/listener.ts';
export type { TlsVersions } from '../transport/tls-profile.ts';
export type { ServiceAnswer } from '../wire/http-message.ts';
export type { SecurityTextsReader } from './admissions/security-information.ts';
export type { ExposingFunctionOptions, ServiceOptions } from './exposing-options.ts';
export type { AefLimitName, AefLimits } from './initiation-limit.ts';
export type { ProviderIdentity } from './provider/kept-provider.ts';
export { EnrolmentError } from './provider/provider.ts';
export type { AdmittedInvocation, ServiceHandler } from './service-invocations.ts';
export type { TokenKeyOption } from './token-keys.ts';

/** What is done to one service, or to all of an exposing function. */
type Controls = {
  /**
   * Takes effect at once for new invocations; resolves when the core has acknowledged it, the old methods are withdrawn,
   * and that is durable. Rejects with StoreError if it cannot be made so: it is in force all the same, and goes on. Rejects
   * once the exposing function is closed.
   */
  changeMethods(methods: readonly SecurityMethod[]): Promise<void>;
  /**
   * Withdraws the old methods of a change at once, whatever the core knows: invokers may then be refused until it knows.
   * Resolves when that is durable.
   */
  withdrawOldMethods(): Promise<void>;
  /** Resolves when nothing is left to announce. Rejects if it is closed before. */
  settled(): Promise<void>;
};

/** One service API at one interface of an AEF. */
export type ExposedApi = Controls & {
  name: string;
  aefId: string;
  apiName: string;
  host: string;
  port: number;
  /** Those of the last change, or the first ones. */
  methods(): readonly SecurityMethod[];
  /** Where its `apiExposingFunction` machine stands, for observers. */
  snapshot(): SnapshotFrom<typeof apiExposingFunction>;
};

/** All services together; id, address, methods and snapshot are those of the first. */
export type ExposingFunction = Controls &
  Pick<ExposedApi, 'aefId' | 'host' | 'port' | 'methods' | 'snapshot'> & {
    services: readonly ExposedApi[];
    /** For another instance of the same AEFs: with private keys. */
    identity(): ProviderIdentity;
    /** Ends it; what is under way may be answered for `withinMs` (by default not). */
    close(options?: { withinMs?: number }): Promise<void>;
  };

/** One AEF, and what it asks the core with. */
type ConnectedAef = { aef: EnrolledFunction; toCore: Connector };

/**
 * Enrols, listens and announces its methods; with a store, it goes on from what that has kept. Rejects with RangeError for
 * services that cannot be, with EnrolmentError, StoreError, or if it cannot listen on an address: then it listens on none.
 */
export async function createExposingFunction(options: ExposingFunctionOptions): Promise<ExposingFunction> {
  const settled = withDefaults(options);
  const labels = [...new Set(settled.services.map(({ aef }) => aef))];
  const enrolment = { ...settled, labels, tls: settled.tlsToCore };
  const provider = await keptProvider(enrolment);
  const aefs = new Map(labels.map((label) => [label, connected(provider.functions[aefNameOf(label)]!, settled)]));
  const closeConnectors = () => {
    for (const { toCore } of aefs.values()) toCore.close();
  };
  try {
    const verifier = accessTokenVerifier(tokenKeysOf(settled, provider, aefs.get(labels[0]!)!).keysFor);
    const services = new ExposedServices({ settled, provider, aefs, verifier });
    await services.begin();
    const each = services.each.map(controlled);
    const [first] = each as [ExposedApi];
    const all = async (act: (one: ExposedApi) => Promise<void>): Promise<void> => {
      await Promise.all(each.map(act));
    };
    return {
      ...first,
      services: each,
      changeMethods: (wanted) => all((one) => one.changeMethods(wanted)),
      withdrawOldMethods: () => all((one) => one.withdrawOldMethods()),
      settled: () => all((one) => one.settled()),
      identity: () => identityOf(provider),
      async close({ withinMs = 0 } = {}) {
        await services.close(withinMs);
        closeConnectors();
        await settled.store.committed().catch(settled.onError);
      },
    };
  } catch (error) {
    closeConnectors();
    throw error;
  }
}

const controlled = ({ announced, name, aefId, apiName, host, port }: ExposedServices['each'][number]): ExposedApi => ({
  ...{ name, aefId, apiName, host, port },
  changeMethods: (wanted) => announced.changeMethods(wanted),
  withdrawOldMethods: () => announced.withdrawOldMethods(),
  settled: () => announced.settled(),
  methods: () => announced.methods,
  snapshot: announced.snapshot,
});

function connected(aef: EnrolledFunction, { core, tlsToCore: tls, timeoutMs, clock }: Settled): ConnectedAef {
  const credential = { by: 'certificate', ...aef.certificate } as const;
  const checkServerIdentity = coreIdentityCheck(core);
  return { aef, toCore: redirecting({ ...core, credential, checkServerIdentity, tls, timeoutMs, clock }) };
}

/** @throws TypeError as `jwkSetFrom` and `TokenKeys` do */
function tokenKeysOf(settled: Settled, { tokenKeyPem }: Provider, { aef, toCore }: ConnectedAef): TokenKeys {
  const { core, tokenKeys, tlsToCore: tls, timeoutMs, clock } = settled;
  if (!tokenKeys) return new TokenKeys({ given: tokenKeyPem, fetchJwkSet: () => toCore.request(jwkSetRequest), clock });
  if ('pem' in tokenKeys) return new TokenKeys({ given: tokenKeys.pem, clock });
  const { jwksUrl, ca = core.ca } = tokenKeys;
  const credential = { by: 'certificate', ...aef.certificate } as const;
  return new TokenKeys({ fetchJwkSet: jwkSetFrom(jwksUrl, { ca, credential, tls, timeoutMs, clock }), clock });
}
