/** Roles for the tests of the runtime: a core, exposing functions, invokers, and a client that sends what a test tells it to. */

import type { TraceLine } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type Clock, type Pause, systemClock } from '../clock.ts';
import { type CoreFunction, type CoreFunctionOptions, createCoreFunction } from '../core/core-function.ts';
import { deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import {
  createExposingFunction,
  type ExposingFunction,
  type ExposingFunctionOptions,
  type ServiceOptions,
} from '../exposing/exposing-function.ts';
import { createInvoker, type Invoker, type InvokerOptions } from '../invoker/invoker.ts';
import type { ClientCredential } from '../transport/client-contexts.ts';
import { type Connector, connector, type ExchangeOutcome } from '../transport/connector.ts';
import { readAccessTokenResponse, writeAccessTokenRequest } from '../wire/access-token-api.ts';
import { writeAuthenticationInitiationRequest } from '../wire/aef-security-api.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { readOnboardApiInvokerResponse, writeOnboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import {
  type ApiProviderFunctionRole,
  readRegisterApiProviderResponse,
  writeRegisterApiProviderRequest,
} from '../wire/provider-management-api.ts';
import { readSecurityMethodResponse, writeSecurityMethodRequest } from '../wire/security-api.ts';

export const quick: Pause = { firstMs: 1, longestMs: 5 };
export const notificationDestination = 'https://invoker.invalid/notifications';
export const all: readonly SecurityMethod[] = ['PSK', 'PKI', 'OAUTH'];

/** A core, what all roles around it have recorded, and what went wrong inside of any. */
export type Testbed = { core: CoreFunction; lines: TraceLine[]; errors: unknown[]; common: Common };
type Common = { record(line: TraceLine): void; pause: Pause; onError(error: unknown): void };
/** A party with a certificate of the core's authority. */
export type Known = { id: string; certificate: OwnCertificate };
type Asked = { status: number; type: string; location: string | undefined; body: unknown; text: string };

const closing: (() => unknown)[] = [];
/** Call after each test, or after all tests that share a core: closes what was started, the latest first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}
export const closeLater = (close: () => unknown): unknown => closing.push(close);

export async function testbed(options: CoreFunctionOptions = {}): Promise<Testbed> {
  const lines: TraceLine[] = [];
  const errors: unknown[] = [];
  const record = (line: TraceLine): unknown => lines.push(line);
  const common = { record, pause: quick, onError: (error: unknown): unknown => errors.push(error) };
  const core = await createCoreFunction({ ...common, ...options });
  closeLater(core.close);
  return { core, lines, errors, common };
}

const addressOf = ({ core: { host, port, ca } }: Testbed) => ({ host, port, ca });

/** Answers with the method of the invocation, once its publication has been acknowledged. */
export const sayMethod: ServiceOptions['serve'] = ({ securityMethod }) => ({ status: 200, body: securityMethod });
const greetings: ServiceOptions = { apiName: 'greetings', methods: ['PSK'], serve: sayMethod };

export async function exposing(at: Testbed, options: Partial<ExposingFunctionOptions> = {}): Promise<ExposingFunction> {
  const aef = await createExposingFunction({
    ...at.common,
    core: addressOf(at),
    registrationSecret: at.core.registrationSecret,
    ...(options.services ? {} : greetings),
    ...options,
  } as ExposingFunctionOptions);
  closeLater(aef.close);
  if (!options.network) await aef.settled();
  return aef;
}

export async function invoking(at: Testbed, options: Partial<InvokerOptions> = {}): Promise<Invoker> {
  const onboardingToken = await at.core.onboardingToken('test');
  const invoker = createInvoker({ ...at.common, core: addressOf(at), onboardingToken, ...options });
  closeLater(invoker.close);
  return invoker;
}

export const hello = '/greetings/v1/hello';
export const saying = async (invoker: Invoker, { aefId }: { aefId: string }) =>
  (await invoker.fetch(hello, { aefId })).text();

/** A clock that stands still, and is as late as it is told to be. */
export function lateClock(): Clock & { lateMs: number } {
  const started = Date.now();
  const clock = { ...systemClock, lateMs: 0, now: (): number => started + clock.lateMs };
  return clock;
}

/** Longer than any test takes on a busy machine. */
const timeoutMs = 60_000;

/** A client of the core, over one connection of TLS 1.2, as an invoker opens it. */
export function client(at: Testbed, certificate?: OwnCertificate): Connector {
  const credential: ClientCredential = certificate ? { by: 'certificate', ...certificate } : { by: 'nothing' };
  const checkServerIdentity = coreIdentityCheck({});
  const made = connector({
    ...addressOf(at),
    credential,
    checkServerIdentity,
    tls: { maxVersion: 'TLSv1.2' },
    timeoutMs,
  });
  closeLater(made.close);
  return made;
}

