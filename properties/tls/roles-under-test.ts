/**
 * A core, an AEF with its publisher, and an invoker in one process over real TLS, with a middle box between each pair and a
 * manual clock for each role: nothing happens to them but what a test lets through.
 */
import { createServer, type Server } from 'node:https';
import type { MessageToCore } from '../../machines/messages.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Pause } from '../../runtime/clock.ts';
import { type CertificateAuthority, createAuthority } from '../../runtime/credentials/certificates.ts';
import { generateKeyPair } from '../../runtime/credentials/key-pairs.ts';
import { createExposingFunction, type ExposingFunction } from '../../runtime/exposing/exposing-function.ts';
import { Association } from '../../runtime/invoker/association.ts';
import { CoreSide } from '../../runtime/invoker/core-side.ts';
import { wantedInvocation } from '../../runtime/invoker/fetch/wanted-invocation.ts';
import { securityMethodMismatch } from '../../runtime/wire/problem-details.ts';
import type { Configuration } from '../model/setting.ts';
import { notificationDestination, offboarded, onboarded } from './enrolled-invoker.ts';
import { manualClock } from './manual-clock.ts';
import { type MiddleBox, middleBox } from './middle-box.ts';
import { publicationBox } from './publication-box.ts';
import { restartableCore } from './restartable-core.ts';

/** The length of each timer. A manual clock only needs to tell them apart. */
export const pauseMs = 1_000;
export const timeoutMs = 10_000;
export const credentialLifetimeMs = 3_600_000;

const host = '127.0.0.1';
const apiName = 'greetings';
const path = `/${apiName}/v1/hello`;
const pause: Pause = { firstMs: pauseMs, longestMs: pauseMs };

export type RolesUnderTest = Awaited<ReturnType<typeof startRoles>>;
type Provider = Awaited<ReturnType<typeof startProvider>>;
type Closing = (() => unknown)[];
type Recorder = (line: TraceLine) => void;

let shared: Promise<CertificateAuthority> | undefined;
/** One authority for all runs, because making it takes longer than a run. */
const sharedAuthority = () => {
  shared ??= createAuthority({ name: 'capif-machines', now: Date.now() });
  return shared;
};

/** Starts the roles in the initial state of the model: the first publication is acknowledged, the invoker is onboarded. */
export async function startRoles(configuration: Configuration, record: Recorder) {
  const closing: Closing = [];
  const authority = await sharedAuthority();
  const provider = await startProvider(configuration, record, authority, closing);
  const { core, aef, boxes, publications, clocks, errors } = provider;
  const { apiInvokerId, certificate, apiId } = await onboarded(core.running());
  const namesServiceApi = configuration.amendments.includes('name-the-service-api');
  const invokerClock = manualClock();
  const sides = associationOptions(configuration, provider, certificate, apiId);
  const associate = (): Association =>
    new Association({
      ...sides,
      apiInvokerId,
      instance: `${apiInvokerId}/${aef.aefId}`,
      record,
      observe: () => {},
      isMismatch: undefined,
      onError: (error) => errors.push(error),
      clock: invokerClock,
    });
  let association = associate();
  closing.unshift(() => association.close());
  let impostor: Server | undefined;

  return {
    boxes,
    publications,
    clocks: { ...clocks, invoker: invokerClock },
    errors,
    invoker: {
      snapshot: () => association.snapshot(),
      /** POST is not idempotent, so one invocation is one request; the machines say what becomes of it. */
      want(): void {
        association.fetch(wantedInvocation(path, { method: 'POST' })).catch(() => {});
      },
      hearOfUpdate: () => association.serviceApiUpdated(),
      hearOfOffboarding: () => association.offboard(),
      restart(): void {
        association.close();
        association = associate();
      },
    },
    aef: {
      snapshot: aef.snapshot,
      /** Does not wait until the core knows: that is a step of its own. */
      changeMethods(methods: readonly SecurityMethod[]): void {
        aef.changeMethods(methods).catch((error) => errors.push(error));
      },
      withdrawOldMethods: aef.withdrawOldMethods,
      restart: aef.restart,
    },
    /** Another connection of the invoker, on which it sends this request to the core and hears nothing of the answer. */
    repeated(message: MessageToCore) {
      const core = { ...sides.coreSide.core, port: provider.core.running().port };
      const heard = { tell: () => {}, onCredential: () => {}, onPostponed: () => {} };
      const side = new CoreSide({ ...sides.coreSide, ...heard, core, apiInvokerId, clock: invokerClock });
      closing.unshift(() => side.close());
      return {
        async deliverRequest(): Promise<void> {
          await side.openConnection();
          await side.send(message);
        },
        cut: () => side.close(),
      };
    },
    core: {
      restart: core.restart,
      /** The core has the request of the invoker; its answer is another step. */
      offboard: () => offboarded(core.running(), apiInvokerId, certificate),
    },
    /** What the invoker negotiates about. */
    revoke: () => core.running().revoke(apiInvokerId, aef.aefId, namesServiceApi && apiId ? [apiId] : undefined),
    /** The port of an impostor with a stolen certificate of the AEF, which refuses every method. */
    async impostorPort(): Promise<number> {
      if (!impostor) {
        impostor = await createImpostor(authority, aef);
        closing.unshift(() => {
          impostor?.close();
          impostor?.closeAllConnections();
        });
      }
      return (impostor.address() as { port: number }).port;
    },
    async close(): Promise<void> {
      for (const close of closing) await close();
    },
  };
}

