/** CAPIF_Security_API, towards the AEF (TS 29.222 8.5, 5.6.2.4, 5.6.2.5): keys and rights of an invoker; their end. */
import { z } from 'zod';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { readForm } from './form-parameters.ts';
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  malformedParam,
  mapRead,
  type Read,
  type ReceivedAnswer,
  read,
  together,
} from './http-message.ts';
import { readJson, readJsonAnswer, writeJsonAnswer } from './json-message.ts';
import { type PathParameters, path, readPathParameter } from './paths.ts';
import { type Subject, writeSubject } from './security-api.ts';
import { selectedSecurityMethod } from './security-method-list.ts';
import { type SecurityNotification, securityNotification } from './security-notification.ts';
import { interfaceDescription } from './service-api-description.ts';

/**
 * One entry of the answer: about the AEF of this id, or about this interface; if `apiId` is there, about that service
 * API only. TS 29.222 leaves both texts undefined.
 */
export type SecurityInformationEntry = {
  aefId?: string | undefined;
  interface?: { host: string; port: number } | undefined;
  apiId?: string | undefined;
  selected?: SecurityMethod | undefined;
  authenticationInfo?: string | undefined;
  authorizationInfo?: string | undefined;
};

/** What is not of its type is as good as absent: entries of other AEFs are for others to read. */
const textOrAbsent = z.string().optional().catch(undefined);

const entry = z
  .object({
    aefId: textOrAbsent,
    interfaceDetails: interfaceDescription.optional().catch(undefined),
    apiId: textOrAbsent,
    selSecurityMethod: selectedSecurityMethod.catch(undefined),
    authenticationInfo: textOrAbsent,
    authorizationInfo: textOrAbsent,
  })
  .transform(({ interfaceDetails, selSecurityMethod, ...texts }): SecurityInformationEntry => {
    const at = interfaceDetails && { host: interfaceDetails.host, port: interfaceDetails.port };
    return { ...texts, interface: at, selected: selSecurityMethod };
  });

const entries = z.object({ securityInfo: z.array(entry.catch({})) });

/** Obtain_API_Invoker_Info. */
export const writeSecurityInformationRequest = ({ apiInvokerId }: { apiInvokerId: string }): HttpRequest => ({
  method: 'GET',
  path: `${path`/capif-security/v1/trustedInvokers/${apiInvokerId}`}?authenticationInfo=true&authorizationInfo=true`,
});

/** Which of the two strings an AEF asks for: a parameter that is left out asks for nothing. */
type SecurityInformationRequest = { apiInvokerId: string; authenticationInfo: boolean; authorizationInfo: boolean };

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const informationQuery = z.object({ authenticationInfo: flag, authorizationInfo: flag });

/** `query` is what comes after the question mark of the URI. */
export const readSecurityInformationRequest = (
  parameters: PathParameters,
  query = '',
): Read<SecurityInformationRequest> =>
  mapRead(
    together({ apiInvokerId: readPathParameter(parameters, 'apiInvokerId'), asked: readForm(query, informationQuery) }),
    ({ apiInvokerId, asked }) => ({ apiInvokerId, ...asked }),
  );

/** An entry of the resource, and of the two strings what the AEF has asked for. */
export type InformationEntry = Subject & {
  /** As the invoker wrote them. */
  preferred: readonly string[];
  selected: SecurityMethod;
  authenticationInfo?: AuthenticationInfo | undefined;
  /** The service APIs that the invoker may use at this AEF. */
  authorizationInfo?: { apiNames: readonly string[] } | undefined;
};
type AuthenticationInfo = {
  /** The number of the negotiation that all of this belongs to, from 1. */
  credential: number;
  /** AEFPSK of TS 33.122 A.1: 32 octets, secret. */
  aefPsk?: Buffer | undefined;
  /** The certificates that invokers' certificates lead to. */
  trustAnchorPem: string;
  /** The public key of the core that verifies access tokens. */
  tokenKeyPem: string;
};
type InformationResource = { entries: readonly InformationEntry[]; notificationDestination: string };

/** The security context of an invoker, with the entries that concern the AEF which asks. */
export const writeSecurityInformationResponse = ({
  entries,
  notificationDestination,
}: InformationResource): HttpAnswer =>
  writeJsonAnswer(200, {
    securityInfo: entries.map(({ preferred, selected, authenticationInfo, authorizationInfo, ...about }) => ({
      ...writeSubject(about),
      prefSecurityMethods: preferred,
      selSecurityMethod: selected,
      authenticationInfo: authenticationInfo && JSON.stringify(authenticationText(authenticationInfo)),
      authorizationInfo: authorizationInfo && JSON.stringify({ apiNames: authorizationInfo.apiNames }),
    })),
    notificationDestination,
  });

const authenticationText = (told: AuthenticationInfo) => ({
  credential: told.credential,
  aefPsk: told.aefPsk?.toString('base64url'),
  trustAnchor: told.trustAnchorPem,
  tokenKey: told.tokenKeyPem,
});

/** All entries, in their order. */
export const readSecurityInformationResponse = (answer: ReceivedAnswer): Read<SecurityInformationEntry[]> =>
  mapRead(readJsonAnswer(answer, [200], entries), ({ securityInfo }) => securityInfo);

/** All authorization of an invoker is revoked, and its security context deleted. Answered with `writeNoContent`. */
export const readDeleteSecurityContextRequest = (parameters: PathParameters): Read<{ apiInvokerId: string }> =>
  together({ apiInvokerId: readPathParameter(parameters, 'apiInvokerId') });

/**
 * Authorization for some service APIs is revoked. Answered with `writeNoContent`. The invoker is named twice, in path
 * and body: malformed if they differ.
 */
export function readRevokeServiceApisRequest(body: Body, parameters: PathParameters): Read<SecurityNotification> {
  const both = together({
    apiInvokerId: readPathParameter(parameters, 'apiInvokerId'),
    notification: readJson(body, securityNotification),
  });
  if (both.outcome === 'malformed') return both;
  const { apiInvokerId, notification } = both.value;
  return notification.apiInvokerId === apiInvokerId
    ? read(notification)
    : malformedParam('/apiInvokerId', 'must be the invoker of the path');
}
