/**
 * A core, an AEF with its publisher, and an invoker in one process over real TLS, each pair with a middle box between
 * them, each role with a clock that stands still: nothing happens to them but what is let through.
 */
import { createServer, type Server } from 'node:https';
import type { TraceLine } from '../../machines/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Pause } from '../../runtime/clock.ts';
import { type CoreFunction, createCoreFunction } from '../../runtime/core/core-function.ts';
import { type CertificateAuthority, createAuthority } from '../../runtime/credentials/certificates.ts';
import { checkCoreIdentity } from '../../runtime/credentials/core-contact.ts';
import { generateKeyPair } from '../../runtime/credentials/key-pairs.ts';
import { createExposingFunction, type ExposingFunction } from '../../runtime/exposing/exposing-function.ts';
import { Association } from '../../runtime/invoker/association.ts';
import { connector } from '../../runtime/transport/connector.ts';
import {
  readOnboardApiInvokerResponse,
  writeOnboardApiInvokerRequest,
} from '../../runtime/wire/invoker-management-api.ts';
import { securityMethodMismatch } from '../../runtime/wire/problem-details.ts';
import type { Configuration } from '../model/setting.ts';
import { stillClock } from './manual-clock.ts';
import { type MiddleBox, middleBox } from './middle-box.ts';
import { type PublicationBox, publicationBox } from './publication-box.ts';

/** How long each timer is: a clock that stands still only needs to tell them apart. */
export const pauseMs = 1_000;
export const timeoutMs = 10_000;
export const credentialLifetimeMs = 3_600_000;

const host = '127.0.0.1';
const apiName = 'greetings';
const path = `/${apiName}/v1/hello`;
const pause: Pause = { firstMs: pauseMs, longestMs: pauseMs };
const notificationDestination = 'https://invoker.invalid/notifications';

export type Parties = Awaited<ReturnType<typeof startParties>>;

let shared: Promise<CertificateAuthority> | undefined;
/** One for all runs: making it takes longer than a run. */
const sharedAuthority = () => {
  shared ??= createAuthority({ name: 'capif-machines', now: Date.now() });
  return shared;
};

/** Begins where a world begins: the first publication is acknowledged, and the invoker is onboarded. */
export async function startParties(configuration: Configuration, record: (line: TraceLine) => void) {
  const { amendments, supported, attemptsMax, first } = configuration;
  const authority = await sharedAuthority();
  const clocks = { invoker: stillClock(), core: stillClock(), aef: stillClock() };
  const errors: unknown[] = [];
  const common = { amendments, record, pause, timeoutMs, onError: (error: unknown) => void errors.push(error) };
  const closing: (() => unknown)[] = [];
  const box = async (port: number): Promise<MiddleBox> => {
    const made = await middleBox();
    made.leadTo(port);
    closing.unshift(made.close);
    return made;
  };

  const core = await createCoreFunction({ ...common, authority, clock: clocks.core });
  closing.unshift(core.close);
  const boxes = {
    invokerToCore: await box(core.port),
    aefToCore: await box(core.port),
    invokerToAef: await box(0),
    coreToAef: await box(0),
  };
  const publications = publicationBox(boxes.aefToCore);
  boxes.aefToCore.setOpen(true);
  const published = { host, port: boxes.coreToAef.port };
  const aef = await createExposingFunction({
    ...common,
    core: { host, port: boxes.aefToCore.port, ca: core.ca },
    registrationSecret: core.registrationSecret,
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

  const { apiInvokerId, certificate } = await onboarded(core);
  const associate = (): Association =>
    new Association({
      apiInvokerId,
      supported,
      amendments,
      attemptsMax,
      record,
      clock: clocks.invoker,
      pause,
      credentialLifetimeMs,
      coreSide: {
        core: { host, port: boxes.invokerToCore.port, ca: core.ca },
        aefId: aef.aefId,
        apiName,
        address: published,
        certificate,
        notificationDestination,
        tls: { maxVersion: 'TLSv1.2' },
        timeoutMs,
      },
      aefSide: {
        aefId: aef.aefId,
        address: { host, port: boxes.invokerToAef.port },
        ca: core.ca,
        certificate,
        tls: {},
        timeoutMs,
      },
    });
  let association = associate();
  closing.unshift(() => association.close());
  let impostor: Server | undefined;

  return {
    boxes,
    publications,
    clocks,
    errors,
    invoker: {
      snapshot: () => association.snapshot(),
      /** Not idempotent, so that one invocation is one request: what becomes of it, the machines say. */
      want: () => void association.fetch(path, { method: 'POST' }).catch(() => {}),
      restart(): void {
        association.close();
        association = associate();
      },
    },
    aef: {
      snapshot: aef.snapshot,
      changeMethods: (methods: readonly SecurityMethod[]) => void aef.changeMethods(methods),
      restart: aef.restart,
    },
    revoke: () => core.revoke(apiInvokerId, aef.aefId),
    /** The port of somebody with a certificate in the AEF's name that he should not have, who refuses every method. */
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

export type { MiddleBox, PublicationBox };

/** On a connection of its own, with no box in between (6.1). */
async function onboarded({ port, ca, onboardingToken }: CoreFunction) {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const over = connector({ host, port, ca, credential: { by: 'nothing' }, checkServerIdentity: checkCoreIdentity });
  const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination });
  const authorization = `Bearer ${await onboardingToken('capif play')}`;
  const outcome = await over.request({ ...request, headers: { ...request.headers, authorization } });
  over.close();
  if (outcome.outcome !== 'answered') throw new Error(`the core cannot be reached: ${outcome.because}`);
  const read = readOnboardApiInvokerResponse(outcome);
  if (read.outcome === 'malformed') throw new Error(`the core does not onboard the invoker: ${read.because}`);
  const { apiInvokerId, certificatePem } = read.value;
  return { apiInvokerId, certificate: { key: privateKeyPem, cert: certificatePem } };
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
