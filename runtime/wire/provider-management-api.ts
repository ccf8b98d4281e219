/** CAPIF_API_Provider_Management (TS 29.222 8.9): an API provider domain registers its functions. */
import { z } from 'zod';
import type { Body } from './http-message.ts';
import {
  type HttpAnswer,
  type HttpRequest,
  mapRead,
  type Read,
  type ReceivedAnswer,
  together,
} from './http-message.ts';
import { readJson, readJsonAnswer, writeJsonAnswer, writeJsonRequest } from './json-message.ts';
import { identifier, type PathParameters, path, readLocation, readPathParameter } from './paths.ts';
import { certificatePem, publicKeyOrRequestPem } from './pem-text.ts';
import { supportedFeatures } from './security-method-list.ts';

const apiProviderFunctionRoles = ['AEF', 'APF', 'AMF'] as const;
export type ApiProviderFunctionRole = (typeof apiProviderFunctionRoles)[number];

/** `publicKeyPem`: a public key, or a certificate request (PKCS #10). */
type ApiProviderFunction = {
  role: ApiProviderFunctionRole;
  publicKeyPem: string;
  information?: string | undefined;
};

/** As PUT and PATCH have it: with its id, or as a new one. */
export type UpdatedApiProviderFunction = ApiProviderFunction & { apiProviderFunctionId?: string | undefined };

/** There is at least one function. */
type ApiProviderEnrolment = {
  registrationSecret: string;
  functions: readonly ApiProviderFunction[];
  supportedFeatures?: string | undefined;
};

type EnrolledApiProviderFunction = ApiProviderFunction & {
  apiProviderFunctionId: string;
  certificatePem: string;
};
type EnrolledApiProvider = {
  registrationId: string;
  apiProviderDomainId: string;
  functions: readonly EnrolledApiProviderFunction[];
};

const registrations = '/api-provider-management/v1/registrations';
const registration = /\/api-provider-management\/v1\/registrations\/([^/]+)$/;

/** An unknown role is malformed, though the enumeration is open: there is nothing to enrol it as. */
const functionDetails = z.object({
  apiProvFuncRole: z.enum(apiProviderFunctionRoles),
  regInfo: z.object({ apiProvPubKey: publicKeyOrRequestPem }),
  apiProvFuncInfo: z.string().optional(),
});

const enrolmentDetails = z
  .object({
    regSec: z.string().min(1),
    apiProvFuncs: z.array(functionDetails).min(1),
    suppFeat: supportedFeatures.optional(),
  })
  .transform(({ regSec, apiProvFuncs, suppFeat }) => ({
    registrationSecret: regSec,
    supportedFeatures: suppFeat,
    functions: apiProvFuncs.map(({ apiProvFuncRole, regInfo, apiProvFuncInfo }) => ({
      role: apiProvFuncRole,
      publicKeyPem: regInfo.apiProvPubKey,
      information: apiProvFuncInfo,
    })),
  }));

const updatedFunctions = z
  .array(functionDetails.extend({ apiProvFuncId: identifier.optional() }))
  .min(1)
  .transform((functions) =>
    functions.map(({ apiProvFuncId, apiProvFuncRole, regInfo, apiProvFuncInfo }) => ({
      apiProviderFunctionId: apiProvFuncId,
      role: apiProvFuncRole,
      publicKeyPem: regInfo.apiProvPubKey,
      information: apiProvFuncInfo,
    })),
  );

const updateDetails = z.object({
  regSec: z.string().min(1),
  apiProvFuncs: updatedFunctions,
  suppFeat: supportedFeatures.optional(),
});
/** All other members are left as they are. */
const patchDetails = z.object({ apiProvFuncs: updatedFunctions.optional() });

const enrolledDetails = z
  .object({
    apiProvDomId: identifier,
    apiProvFuncs: z
      .array(
        functionDetails.extend({
          apiProvFuncId: identifier,
          regInfo: z.object({ apiProvPubKey: publicKeyOrRequestPem, apiProvCert: certificatePem }),
        }),
      )
      .min(1),
  })
  .transform(({ apiProvDomId, apiProvFuncs }) => ({
    apiProviderDomainId: apiProvDomId,
    functions: apiProvFuncs.map(({ apiProvFuncId, apiProvFuncRole, regInfo, apiProvFuncInfo }) => ({
      apiProviderFunctionId: apiProvFuncId,
      role: apiProvFuncRole,
      publicKeyPem: regInfo.apiProvPubKey,
      certificatePem: regInfo.apiProvCert,
      information: apiProvFuncInfo,
    })),
  }));

