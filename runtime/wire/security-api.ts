/** CAPIF_Security_API, towards the API invoker (TS 29.222 8.5, TS 33.122 6.3.1): it negotiates, and negotiates again. */
import { z } from 'zod';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  mapRead,
  type Read,
  type ReceivedAnswer,
  together,
} from './http-message.ts';
import { jsonText, readJson, readJsonAnswer, writeJsonAnswer, writeJsonRequest } from './json-message.ts';
import { identifier, type PathParameters, path, readPathParameter } from './paths.ts';
import { securityMethodList, selectedSecurityMethod } from './security-method-list.ts';
import { notificationDestination } from './security-notification.ts';
import { addressOf, interfaceDescription } from './service-api-description.ts';

/**
 * What an entry is about (SecurityInformation, 8.5.4.2.3): all that an AEF exposes, or an interface, and of either one
 * service API only, if there is an `apiId` (feature SecurityInfoPerAPI). At least one of `aefId` and `interfaceDetails`.
 */
export type Subject = {
  aefId?: string | undefined;
  interfaceDetails?: { host: string; port: number } | undefined;
  apiId?: string | undefined;
};

/** What an invoker supports towards one AEF, the method it prefers first. */
export type SupportedMethods = { aefId: string; supported: readonly SecurityMethod[] };

type ServiceSecurityRequest = {
  apiInvokerId: string;
  entries: readonly SupportedMethods[];
  notificationDestination: string;
};
type WantedSecurity = Omit<ServiceSecurityRequest, 'entries'> & {
  entries: readonly (Subject & Pick<SupportedMethods, 'supported'>)[];
  supportedFeatures?: string | undefined;
};

/**
 * `selected` is `undefined` where the core has no method to give. `credential` is the number of the negotiation that
 * keys and tokens belong to, from 1; a foreign core gives none.
 */
export type SelectedMethod = SupportedMethods & {
  selected?: SecurityMethod | undefined;
  credential?: number | undefined;
};

type ServiceSecurity = { entries: readonly SelectedMethod[]; notificationDestination: string };

/** An entry that names an interface by its address: TS 29.222 has it, this runtime does not. */
const interfaceDetails = z.undefined({ error: 'is not supported here; name the interface by its aefId' }).optional();

const serviceSecurityRequest = z
  .object({
    securityInfo: z.array(z.object({ interfaceDetails, aefId: identifier, prefSecurityMethods: securityMethodList })),
    notificationDestination,
  })
  .transform(({ securityInfo, notificationDestination }) => ({
    entries: securityInfo.map(({ aefId, prefSecurityMethods }) => ({ aefId, supported: prefSecurityMethods })),
    notificationDestination,
  }));

/** authenticationInfo is a plain string to TS 29.222. Ours is `{"credential":3}`; any other text is ignored. */
const credentialText = jsonText(z.object({ credential: z.int().positive() }))
  .optional()
  .catch(undefined);

const serviceSecurity = z
  .object({
    securityInfo: z.array(
      z.object({
        interfaceDetails: interfaceDescription.optional(),
        aefId: identifier.optional(),
        apiId: identifier.optional(),
        prefSecurityMethods: securityMethodList,
        selSecurityMethod: selectedSecurityMethod,
        authenticationInfo: credentialText,
      }),
    ),
    notificationDestination,
  })
  .transform(({ securityInfo, notificationDestination }) => ({
    entries: securityInfo.map(({ prefSecurityMethods, selSecurityMethod, authenticationInfo, ...subject }) => ({
      ...subject,
      supported: prefSecurityMethods,
      selected: selSecurityMethod,
      credential: authenticationInfo?.credential,
    })),
    notificationDestination,
  }));
type SelectedMethods = z.output<typeof serviceSecurity>;

/** Obtain_Security_Method: the first negotiation, which creates the security context (8.5.2.3). */
export const writeSecurityMethodRequest = (request: WantedSecurity): HttpRequest =>
  writeJsonRequest('PUT', path`/capif-security/v1/trustedInvokers/${request.apiInvokerId}`, supportedOf(request));

export const readSecurityMethodRequest = (body: Body, parameters: PathParameters): Read<ServiceSecurityRequest> =>
  mapRead(
    together({
      apiInvokerId: readPathParameter(parameters, 'apiInvokerId'),
      security: readJson(body, serviceSecurityRequest),
    }),
    ({ apiInvokerId, security }) => ({ apiInvokerId, ...security }),
  );

/** `apiInvokerId` is whose security context was created. */
export const writeSecurityMethodResponse = (apiInvokerId: string, security: ServiceSecurity): HttpAnswer =>
  writeJsonAnswer(201, selectedOf(security), {
    location: path`/capif-security/v1/trustedInvokers/${apiInvokerId}`,
  });

/** Some cores answer 200 where TS 29.222 has 201. */
export const readSecurityMethodResponse = (answer: ReceivedAnswer): Read<SelectedMethods> =>
  readJsonAnswer(answer, [200, 201], serviceSecurity);

/** Every later negotiation (8.5.2.3.4.2); the body is complete, like that of the first. */
export const writeSecurityMethodUpdateRequest = (request: WantedSecurity): HttpRequest =>
  writeJsonRequest(
    'POST',
    path`/capif-security/v1/trustedInvokers/${request.apiInvokerId}/update`,
    supportedOf(request),
  );

export const writeSecurityMethodUpdateResponse = (security: ServiceSecurity): HttpAnswer =>
  writeJsonAnswer(200, selectedOf(security));

export const readSecurityMethodUpdateResponse = (answer: ReceivedAnswer): Read<SelectedMethods> =>
  readJsonAnswer(answer, [200], serviceSecurity);

const supportedOf = ({ entries, notificationDestination, supportedFeatures }: WantedSecurity) => ({
  securityInfo: entries.map(({ supported, interfaceDetails, ...about }) => ({
    ...about,
    interfaceDetails: interfaceDetails && { ...addressOf(interfaceDetails.host), port: interfaceDetails.port },
    prefSecurityMethods: supported,
  })),
  notificationDestination,
  supportedFeatures,
});

const selectedOf = ({ entries, notificationDestination }: ServiceSecurity) => ({
  securityInfo: entries.map(({ aefId, supported, selected, credential }) => ({
    aefId,
    prefSecurityMethods: supported,
    selSecurityMethod: selected,
    authenticationInfo: credential === undefined ? undefined : JSON.stringify({ credential }),
  })),
  notificationDestination,
});
