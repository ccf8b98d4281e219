/** Onboarding and registration over HTTP, and their ends (TS 29.222 8.4, 8.9): the calls that make an identity or end it. */
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { verifyOnboardingToken } from '../credentials/access-token.ts';
import { CertificateRequestRefused } from '../credentials/certificate-request.ts';
import type { Call, CallHead, Route } from '../transport/http-service.ts';
import type { HttpAnswer } from '../wire/http-message.ts';
import { writeNoContent } from '../wire/http-message.ts';
import {
  readOffboardApiInvokerRequest,
  readOnboardApiInvokerRequest,
  writeOnboardApiInvokerResponse,
} from '../wire/invoker-management-api.ts';
import { faultAnswer, malformedAnswer, problemAnswer } from '../wire/problem-details.ts';
import {
  readDeregisterApiProviderRequest,
  readPatchApiProviderRequest,
  readRegisterApiProviderRequest,
  readUpdateApiProviderRequest,
  type UpdatedApiProviderFunction,
  writeRegisterApiProviderResponse,
  writeUpdateApiProviderResponse,
} from '../wire/provider-management-api.ts';
import { commonFeatures } from '../wire/security-method-list.ts';
import { callFacts } from './call-facts.ts';
import type { Contexts } from './contexts.ts';
import type { Enrolment } from './enrolment.ts';
import type { ProviderDomains, ProviderFunction } from './parties/provider-domains.ts';
import type { Registry } from './registry.ts';

type EnrolmentRoutesOptions = {
  enrolment: Enrolment;
  providers: ProviderDomains;
  registry: Registry;
  contexts: Contexts;
  clock: Clock;
  registrationSecret: string;
  /** Of the key that signs onboarding tokens. */
  onboardingKeyPem: string;
  /** That of the service. */
  bodyLimitBytes: number;
};

/** Of CAPIF_API_Provider_Management (TS 29.222 8.9.6). Of CAPIF_API_Invoker_Management there is none. */
const providerFeatures = { PatchUpdate: 1 };

export const enrolmentRoutes = (options: EnrolmentRoutesOptions): Route[] => [
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
  {
    method: 'POST',
    path: '/api-invoker-management/v1/onboardedInvokers',
    consumes: 'application/json',
    refuse: (head) => refuseOnboarding(head, options),
    answer: (call) => onboard(call, options).catch(refusedKey('/onboardingInformation/apiInvokerPublicKey')),
  },
  {
    method: 'DELETE',
    path: '/api-invoker-management/v1/onboardedInvokers/:onboardingId',
    answer: (call) => offboard(call, options),
  },
];

const credentialOf = ({ headers }: CallHead, { clock, onboardingKeyPem }: EnrolmentRoutesOptions) =>
  verifyOnboardingToken(/^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '', onboardingKeyPem, clock.now());

async function refuseOnboarding(head: CallHead, options: EnrolmentRoutesOptions): Promise<HttpAnswer | undefined> {
  const verified = await credentialOf(head, options);
  if (verified.outcome === 'valid') return undefined;
  options.enrolment.refuseOnboarding(callFacts('CAPIF-1e', head));
  const because = verified.outcome === 'expired' ? 'has expired' : `is not valid: ${verified.because}`;
  return problemAnswer('NOT_AUTHENTICATED', `the onboarding credential ${because}`);
}

async function onboard(call: Call, options: EnrolmentRoutesOptions): Promise<HttpAnswer> {
  const { enrolment } = options;
  const facts = callFacts('CAPIF-1e', call);
  const verified = await credentialOf(call, options);
  if (verified.outcome !== 'valid') return problemAnswer('NOT_AUTHENTICATED', 'the onboarding credential has expired');
  const read = readOnboardApiInvokerRequest(call.body);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const onboarded = await enrolment.onboard(verified, read.value.publicKeyPem, facts);
  if (!onboarded) return problemAnswer('NOT_AUTHORIZED', 'the onboarding credential has been used already');
  const { apiInvokerId, certificate } = onboarded;
  return writeOnboardApiInvokerResponse({
    ...read.value,
    supportedFeatures: commonFeatures(read.value.supportedFeatures, []),
    apiInvokerId,
    onboardingId: apiInvokerId,
    certificatePem: certificate,
  });
}

function offboard(call: Call, { enrolment }: EnrolmentRoutesOptions): HttpAnswer {
  const read = readOffboardApiInvokerRequest(call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  if (enrolment.provenInvoker(call.socket) !== read.value.onboardingId) {
    return problemAnswer('NOT_AUTHENTICATED', 'an API invoker offboards itself, by its own certificate');
  }
  if (enrolment.offboard(read.value.onboardingId, callFacts('CAPIF-1e', call))) return writeNoContent();
  return problemAnswer('NOT_FOUND', 'no such API invoker is onboarded');
}

async function register(call: Call, { providers, registrationSecret }: EnrolmentRoutesOptions): Promise<HttpAnswer> {
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
  const { domainId, functions } = await providers.register(wanted, call.socket.remoteAddress ?? '127.0.0.1');
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
function deregister(call: Call, options: EnrolmentRoutesOptions): HttpAnswer {
  const { providers } = options;
  const read = readDeregisterApiProviderRequest(call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const refused = refuseOthers(call, options);
  if (refused) return refused;
  ended(providers.deregister(read.value.registrationId), call, options);
  return writeNoContent();
}

function refuseOthers({ socket, parameters }: CallHead, { providers }: EnrolmentRoutesOptions): HttpAnswer | undefined {
  if (providers.isManager(socket, parameters.registrationId ?? '')) return undefined;
  return problemAnswer('NOT_AUTHENTICATED', 'a domain is managed by its AMF, by the certificate of that');
}

/** What these functions have published is withdrawn, and nothing is sent to them any more. */
function ended(
  functions: readonly ProviderFunction[],
  call: Call,
  { registry, contexts }: EnrolmentRoutesOptions,
): void {
  const facts = callFacts('CAPIF-5', call);
  for (const { id, role } of functions) {
    if (role === 'APF') registry.withdrawAllOf(id, facts);
    if (role !== 'AEF') continue;
    registry.takeOut(id, facts);
    contexts.giveUpOn(id);
  }
}

async function replaceFunctions(call: Call, options: EnrolmentRoutesOptions): Promise<HttpAnswer> {
  const read = readUpdateApiProviderRequest(call.body);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { registrationSecret, functions, supportedFeatures } = read.value;
  if (!isSame(registrationSecret, options.registrationSecret)) {
    return faultAnswer('NOT_AUTHENTICATED', '/regSec', 'is not known here');
  }
  return updateFunctions(call, functions, supportedFeatures, options);
}

async function patchFunctions(call: Call, options: EnrolmentRoutesOptions): Promise<HttpAnswer> {
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
  options: EnrolmentRoutesOptions,
): Promise<HttpAnswer> {
  const domainId = call.parameters.registrationId!;
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
  { registrationSecret }: EnrolmentRoutesOptions,
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

const refusedKey =
  (param: string) =>
  (error: unknown): HttpAnswer => {
    if (error instanceof CertificateRequestRefused)
      return faultAnswer('MALFORMED', param, `is not accepted: ${error.message}`);
    throw error;
  };

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