export const writeRegisterApiProviderRequest = (enrolment: ApiProviderEnrolment): HttpRequest =>
  writeJsonRequest('POST', registrations, {
    regSec: enrolment.registrationSecret,
    suppFeat: enrolment.supportedFeatures,
    apiProvFuncs: enrolment.functions.map(({ role, publicKeyPem, information }) => ({
      regInfo: { apiProvPubKey: publicKeyPem },
      apiProvFuncRole: role,
      apiProvFuncInfo: information,
    })),
  });

export const readRegisterApiProviderRequest = (body: Body): Read<ApiProviderEnrolment> =>
  readJson(body, enrolmentDetails);

type Registered = EnrolledApiProvider & Pick<ApiProviderEnrolment, 'registrationSecret' | 'supportedFeatures'>;

export const writeRegisterApiProviderResponse = (enrolled: Registered): HttpAnswer =>
  writeJsonAnswer(201, describeRegistered(enrolled), {
    location: path`/api-provider-management/v1/registrations/${enrolled.registrationId}`,
  });

const describeRegistered = (enrolled: Registered) => ({
  apiProvDomId: enrolled.apiProviderDomainId,
  // Required: what was registered, to whoever has shown it.
  regSec: enrolled.registrationSecret,
  suppFeat: enrolled.supportedFeatures,
  apiProvFuncs: enrolled.functions.map((each) => ({
    apiProvFuncId: each.apiProviderFunctionId,
    regInfo: { apiProvPubKey: each.publicKeyPem, apiProvCert: each.certificatePem },
    apiProvFuncRole: each.role,
    apiProvFuncInfo: each.information,
  })),
});

/** What a domain has from now on: functions that have an id stay, and those without one are new. */
export const writeUpdateApiProviderRequest = (update: {
  registrationId: string;
  registrationSecret: string;
  functions: readonly UpdatedApiProviderFunction[];
}): HttpRequest =>
  writeJsonRequest('PUT', `${registrations}/${encodeURIComponent(update.registrationId)}`, {
    apiProvDomId: update.registrationId,
    regSec: update.registrationSecret,
    apiProvFuncs: update.functions.map(({ apiProviderFunctionId, role, publicKeyPem, information }) => ({
      apiProvFuncId: apiProviderFunctionId,
      regInfo: { apiProvPubKey: publicKeyPem },
      apiProvFuncRole: role,
      apiProvFuncInfo: information,
    })),
  });

export const readUpdateApiProviderResponse = (answer: ReceivedAnswer) => readJsonAnswer(answer, [200], enrolledDetails);

export const readUpdateApiProviderRequest = (body: Body) =>
  mapRead(readJson(body, updateDetails), ({ regSec, apiProvFuncs, suppFeat }) => ({
    registrationSecret: regSec,
    supportedFeatures: suppFeat,
    functions: apiProvFuncs as UpdatedApiProviderFunction[],
  }));

/** `functions` is undefined where the patch does not name them. */
export const readPatchApiProviderRequest = (body: Body) =>
  mapRead(readJson(body, patchDetails), ({ apiProvFuncs }) => ({
    functions: apiProvFuncs as UpdatedApiProviderFunction[] | undefined,
  }));

export const writeUpdateApiProviderResponse = (enrolled: Registered): HttpAnswer =>
  writeJsonAnswer(200, describeRegistered(enrolled));

/** Answered with `writeNoContent`. */
export const readDeregisterApiProviderRequest = (parameters: PathParameters): Read<{ registrationId: string }> =>
  together({ registrationId: readPathParameter(parameters, 'registrationId') });

export const readRegisterApiProviderResponse = (answer: ReceivedAnswer): Read<EnrolledApiProvider> =>
  mapRead(
    together({
      details: readJsonAnswer(answer, [201], enrolledDetails),
      registrationId: readLocation(answer.headers, registration),
    }),
    ({ registrationId, details }) => ({ registrationId, ...details }),
  );
