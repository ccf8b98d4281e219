/** Enrolment of an API provider's functions at the core (TS 29.222 5.11, 8.9): keys in, identities and certificates out. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { CoreAddress, OwnCertificate } from '../../credentials/core-contact.ts';
import type { KeyPair } from '../../credentials/key-pairs.ts';
import { coreIdentityCheck } from '../../credentials/peer-identity.ts';
import type { ClientCredential } from '../../transport/client-contexts.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import { redirecting } from '../../transport/redirections.ts';
import type { TlsVersions } from '../../transport/tls-profile.ts';
import type { Read, ReceivedAnswer } from '../../wire/http-message.ts';
import { readProblemDetails } from '../../wire/problem-details.ts';
import {
  readRegisterApiProviderResponse,
  readUpdateApiProviderResponse,
  writeRegisterApiProviderRequest,
  writeUpdateApiProviderRequest,
} from '../../wire/provider-management-api.ts';

export type EnrolledFunction = { id: string; certificate: OwnCertificate };

/** What a provider calls its functions: `apf`, `aef`, and `aef LABEL` for each AEF that has a label. */
export type FunctionName = string;
export const apfName: FunctionName = 'apf';
export const aefNameOf = (label: string): FunctionName => (label === '' ? 'aef' : `aef ${label}`);
const roleOf = (name: FunctionName): 'APF' | 'AEF' => (name === apfName ? 'APF' : 'AEF');

/** `registrationId`: what its domain is called at the core, if that has been kept. */
export type Provider = {
  functions: Readonly<Record<FunctionName, EnrolledFunction>>;
  registrationId?: string | undefined;
  /** PEM; verifies the access tokens of this core. */
  tokenKeyPem: string;
};

export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError';
}

/** The core does not answer, or not now: it may later. */
export class CoreAway extends EnrolmentError {}

export type ProviderKeys = Readonly<Record<FunctionName, KeyPair>>;
export type EnrolmentOptions = { core: CoreAddress; registrationSecret: string; tls: TlsVersions; timeoutMs: number };

/** Over server-authenticated TLS, as for an invoker's onboarding. Rejects with EnrolmentError. */
export async function enrolProvider(options: EnrolmentOptions, keys: ProviderKeys): Promise<Provider> {
  const { registrationSecret } = options;
  const functions = Object.entries(keys).map(([name, { publicKeyPem }]) => ({ role: roleOf(name), publicKeyPem }));
  const over = connectorOf(options, { by: 'nothing' });
  try {
    const outcome = await over.request(writeRegisterApiProviderRequest({ registrationSecret, functions }));
    const { value, socket } = enrolled(outcome, 201, readRegisterApiProviderResponse);
    return {
      functions: certified(keys, value.functions),
      registrationId: value.registrationId,
      tokenKeyPem: publicKeyOf(socket),
    };
  } finally {
    over.close();
  }
}

/** More functions in the domain of a provider (TS 29.222 8.9.2.3.3). Rejects with EnrolmentError. */
export async function enrolMore(
  options: EnrolmentOptions,
  { functions: before, registrationId = '', ...others }: Provider,
  keys: ProviderKeys,
): Promise<Provider> {
  const { registrationSecret } = options;
  const functions = Object.entries(keys).map(([name, { publicKeyPem }]) => {
    const apiProviderFunctionId = before[name]?.id;
    return { role: roleOf(name), publicKeyPem, ...(apiProviderFunctionId && { apiProviderFunctionId }) };
  });
  const over = connectorOf(options, { by: 'certificate', ...before[apfName]!.certificate });
  try {
    const update = writeUpdateApiProviderRequest({ registrationId, registrationSecret, functions });
    const { value } = enrolled(await over.request(update), 200, readUpdateApiProviderResponse);
    return { ...others, registrationId, functions: certified(keys, value.functions) };
  } finally {
    over.close();
  }
}

const connectorOf = ({ core, tls, timeoutMs }: EnrolmentOptions, credential: ClientCredential) =>
  redirecting({ ...core, credential, checkServerIdentity: coreIdentityCheck(core), tls, timeoutMs });

/** What the core has answered. @throws EnrolmentError */
function enrolled<T>(outcome: ExchangeOutcome, status: number, readAnswer: (answer: ReceivedAnswer) => Read<T>) {
  if (outcome.outcome === 'refused') throw new EnrolmentError(`the core cannot be reached: ${outcome.because}`);
  if (outcome.outcome !== 'answered') throw new CoreAway(`the core cannot be reached: ${outcome.because}`);
  if (outcome.status === 503) throw new CoreAway('the core cannot register providers at present');
  if (outcome.status !== status) {
    const problem = readProblemDetails(outcome);
    const because =
      (problem.outcome === 'read' && (problem.value.detail ?? problem.value.title)) || 'it does not say why';
    throw new EnrolmentError(`the core refuses the registration with status ${outcome.status}: ${because}`);
  }
  const read = readAnswer(outcome);
  if (read.outcome === 'malformed') throw new EnrolmentError(`the core's answer is malformed: ${read.because}`);
  return { value: read.value, socket: outcome.socket };
}

type Certified = { role: string; apiProviderFunctionId: string; certificatePem: string };

/** Each key with its certificate: of several functions in one role, the certificate says which is whose. */
function certified(keys: ProviderKeys, found: readonly Certified[]): Provider['functions'] {
  const of = ([name, { privateKeyPem: key }]: [FunctionName, KeyPair]): [FunctionName, EnrolledFunction] => {
    const inRole = found.filter(({ role }) => role === roleOf(name));
    const own = inRole.length === 1 ? inRole[0] : inRole.find((one) => isFor(one.certificatePem, key));
    if (!own) throw new EnrolmentError(`the core's answer has no ${roleOf(name)} for each that was asked for`);
    return [name, { id: own.apiProviderFunctionId, certificate: { key, cert: own.certificatePem } }];
  };
  return Object.fromEntries(Object.entries(keys).map(of));
}

const isFor = (certificatePem: string, key: string): boolean =>
  new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(key));

/** The core signs tokens with the key of its certificate, which this connection has just authenticated. */
function publicKeyOf(socket: TLSSocket): string {
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  return certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