/** The core, the AEF with its publisher, and the middle boxes. */
async function startProvider(
  { amendments, first, restarts }: Configuration,
  record: Recorder,
  authority: CertificateAuthority,
  closing: Closing,
) {
  const clocks = { core: manualClock(), aef: manualClock() };
  const errors: unknown[] = [];
  const onError = (error: unknown): unknown => errors.push(error);
  const common = { amendments, record, pause, timeoutMs, onError };
  const box = async (port: number): Promise<MiddleBox> => {
    const made = await middleBox();
    made.leadTo(port);
    closing.unshift(made.close);
    return made;
  };

  // A token lives for longer than its credential, whose timer is the one that a run expires.
  const tokenLifetimeSeconds = (2 * credentialLifetimeMs) / 1000;
  const core = await restartableCore(
    { ...common, authority, clock: clocks.core, tokenLifetimeSeconds },
    restarts !== 0,
  );
  closing.unshift(core.close);
  const { port, ca, registrationSecret } = core.running();
  const boxes = {
    invokerToCore: await box(port),
    aefToCore: await box(port),
    invokerToAef: await box(0),
    coreToAef: await box(0),
  };
  const publications = publicationBox(boxes.aefToCore);
  boxes.aefToCore.setOpen(true);
  const published = { host, port: boxes.coreToAef.port };
  const aef = await createExposingFunction({
    ...common,
    core: { host, port: boxes.aefToCore.port, ca },
    registrationSecret,
    apiName,
    methods: first,
    serve: ({ securityMethod }) => ({ status: 200, body: securityMethod }),
    published,
    network: publications.network,
    clock: clocks.aef,
    credentialLifetimeMs,
  });
  closing.unshift(aef.close);
  await aef.settled();
  boxes.aefToCore.setOpen(false);
  boxes.coreToAef.leadTo(aef.port);
  boxes.invokerToAef.leadTo(aef.port);
  return { core, ca, aef, boxes, publications, published, clocks, errors };
}

function associationOptions(
  { supported, amendments, attemptsMax }: Configuration,
  { ca, aef: { aefId }, boxes, published }: Provider,
  certificate: { key: string; cert: string },
  apiId: string | undefined,
) {
  const service = { aefId, apiName, apiId, apiVersion: 'v1', isOfInterface: false };
  const common = { certificate, timeoutMs };
  return {
    supported,
    amendments,
    attemptsMax,
    pause,
    credentialLifetimeMs,
    coreSide: {
      ...common,
      core: { host, port: boxes.invokerToCore.port, ca },
      service: { ...service, ...published },
      notificationDestination,
      tls: { maxVersion: 'TLSv1.2' as const },
    },
    aefSide: {
      connectionsMax: 32,
      ...common,
      service: { ...service, host, port: boxes.invokerToAef.port },
      ca,
      tls: {},
    },
  };
}

async function createImpostor(authority: CertificateAuthority, { aefId }: ExposingFunction): Promise<Server> {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'apiExposingFunction', id: aefId },
    publicKey: publicKeyPem,
    names: { ip: [host] },
    usages: ['server'],
    now: Date.now(),
  });
  const { status, headers, body } = securityMethodMismatch();
  const server = createServer({ key: privateKeyPem, cert }, (request, response) => {
    request.resume().once('end', () => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}
