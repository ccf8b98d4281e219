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

/** What an invoker supports towards one AEF, the method it prefers first. */
export type SupportedMethods = { aefId: string; supported: readonly SecurityMethod[] };

type ServiceSecurityRequest = {
  apiInvokerId: string;
  entries: readonly SupportedMethods[];
  notificationDestination: string;
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
        interfaceDetails,
        aefId: identifier,
        prefSecurityMethods: securityMethodList,
        selSecurityMethod: selectedSecurityMethod,
        authenticationInfo: credentialText,
      }),
    ),
    notificationDestination,
  })
  .transform(({ securityInfo, notificationDestination }) => ({
    entries: securityInfo.map(({ aefId, prefSecurityMethods, selSecurityMethod, authenticationInfo }) => ({
      aefId,
      supported: prefSecurityMethods,
      selected: selSecurityMethod,
      credential: authenticationInfo?.credential,
    })),
    notificationDestination,
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
  writeJsonAnswer(201, selectedOf(security), {
    location: path`/capif-security/v1/trustedInvokers/${apiInvokerId}`,
  });

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

const supportedOf = ({ entries, notificationDestination }: ServiceSecurityRequest) => ({
  securityInfo: entries.map(({ aefId, supported }) => ({ aefId, prefSecurityMethods: supported })),
  notificationDestination,
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
