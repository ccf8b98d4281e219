/** CAPIF_API_Provider_Management (TS 29.222 8.9): registration of a provider domain over HTTP, its updates and its end. */
import { timingSafeEqual } from 'node:crypto';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Call, CallHead, Route } from '../../transport/http-service.ts';
import { type HttpAnswer, writeNoContent } from '../../wire/http-message.ts';
import { faultAnswer, malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import {
  readDeregisterApiProviderRequest,
  readPatchApiProviderRequest,
  readRegisterApiProviderRequest,
  readUpdateApiProviderRequest,
  type UpdatedApiProviderFunction,
  writeRegisterApiProviderResponse,
  writeUpdateApiProviderResponse,
} from '../../wire/provider-management-api.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import { callFacts } from './call-facts.ts';
import type { KeptLimit } from './kept-limits.ts';
import type { ProviderDomains, ProviderFunction } from './provider-domains.ts';
import { refusedKey } from './refused-key.ts';

type RegistrationOptions = {
  providers: ProviderDomains;
  registrationSecret: string;
  kept: KeptLimit;
  /** That of the service. */
  bodyLimitBytes: number;
  /** What this function has published is withdrawn, and nothing is sent to it any more. */
  onEnded(one: ProviderFunction, facts: TransportFacts): void;
};

/** TS 29.222 8.9.6. */
const providerFeatures = { PatchUpdate: 1 };

export const registrationRoutes = (options: RegistrationOptions): Route[] => [
  {
    method: 'POST',
    path: '/api-provider-management/v1/registrations',
    consumes: 'application/json',
    // Its secret is in the body, so anybody may send one.
    bodyLimitBytes: Math.min(options.bodyLimitBytes, 16 * 1024),
    answer: (call) => register(call, options).catch(refusedKey('/apiProvFuncs')),
  },
  {
    method: 'DELETE',
    path: '/api-provider-management/v1/registrations/:registrationId',
    answer: (call) => deregister(call, options),
  },
  {
    method: 'PUT',
    path: '/api-provider-management/v1/registrations/:registrationId',
    consumes: 'application/json',
    refuse: (head) => refuseOthers(head, options),
    answer: (call) => replaceFunctions(call, options).catch(refusedKey('/apiProvFuncs')),
  },
  {
    method: 'PATCH',
    path: '/api-provider-management/v1/registrations/:registrationId',
    consumes: 'application/merge-patch+json',
    refuse: (head) => refuseOthers(head, options),
    answer: (call) => patchFunctions(call, options).catch(refusedKey('/apiProvFuncs')),
  },
];

async function register(call: Call, { providers, registrationSecret, kept }: RegistrationOptions): Promise<HttpAnswer> {
  const read = readRegisterApiProviderRequest(call.body);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  if (!isSame(read.value.registrationSecret, registrationSecret)) {
    return faultAnswer('NOT_AUTHENTICATED', '/regSec', 'is not known here');
  }
  const wanted = read.value.functions.map(({ role, publicKeyPem, information }) => ({
    role,
    publicKey: publicKeyPem,
    information,
  }));
  const address = call.socket.remoteAddress ?? '127.0.0.1';
  const isNew = !providers.isRegistered(wanted, address);
  const refused =
    kept.refusal('functionsPerDomain', wanted.length) ??
    (isNew ? kept.refusal('providerDomains', providers.count + 1) : undefined);
  if (refused) return refused;
  const { domainId, functions } = await providers.register(wanted, address);
  return writeRegisterApiProviderResponse({
    registrationSecret,
    supportedFeatures: commonFeatures(read.value.supportedFeatures, Object.values(providerFeatures)),
    registrationId: domainId,
    apiProviderDomainId: domainId,
    functions: read.value.functions.map((asked, n) => {
      const enrolled = functions[n]!;
      return { ...asked, apiProviderFunctionId: enrolled.id, certificatePem: enrolled.certificate };
    }),
  });
}

/** Once it is done, no certificate of the domain counts: a repeated request is refused as that of a stranger. */
function deregister(call: Call, options: RegistrationOptions): HttpAnswer {
  const { providers } = options;
  const read = readDeregisterApiProviderRequest(call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const refused = refuseOthers(call, options);
  if (refused) return refused;
  ended(providers.deregister(read.value.registrationId), call, options);
  return writeNoContent();
}

function refuseOthers({ socket, parameters }: CallHead, { providers }: RegistrationOptions): HttpAnswer | undefined {
  if (providers.isManager(socket, parameters.registrationId ?? '')) return undefined;
  return problemAnswer('NOT_AUTHENTICATED', 'a domain is managed by its AMF, by the certificate of that');
}

function ended(functions: readonly ProviderFunction[], call: Call, { onEnded }: RegistrationOptions): void {
  for (const one of functions) onEnded(one, callFacts('CAPIF-5', call));
}

async function replaceFunctions(call: Call, options: RegistrationOptions): Promise<HttpAnswer> {
  const read = readUpdateApiProviderRequest(call.body);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { registrationSecret, functions, supportedFeatures } = read.value;
  if (!isSame(registrationSecret, options.registrationSecret)) {
    return faultAnswer('NOT_AUTHENTICATED', '/regSec', 'is not known here');
  }
  return updateFunctions(call, functions, supportedFeatures, options);
}

async function patchFunctions(call: Call, options: RegistrationOptions): Promise<HttpAnswer> {
  const read = readPatchApiProviderRequest(call.body);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  if (read.value.functions) return updateFunctions(call, read.value.functions, undefined, options);
  return updated(call, options.providers.functionsOf(call.parameters.registrationId!), undefined, options);
}

/** Functions that are left out end; one that is new, or has a new key, gets a certificate. */
async function updateFunctions(
  call: Call,
  functions: readonly UpdatedApiProviderFunction[],
  theirFeatures: string | undefined,
  options: RegistrationOptions,
): Promise<HttpAnswer> {
  const domainId = call.parameters.registrationId!;
  const refused = options.kept.refusal('functionsPerDomain', functions.length);
  if (refused) return refused;
  const wanted = functions.map(({ apiProviderFunctionId: id, role, publicKeyPem: publicKey, information }) => {
    return { id, role, publicKey, information };
  });
  const known = wanted.map((one) => options.providers.known(domainId, one)?.id);
  const isTwice = (n: number) => known[n] !== undefined && known.indexOf(known[n]) < n;
  const wrong = wanted.findIndex(({ id }, n) => (id !== undefined && !known[n]) || isTwice(n));
  if (wrong >= 0) {
    const param = `/apiProvFuncs/${wrong}/apiProvFuncId`;
    return faultAnswer('MALFORMED', param, 'must be that of one function of this domain, in its role');
  }
  const outcome = await options.providers.update(domainId, wanted, call.socket.remoteAddress ?? '127.0.0.1');
  if (!outcome) return problemAnswer('NOT_AUTHENTICATED', 'this domain has ended');
  ended(outcome.ended, call, options);
  return updated(call, outcome.functions, theirFeatures, options);
}

function updated(
  { parameters }: Call,
  functions: readonly ProviderFunction[],
  theirFeatures: string | undefined,
  { registrationSecret }: RegistrationOptions,
): HttpAnswer {
  const registrationId = parameters.registrationId!;
  return writeUpdateApiProviderResponse({
    registrationSecret,
    supportedFeatures: commonFeatures(theirFeatures, Object.values(providerFeatures)),
    registrationId,
    apiProviderDomainId: registrationId,
    functions: functions.map(({ id, role, publicKey, information, certificate }) => ({
      ...{ apiProviderFunctionId: id, role, publicKeyPem: publicKey, information },
      certificatePem: certificate,
    })),
  });
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
