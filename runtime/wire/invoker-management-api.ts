/** CAPIF_API_Invoker_Management (TS 29.222 8.4): an API invoker is onboarded, updated and offboarded (TS 33.122 6.1, 6.8). */
import { z } from 'zod';
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  malformedParam,
  mapRead,
  type Read,
  type ReceivedAnswer,
  read,
  readAs,
  together,
} from './http-message.ts';
import { mergePatched, readJson, readJsonAnswer, writeJsonAnswer, writeJsonRequest } from './json-message.ts';
import { identifier, type PathParameters, path, readLocation, readPathParameter } from './paths.ts';
import { certificatePem, publicKeyOrRequestPem } from './pem-text.ts';
import { supportedFeatures } from './security-method-list.ts';
import { notificationDestination } from './security-notification.ts';

/** `publicKeyPem`: a public key, or a certificate request (PKCS #10). `notificationDestination`: a URI. */
export type ApiInvokerEnrolment = {
  publicKeyPem: string;
  notificationDestination: string;
  information?: string | undefined;
  supportedFeatures?: string | undefined;
  /** It wants to see whether a notification arrives there (7.6). */
  requestTestNotification?: boolean | undefined;
  /** Until when it wants to be onboarded; of one that is, until when it is. */
  expTime?: string | undefined;
};

type EnrolledApiInvoker = ApiInvokerEnrolment & {
  onboardingId: string;
  apiInvokerId: string;
  certificatePem: string;
  onboardingSecret?: string | undefined;
};

const onboardedInvokers = '/api-invoker-management/v1/onboardedInvokers';
const onboardedInvoker = /\/api-invoker-management\/v1\/onboardedInvokers\/([^/]+)$/;

const enrolmentDetails = z
  .object({
    apiInvokerId: z.string().optional(),
    onboardingInformation: z.object({ apiInvokerPublicKey: publicKeyOrRequestPem }),
    notificationDestination,
    apiInvokerInformation: z.string().optional(),
    supportedFeatures: supportedFeatures.optional(),
    requestTestNotification: z.boolean().optional(),
    expTime: z.iso.datetime({ offset: true, error: 'must be a date and time of RFC 3339' }).optional(),
  })
  .transform(({ apiInvokerId, onboardingInformation, apiInvokerInformation, ...others }) => ({
    apiInvokerId,
    enrolment: {
      publicKeyPem: onboardingInformation.apiInvokerPublicKey,
      information: apiInvokerInformation,
      ...others,
    },
  }));

const enrolledDetails = z
  .object({
    apiInvokerId: identifier,
    onboardingInformation: z.object({
      // Whatever form it is given back in: the invoker has its own.
      apiInvokerPublicKey: z.string(),
      apiInvokerCertificate: certificatePem,
      onboardingSecret: z.string().optional(),
    }),
    notificationDestination,
    apiInvokerInformation: z.string().optional(),
  })
  .transform(({ apiInvokerId, onboardingInformation, notificationDestination, apiInvokerInformation }) => ({
    apiInvokerId,
    publicKeyPem: onboardingInformation.apiInvokerPublicKey,
    certificatePem: onboardingInformation.apiInvokerCertificate,
    onboardingSecret: onboardingInformation.onboardingSecret,
    notificationDestination,
    information: apiInvokerInformation,
  }));

/** The caller adds the authorization header with the onboarding token. */
export const writeOnboardApiInvokerRequest = (enrolment: ApiInvokerEnrolment): HttpRequest =>
  writeJsonRequest('POST', onboardedInvokers, {
    onboardingInformation: { apiInvokerPublicKey: enrolment.publicKeyPem },
    notificationDestination: enrolment.notificationDestination,
    apiInvokerInformation: enrolment.information,
    supportedFeatures: enrolment.supportedFeatures,
  });

export const readOnboardApiInvokerRequest = (body: Body): Read<ApiInvokerEnrolment> =>
  mapRead(readJson(body, enrolmentDetails), ({ enrolment }) => enrolment);

export const writeOnboardApiInvokerResponse = (enrolled: EnrolledApiInvoker): HttpAnswer =>
  writeJsonAnswer(201, describeEnrolled(enrolled), { location: enrolmentPath(enrolled.onboardingId) });

