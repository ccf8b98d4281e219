/** CAPIF_Security_API, towards the AEF (TS 29.222 8.5, 5.6.2.4, 5.6.2.5): keys and rights of an invoker; their end. */
import { z } from 'zod';
import { type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  malformedParam,
  type Read,
  type ReceivedAnswer,
  read,
  readAs,
  together,
} from './http-message.ts';
import { jsonText, readJson, readJsonAnswer, writeJsonAnswer } from './json-message.ts';
import { identifier, type PathParameters, path, readPathParameter } from './paths.ts';
import { certificatePem, publicKeyPem } from './pem-text.ts';
import { selectedSecurityMethod } from './security-method-list.ts';
import { type SecurityNotification, securityNotification } from './security-notification.ts';

/** What an AEF is told of an invoker. */
export type SecurityInformation = {
  aefId: string;
  selected?: SecurityMethod | undefined;
  /** The number of the negotiation that all of this belongs to, from 1. */
  credential: number;
  /** AEFPSK of TS 33.122 A.1: 32 octets, secret. */
  aefPsk?: Buffer | undefined;
  /** The certificates that invokers' certificates lead to. */
  trustAnchorPem: string;
  /** The public key of the core that verifies access tokens. */
  tokenKeyPem: string;
  /** The service APIs that the invoker may use at this AEF. */
  apiNames: readonly string[];
};

const aefPskText = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 octets in base64url')
  .transform((text) => Buffer.from(text, 'base64url'));

/** TS 29.222 has two plain strings for all this and does not say how. Ours hold JSON texts. */
const authenticationInfo = jsonText(
  z.object({
    credential: z.int().positive(),
    aefPsk: aefPskText.optional(),
    trustAnchor: certificatePem,
    tokenKey: publicKeyPem,
  }),
);
const authorizationInfo = jsonText(z.object({ apiNames: z.array(identifier) }));

/** Entries of other AEFs may be anything: they are for others to read. */
const entries = z.object({ securityInfo: z.array(z.looseObject({ aefId: z.string().optional() })) });

const entry = z
  .object({ aefId: identifier, selSecurityMethod: selectedSecurityMethod, authenticationInfo, authorizationInfo })
  .transform(({ aefId, selSecurityMethod, authenticationInfo, authorizationInfo }) => ({
    aefId,
    selected: selSecurityMethod,
    credential: authenticationInfo.credential,
    aefPsk: authenticationInfo.aefPsk,
    trustAnchorPem: authenticationInfo.trustAnchor,
    tokenKeyPem: authenticationInfo.tokenKey,
    apiNames: authorizationInfo.apiNames,
  }));

/** Obtain_API_Invoker_Info. */
export const writeSecurityInformationRequest = ({ apiInvokerId }: { apiInvokerId: string }): HttpRequest => ({
  method: 'GET',
  path: `${path`/capif-security/v1/trustedInvokers/${apiInvokerId}`}?authenticationInfo=true&authorizationInfo=true`,
});

/** The query is not read: the answer has both kinds of information, as our own AEF always asks for both. */
export const readSecurityInformationRequest = (parameters: PathParameters): Read<{ apiInvokerId: string }> =>
  together({ apiInvokerId: readPathParameter(parameters, 'apiInvokerId') });

export const writeSecurityInformationResponse = (information: SecurityInformation): HttpAnswer =>
  writeJsonAnswer(200, {
    securityInfo: [
      {
        aefId: information.aefId,
        // Required and must not be empty, but of no use to an AEF: without a selection, all methods stand here.
        prefSecurityMethods: information.selected === undefined ? securityMethods : [information.selected],
        selSecurityMethod: information.selected,
        authenticationInfo: JSON.stringify({
          credential: information.credential,
          aefPsk: information.aefPsk?.toString('base64url'),
          trustAnchor: information.trustAnchorPem,
          tokenKey: information.tokenKeyPem,
        }),
        authorizationInfo: JSON.stringify({ apiNames: information.apiNames }),
      },
    ],
    // Required, but where the invoker is notified is between it and the core.
    notificationDestination: '',
  });

/** The entry of this AEF; malformed if there is none, or if its texts are not those of this runtime. */
export function readSecurityInformationResponse(answer: ReceivedAnswer, aefId: string): Read<SecurityInformation> {
  const all = readJsonAnswer(answer, [200], entries);
  if (all.outcome === 'malformed') return all;
  const index = all.value.securityInfo.findIndex((each) => each.aefId === aefId);
  if (index < 0) return malformedParam('/securityInfo', 'has no entry of this AEF');
  return readAs(entry, all.value.securityInfo[index], (within) => ['', 'securityInfo', index, ...within].join('/'));
}

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
