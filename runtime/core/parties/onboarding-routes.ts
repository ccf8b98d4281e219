/** CAPIF_API_Invoker_Management (TS 29.222 8.4): onboarding, its updates and its end over HTTP (6.1, 6.8). */
import type { Clock } from '../../clock.ts';
import { pemOf } from '../../credentials/certificate-bytes.ts';
import type { Call, CallHead, Route } from '../../transport/http-service.ts';
import { type HttpAnswer, malformedParam, type Read, writeNoContent } from '../../wire/http-message.ts';
import {
  type ApiInvokerEnrolment,
  enrolmentPath,
  readOffboardApiInvokerRequest,
  readOnboardApiInvokerRequest,
  readPatchApiInvokerRequest,
  readUpdateApiInvokerRequest,
  writeOnboardApiInvokerResponse,
  writeOnboardingDeferred,
  writeUpdateApiInvokerResponse,
} from '../../wire/invoker-management-api.ts';
import { malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import { callFacts } from './call-facts.ts';
import type { DeferredOnboardings } from './deferred-onboardings.ts';
import type { Enrolment } from './enrolment.ts';
import type { EnrolmentDetails } from './enrolment-details.ts';
import type { OnboardingTokens } from './onboarding-tokens.ts';
import { refusedKey } from './refused-key.ts';

type OnboardingOptions = {
  enrolment: Enrolment;
  details: EnrolmentDetails;
  tokens: OnboardingTokens;
  clock: Clock;
  /** Where an onboarding waits for the operator; without it, none waits. */
  deferred: DeferredOnboardings | undefined;
  onUpdated(apiInvokerId: string): void;
  /** Sends a test notification about this resource. */
  test(apiInvokerId: string, destination: string, resource: string): void;
};

/** Of CAPIF_API_Invoker_Management (TS 29.222 8.4.6). */
const features = { NotificationTestEvent: 1, PatchUpdate: 3 };

const onboardedInvokers = '/api-invoker-management/v1/onboardedInvokers';
const wrongKey = refusedKey('/onboardingInformation/apiInvokerPublicKey');

export const onboardingRoutes = (options: OnboardingOptions): Route[] => [
  {
    method: 'POST',
    path: onboardedInvokers,
    consumes: 'application/json',
    refuse: (head) => refuseOnboarding(head, options),
    answer: (call) => onboard(call, options).catch(wrongKey),
  },
  {
    method: 'PUT',
    path: `${onboardedInvokers}/:onboardingId`,
    consumes: 'application/json',
    refuse: (head) => refuseOthers(head, options),
    answer: (call) => update(call, replaced(call), options).catch(wrongKey),
  },
  {
    method: 'PATCH',
    path: `${onboardedInvokers}/:onboardingId`,
    consumes: 'application/merge-patch+json',
    refuse: (head) => refuseOthers(head, options),
    answer: (call) => update(call, patched(call, options), options).catch(wrongKey),
  },
  {
    method: 'DELETE',
    path: `${onboardedInvokers}/:onboardingId`,
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
  const { enrolment, tokens, deferred, details } = options;
  const facts = callFacts('CAPIF-1e', call);
  const verified = await credentialOf(call, options);
  if (verified.outcome !== 'valid') return refusedCredential(verified.because);
  const read = readOnboardApiInvokerRequest(call.body);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  if (isPast(read.value, options)) return overAlready();
  const { tokenId } = verified;
  if (deferred && !tokens.isUsed(tokenId))
    return (await deferred.defer(tokenId, read.value, facts)) ? writeOnboardingDeferred() : usedAlready();
  const known = await enrolment.onboard(tokenId, read.value, facts);
  if (!known) return usedAlready();
  const { apiInvokerId, certificate } = known;
  testIfWanted(apiInvokerId, read.value, options);
  return writeOnboardApiInvokerResponse({
    ...read.value,
    expTime: details.of(apiInvokerId)?.expTime,
    supportedFeatures: commonFeatures(read.value.supportedFeatures, Object.values(features)),
    apiInvokerId,
    onboardingId: apiInvokerId,
    certificatePem: pemOf(certificate),
  });
}

const isPast = ({ expTime }: ApiInvokerEnrolment, { clock }: OnboardingOptions): boolean =>
  expTime !== undefined && Date.parse(expTime) <= clock.now();
const overAlready = () => malformedAnswer(malformedParam('/expTime', 'is over already'));

const usedAlready = () => problemAnswer('NOT_AUTHORIZED', 'the onboarding credential has been used already');

function testIfWanted(apiInvokerId: string, enrolled: ApiInvokerEnrolment, { test }: OnboardingOptions): void {
  if (enrolled.requestTestNotification)
    test(apiInvokerId, enrolled.notificationDestination, enrolmentPath(apiInvokerId));
}

/** Before it is said whether there is such an invoker. */
function refuseOthers({ socket, parameters }: CallHead, { enrolment }: OnboardingOptions): HttpAnswer | undefined {
  const { onboardingId = '' } = parameters;
  if (enrolment.provenInvoker(socket) !== onboardingId)
    return problemAnswer('NOT_AUTHENTICATED', 'an API invoker updates itself, by its own certificate');
  return enrolment.isOnboarded(onboardingId) ? undefined : notOnboarded();
}

const notOnboarded = () => problemAnswer('NOT_FOUND', 'no such API invoker is onboarded');

const replaced = ({ body, parameters }: Call) => readUpdateApiInvokerRequest(body, parameters.onboardingId!);

function patched(call: Call, { details }: OnboardingOptions): Read<ApiInvokerEnrolment> {
  const known = details.of(call.parameters.onboardingId!);
  return known ? readPatchApiInvokerRequest(call.body, known) : replaced(call);
}

/** One with a new key gets a certificate for it; the one of before counts until the new one has been used. */
async function update(
  { parameters }: Call,
  wanted: Read<ApiInvokerEnrolment>,
  options: OnboardingOptions,
): Promise<HttpAnswer> {
  const { enrolment, details, onUpdated } = options;
  if (wanted.outcome === 'malformed') return malformedAnswer(wanted);
  if (isPast(wanted.value, options)) return overAlready();
  const apiInvokerId = parameters.onboardingId!;
  const certificate = await details.enrol(apiInvokerId, wanted.value);
  if (!enrolment.isOnboarded(apiInvokerId)) {
    details.forget(apiInvokerId);
    return notOnboarded();
  }
  enrolment.limit(apiInvokerId);
  onUpdated(apiInvokerId);
  testIfWanted(apiInvokerId, wanted.value, options);
  return writeUpdateApiInvokerResponse({
    ...wanted.value,
    expTime: details.of(apiInvokerId)?.expTime,
    supportedFeatures: commonFeatures(wanted.value.supportedFeatures, Object.values(features)),
    apiInvokerId,
    onboardingId: apiInvokerId,
    certificatePem: pemOf(certificate),
  });
}

function offboard(call: Call, { enrolment }: OnboardingOptions): HttpAnswer {
  const read = readOffboardApiInvokerRequest(call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  if (enrolment.provenInvoker(call.socket) !== read.value.onboardingId) {
    return problemAnswer('NOT_AUTHENTICATED', 'an API invoker offboards itself, by its own certificate');
  }
  if (enrolment.offboard(read.value.onboardingId, callFacts('CAPIF-1e', call))) return writeNoContent();
  return notOnboarded();
}
