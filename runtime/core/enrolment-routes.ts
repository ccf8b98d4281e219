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
  readRegisterApiProviderRequest,
  writeRegisterApiProviderResponse,
} from '../wire/provider-management-api.ts';
import { commonFeatures } from '../wire/security-method-list.ts';
import { callFacts } from './call-facts.ts';
import type { Contexts } from './contexts.ts';
import type { Enrolment } from './enrolment.ts';
import type { ProviderDomains } from './parties/provider-domains.ts';
import type { Registry } from './registry.ts';

type EnrolmentRoutesOptions = {
  enrolment: Enrolment;
  providers: ProviderDomains;
  registry: Registry;
  contexts: Contexts;
  clock: Clock;
  registrationSecret: string;
  tokenKeyPem: string;
  /** That of the service. */
  bodyLimitBytes: number;
};

/** No optional feature of these APIs is there. */
const features: number[] = [];

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

const credentialOf = ({ headers }: CallHead, { clock, tokenKeyPem }: EnrolmentRoutesOptions) =>
  verifyOnboardingToken(/^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '', tokenKeyPem, clock.now());

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
    supportedFeatures: commonFeatures(read.value.supportedFeatures, features),
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
  const wanted = read.value.functions.map(({ role, publicKeyPem }) => ({ role, publicKey: publicKeyPem }));
  const { domainId, functions } = await providers.register(wanted, call.socket.remoteAddress ?? '127.0.0.1');
  return writeRegisterApiProviderResponse({
    registrationSecret,
    supportedFeatures: commonFeatures(read.value.supportedFeatures, features),
    registrationId: domainId,
    apiProviderDomainId: domainId,
    functions: read.value.functions.map((asked, n) => {
      const enrolled = functions[n]!;
      return { ...asked, apiProviderFunctionId: enrolled.id, certificatePem: enrolled.certificate };
    }),
  });
}

/** Once it is done, no certificate of the domain counts: a repeated request is refused as that of a stranger. */
function deregister(call: Call, { providers, registry, contexts }: EnrolmentRoutesOptions): HttpAnswer {
  const read = readDeregisterApiProviderRequest(call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { registrationId } = read.value;
  if (!providers.isManager(call.socket, registrationId)) {
    return problemAnswer('NOT_AUTHENTICATED', 'a domain is deregistered by its AMF, by the certificate of that');
  }
  const facts = callFacts('CAPIF-5', call);
  for (const { id, role } of providers.deregister(registrationId)) {
    if (role === 'APF') registry.withdrawAllOf(id, facts);
    if (role === 'AEF') contexts.giveUpOn(id);
  }
  return writeNoContent();
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
