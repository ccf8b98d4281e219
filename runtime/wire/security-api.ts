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
import { knownMethods, selectedSecurityMethod, supportedFeatures } from './security-method-list.ts';
import { notificationDestination } from './security-notification.ts';
import { addressOf, type Description, description, interfaceDescription } from './service-api-description.ts';

/** An interface by its address. `described`: the InterfaceDescription, as whoever named it wrote it. */
type InterfaceDetails = { host: string; port: number; described?: Description | undefined };

/**
 * What an entry is about (SecurityInformation, 8.5.4.2.3): all that an AEF exposes, or an interface, and of either one
 * service API only, if there is an `apiId` (feature SecurityInfoPerAPI). At least one of `aefId` and `interfaceDetails`.
 */
export type Subject = {
  aefId?: string | undefined;
  interfaceDetails?: InterfaceDetails | undefined;
  apiId?: string | undefined;
};

/**
 * What an invoker supports there, the method it prefers first. `preferred`: the same with the methods that are not known
 * here, as it was written.
 */
export type SupportedMethods = Subject & {
  supported: readonly SecurityMethod[];
  preferred?: readonly string[] | undefined;
};

type ServiceSecurityRequest = {
  apiInvokerId: string;
  entries: readonly SupportedMethods[];
  notificationDestination: string;
  supportedFeatures?: string | undefined;
  /** It wants to see whether a notification arrives there (7.6). */
  requestTestNotification?: boolean | undefined;
};

/**
 * `selected` is `undefined` where the core has no method to give. `credential` is the number of the negotiation that
 * keys and tokens belong to, from 1; a foreign core gives none.
 */
export type SelectedMethod = SupportedMethods & {
  selected?: SecurityMethod | undefined;
  credential?: number | undefined;
};

type ServiceSecurity = {
  entries: readonly SelectedMethod[];
  notificationDestination: string;
  supportedFeatures?: string | undefined;
};

const interfaceDetails = description.transform((described, context) => {
  const at = interfaceDescription.safeParse(described);
  if (at.success) return { host: at.data.host, port: at.data.port, described };
  for (const { path, message } of at.error.issues)
    context.issues.push({ code: 'custom', path, message, input: described });
  return z.NEVER;
});

const subject = {
  aefId: identifier.optional(),
  interfaceDetails: interfaceDetails.optional(),
  apiId: identifier.optional(),
};
const names = ({ aefId, interfaceDetails }: Subject) => aefId !== undefined || interfaceDetails !== undefined;
const nameless = { path: ['aefId'], error: 'or interfaceDetails is required' };

const serviceSecurityRequest = z
  .object({
    securityInfo: z.array(z.object({ ...subject, prefSecurityMethods: z.array(z.string()) }).refine(names, nameless)),
    notificationDestination,
    supportedFeatures: supportedFeatures.optional(),
    requestTestNotification: z.boolean().optional(),
  })
  .transform(({ securityInfo, ...others }) => ({
    entries: securityInfo.map(({ prefSecurityMethods: preferred, ...about }) => ({
      ...about,
      supported: knownMethods(preferred),
      preferred,
    })),
    ...others,
  }));

/** authenticationInfo is a plain string to TS 29.222. Ours is `{"credential":3}`; any other text is ignored. */
const credentialText = jsonText(z.object({ credential: z.int().positive() }))
  .optional()
  .catch(undefined);

const serviceSecurity = z
  .object({
    securityInfo: z.array(
      z.object({
        ...subject,
        prefSecurityMethods: z.array(z.string()),
        selSecurityMethod: selectedSecurityMethod,
        authenticationInfo: credentialText,
      }),
    ),
    notificationDestination,
    supportedFeatures: supportedFeatures.optional(),
  })
  .transform(({ securityInfo, ...others }) => ({
    entries: securityInfo.map(
      ({ prefSecurityMethods: preferred, selSecurityMethod, authenticationInfo, ...about }) => ({
        ...about,
        supported: knownMethods(preferred),
        preferred,
        selected: selSecurityMethod,
        credential: authenticationInfo?.credential,
      }),
    ),
    ...others,
  }));

/** Obtain_Security_Method: the first negotiation, which creates the security context (8.5.2.3). */
export const writeSecurityMethodRequest = (request: ServiceSecurityRequest): HttpRequest =>
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
  writeJsonAnswer(201, selectedOf(security), { location: securityContextOf(apiInvokerId) });

/** The path of an Individual trusted API invoker. */
export const securityContextOf = (apiInvokerId: string): string =>
  path`/capif-security/v1/trustedInvokers/${apiInvokerId}`;

/** Some cores answer 200 where TS 29.222 has 201. */
export const readSecurityMethodResponse = (answer: ReceivedAnswer): Read<ServiceSecurity> =>
  readJsonAnswer(answer, [200, 201], serviceSecurity);

/** Every later negotiation (8.5.2.3.4.2); the body is complete, like that of the first. */
export const writeSecurityMethodUpdateRequest = (request: ServiceSecurityRequest): HttpRequest =>
  writeJsonRequest(
    'POST',
    path`/capif-security/v1/trustedInvokers/${request.apiInvokerId}/update`,
    supportedOf(request),
  );

export const writeSecurityMethodUpdateResponse = (security: ServiceSecurity): HttpAnswer =>
  writeJsonAnswer(200, selectedOf(security));

export const readSecurityMethodUpdateResponse = (answer: ReceivedAnswer): Read<ServiceSecurity> =>
  readJsonAnswer(answer, [200], serviceSecurity);

/** The members of a SecurityInformation that say what it is about, as whoever named it wrote them. */
export const writeSubject = ({ aefId, interfaceDetails, apiId }: Subject) => ({
  aefId,
  interfaceDetails: interfaceDetails && (interfaceDetails.described ?? describedAt(interfaceDetails)),
  apiId,
});
const describedAt = ({ host, port }: InterfaceDetails) => ({ ...addressOf(host), port });

const supportedOf = ({
  entries,
  notificationDestination,
  supportedFeatures,
}: Omit<ServiceSecurityRequest, 'apiInvokerId'>) => ({
  securityInfo: entries.map(({ supported, preferred, ...about }) => ({
    ...writeSubject(about),
    prefSecurityMethods: preferred ?? supported,
  })),
  notificationDestination,
  supportedFeatures,
});

const selectedOf = ({ entries, notificationDestination, supportedFeatures }: ServiceSecurity) => ({
  securityInfo: entries.map(({ supported, preferred, selected, credential, ...about }) => ({
    ...writeSubject(about),
    prefSecurityMethods: preferred ?? supported,
    selSecurityMethod: selected,
    authenticationInfo: credential === undefined ? undefined : JSON.stringify({ credential }),
  })),
  notificationDestination,
  supportedFeatures,
});