/** A client of an AEF with whatever it has. */
export function clientOf({ host, port }: { host: string; port: number }, at: Testbed, credential: ClientCredential) {
  const made = connector({ host, port, ca: at.core.ca, credential, checkServerIdentity: () => undefined, timeoutMs });
  closeLater(made.close);
  return made;
}

export async function ask(over: Connector, request: Parameters<Connector['request']>[0]): Promise<Asked> {
  const outcome = answered(await over.request(request));
  const text = outcome.body.toString();
  const { 'content-type': type = '', location } = outcome.headers;
  return {
    status: outcome.status,
    type,
    location,
    text,
    body: text && /json/.test(type) ? JSON.parse(text) : undefined,
  };
}

function answered(outcome: ExchangeOutcome): ExchangeOutcome & { outcome: 'answered' } {
  if (outcome.outcome !== 'answered') throw new Error(`not answered: ${outcome.outcome} ${outcome.because}`);
  return outcome;
}
function value<T>(read: { outcome: 'read'; value: T } | { outcome: 'malformed'; because: string }): T {
  if (read.outcome === 'malformed') throw new Error(read.because);
  return read.value;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const withBearer = (request: HttpRequest, token: string): HttpRequest => ({
  ...request,
  headers: { ...request.headers, ...bearer(token) },
});

export async function onboarded(at: Testbed): Promise<Known> {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination });
  const outcome = await client(at).request(withBearer(request, await at.core.onboardingToken('test')));
  const { apiInvokerId, certificatePem } = value(readOnboardApiInvokerResponse(answered(outcome)));
  return { id: apiInvokerId, certificate: { key: privateKeyPem, cert: certificatePem } };
}

/** One provider domain with these functions. */
export async function registered(at: Testbed, ...roles: ApiProviderFunctionRole[]): Promise<Known[]> {
  const keys = await Promise.all(roles.map(generateKeyPair));
  const functions = roles.map((role, n) => ({ role, publicKeyPem: keys[n]!.publicKeyPem }));
  const { registrationSecret } = at.core;
  const outcome = await client(at).request(writeRegisterApiProviderRequest({ registrationSecret, functions }));
  return value(readRegisterApiProviderResponse(answered(outcome))).functions.map((one, n) => ({
    id: one.apiProviderFunctionId,
    certificate: { key: keys[n]!.privateKeyPem, cert: one.certificatePem },
  }));
}

/** What a first negotiation brings: the method, its number, and a key where the method needs one. */
export async function negotiated(at: Testbed, by: Known, aef: ExposingFunction, supported = all) {
  const entries = [{ aefId: aef.aefId, supported }];
  const request = writeSecurityMethodRequest({ apiInvokerId: by.id, entries, notificationDestination });
  const outcome = answered(await client(at, by.certificate).request(request));
  const [entry] = value(readSecurityMethodResponse(outcome)).entries;
  const key = deriveAefPsk(outcome.socket, serviceApiInterface(aef)).key;
  return { selected: entry?.selected, credential: entry?.credential, key };
}

/** The token that a first negotiation and a request for it bring. */
export async function tokenFor(at: Testbed, by: Known, aef: ExposingFunction, apiName = 'greetings'): Promise<string> {
  await negotiated(at, by, aef, ['OAUTH']);
  const scope = `3gpp#${aef.aefId}:${apiName}`;
  const request = writeAccessTokenRequest({ securityId: by.id, clientId: by.id, scope });
  return value(readAccessTokenResponse(answered(await client(at, by.certificate).request(request)))).token;
}

/** A connection to the AEF that proves itself with this method, once authentication was initiated; `again` makes another. */
export async function connected(at: Testbed, by: Known, aef: ExposingFunction, method: SecurityMethod) {
  const headers = method === 'OAUTH' ? bearer(await tokenFor(at, by, aef)) : {};
  const key = method === 'OAUTH' ? undefined : (await negotiated(at, by, aef, [method])).key;
  await initiated(at, by, aef);
  const byCertificate = { by: 'certificate', ...by.certificate } as const;
  const byKey = key && ({ by: 'PSK', identity: by.id, key } as const);
  const connect = () => {
    const over = clientOf(aef, at, method === 'PSK' && byKey ? byKey : byCertificate);
    const invoke = (by = 'GET') => ask(over, { method: by, path: hello, headers });
    return { over, invoke, headers };
  };
  return { ...connect(), again: connect };
}

/** By its own certificate, if it has one, as only then the AEF says that it is refused. */
export const initiated = (at: Testbed, { id, certificate }: Partial<Known> & { id: string }, aef: ExposingFunction) =>
  ask(
    clientOf(aef, at, certificate ? { by: 'certificate', ...certificate } : { by: 'nothing' }),
    writeAuthenticationInitiationRequest({ apiInvokerId: id, supportedFeatures: '0' }),
  );