/** The core has not decided yet, and will notify the invoker. */
export const writeOnboardingDeferred = (): HttpAnswer => ({ status: 202 });

/** The path of an Individual On-boarded API Invoker. */
export const enrolmentPath = (onboardingId: string): string =>
  path`/api-invoker-management/v1/onboardedInvokers/${onboardingId}`;

/** OnboardingNotification (8.4.4.2.7): what an onboarding that was deferred has come to. */
export const describeOnboarded = (enrolled: EnrolledApiInvoker, apiRoot: string) => ({
  result: true,
  resourceLocation: apiRoot + enrolmentPath(enrolled.onboardingId),
  apiInvokerEnrolmentDetails: describeEnrolled(enrolled),
});

export const describeOnboardingRefused = (failReason: 'API_INVOKER_NOT_ALLOWED' | 'OTHER') => ({
  result: false,
  failReason,
});

const describeEnrolled = (enrolled: EnrolledApiInvoker) => ({
  apiInvokerId: enrolled.apiInvokerId,
  onboardingInformation: {
    apiInvokerPublicKey: enrolled.publicKeyPem,
    apiInvokerCertificate: enrolled.certificatePem,
    onboardingSecret: enrolled.onboardingSecret,
  },
  notificationDestination: enrolled.notificationDestination,
  apiInvokerInformation: enrolled.information,
  expTime: enrolled.expTime,
  supportedFeatures: enrolled.supportedFeatures,
});

/** Some cores answer 200 where TS 29.222 has 201. */
export const readOnboardApiInvokerResponse = (answer: ReceivedAnswer): Read<EnrolledApiInvoker> =>
  mapRead(
    together({
      details: readJsonAnswer(answer, [200, 201], enrolledDetails),
      onboardingId: readLocation(answer.headers, onboardedInvoker),
    }),
    ({ onboardingId, details }) => ({ onboardingId, ...details }),
  );

/** Answered with `writeNoContent`. */
export const writeOffboardApiInvokerRequest = ({ onboardingId }: { onboardingId: string }): HttpRequest => ({
  method: 'DELETE',
  path: path`/api-invoker-management/v1/onboardedInvokers/${onboardingId}`,
});

export const readOffboardApiInvokerRequest = (parameters: PathParameters): Read<{ onboardingId: string }> =>
  together({ onboardingId: readPathParameter(parameters, 'onboardingId') });

/** PUT: the enrolment whole, of this invoker. */
export function readUpdateApiInvokerRequest(body: Body, apiInvokerId: string): Read<ApiInvokerEnrolment> {
  const whole = readJson(body, enrolmentDetails);
  if (whole.outcome === 'malformed') return whole;
  const named = whole.value.apiInvokerId ?? apiInvokerId;
  return named === apiInvokerId
    ? read(whole.value.enrolment)
    : malformedParam('/apiInvokerId', 'must be the invoker of the path');
}

/** The members of APIInvokerEnrolmentDetailsPatch that are kept here; all other members stay as they are. */
const patchDetails = z.object({
  onboardingInformation: z.unknown().optional(),
  notificationDestination: z.unknown().optional(),
  apiInvokerInformation: z.unknown().optional(),
  expTime: z.unknown().optional(),
});

/** PATCH (RFC 7396): what the enrolment is after it; malformed if that is none. */
export function readPatchApiInvokerRequest(body: Body, known: ApiInvokerEnrolment): Read<ApiInvokerEnrolment> {
  const patch = readJson(body, patchDetails);
  if (patch.outcome === 'malformed') return patch;
  const { publicKeyPem, notificationDestination, information, supportedFeatures, expTime } = known;
  const before = {
    onboardingInformation: { apiInvokerPublicKey: publicKeyPem },
    notificationDestination,
    apiInvokerInformation: information,
    supportedFeatures,
    expTime,
  };
  return mapRead(readAs(enrolmentDetails, mergePatched(before, patch.value)), ({ enrolment }) => enrolment);
}

export const writeUpdateApiInvokerResponse = (enrolled: EnrolledApiInvoker): HttpAnswer =>
  writeJsonAnswer(200, describeEnrolled(enrolled));
