/** CAPIF_API_Invoker_Management (TS 29.222 8.4): onboarding and offboarding over HTTP (6.1, 6.8). */
import type { Call, CallHead, Route } from '../../transport/http-service.ts';
import { type HttpAnswer, writeNoContent } from '../../wire/http-message.ts';
import {
  readOffboardApiInvokerRequest,
  readOnboardApiInvokerRequest,
  writeOnboardApiInvokerResponse,
} from '../../wire/invoker-management-api.ts';
import { malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import { callFacts } from './call-facts.ts';
import type { Enrolment } from './enrolment.ts';
import type { OnboardingTokens } from './onboarding-tokens.ts';
import { refusedKey } from './refused-key.ts';

type OnboardingOptions = { enrolment: Enrolment; tokens: OnboardingTokens };

export const onboardingRoutes = (options: OnboardingOptions): Route[] => [
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

const credentialOf = ({ headers }: CallHead, { tokens }: OnboardingOptions) =>
  tokens.verify(/^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '');

async function refuseOnboarding(head: CallHead, options: OnboardingOptions): Promise<HttpAnswer | undefined> {
  const verified = await credentialOf(head, options);
  if (verified.outcome === 'valid') return undefined;
  options.enrolment.refuseOnboarding(callFacts('CAPIF-1e', head));
  return refusedCredential(verified.because);
}

const refusedCredential = (because: string) =>
  problemAnswer('NOT_AUTHENTICATED', `the onboarding credential ${because}`);

async function onboard(call: Call, options: OnboardingOptions): Promise<HttpAnswer> {
  const { enrolment } = options;
  const facts = callFacts('CAPIF-1e', call);
  const verified = await credentialOf(call, options);
  if (verified.outcome !== 'valid') return refusedCredential(verified.because);
  const read = readOnboardApiInvokerRequest(call.body);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const onboarded = await enrolment.onboard(verified.tokenId, read.value.publicKeyPem, facts);
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

function offboard(call: Call, { enrolment }: OnboardingOptions): HttpAnswer {
  const read = readOffboardApiInvokerRequest(call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  if (enrolment.provenInvoker(call.socket) !== read.value.onboardingId) {
    return problemAnswer('NOT_AUTHENTICATED', 'an API invoker offboards itself, by its own certificate');
  }
  if (enrolment.offboard(read.value.onboardingId, callFacts('CAPIF-1e', call))) return writeNoContent();
  return problemAnswer('NOT_FOUND', 'no such API invoker is onboarded');
}
