/** The token resource of CAPIF_Security_API (TS 29.222 8.5, TS 33.122 C.3): client credentials in, a token out. */
import { z } from 'zod';
import { readForm, writeForm } from './form-parameters.ts';
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  type Malformed,
  malformedParam,
  mapRead,
  type Read,
  type ReceivedAnswer,
  together,
} from './http-message.ts';
import { readJson, readJsonAnswer, writeJsonAnswer } from './json-message.ts';
import { identifier, type PathParameters, path, readPathParameter } from './paths.ts';

/** `securityId` is the API invoker ID whose security context it is; `clientId` is the API invoker ID that the request claims. */
type AccessTokenRequest = { securityId: string; clientId: string; scope?: string | undefined };

/** `token` is a JWS in compact form; `expiresIn` counts seconds. */
type AccessToken = { token: string; expiresIn: number; scope?: string | undefined };

const accessTokenErrors = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
] as const;
type AccessTokenError = (typeof accessTokenErrors)[number];
type AccessTokenRefusal = { error: AccessTokenError; description?: string | undefined };

/** A malformed request with the error to refuse it with (RFC 6749 5.2). */
type AccessTokenRequestRead =
  | Exclude<Read<AccessTokenRequest>, Malformed>
  | (Malformed & { error: 'invalid_request' | 'unsupported_grant_type' });

/** RFC 6749 3.3, for example `3gpp#aef1:api1,api2;aef2:api1`. */
const scope = z.string().regex(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/, 'must be a scope of RFC 6749 3.3');

/** The scope as it came: one that is none is a matter of the core, and has an error of its own (RFC 6749 5.2). */
const accessTokenReq = z.object({ grant_type: z.string(), client_id: identifier, scope: z.string().optional() });

const accessTokenRsp = z
  .object({
    access_token: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'must be a JWS in compact form'),
    token_type: z.string().regex(/^bearer$/i, 'must be Bearer'),
    expires_in: z.int().min(0),
    scope: scope.optional(),
  })
  .transform(({ access_token, expires_in, scope }) => ({ token: access_token, expiresIn: expires_in, scope }));

/** RFC 6749 5.1: no cache may keep an answer of the token resource. */
const notToBeStored = { 'cache-control': 'no-store', pragma: 'no-cache' };

export const writeAccessTokenRequest = ({ securityId, clientId, scope }: AccessTokenRequest): HttpRequest => ({
  method: 'POST',
  path: path`/capif-security/v1/securities/${securityId}/token`,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: writeForm({ grant_type: 'client_credentials', client_id: clientId, scope }),
});

export function readAccessTokenRequest(body: Body, parameters: PathParameters): AccessTokenRequestRead {
  const request = together({
    securityId: readPathParameter(parameters, 'securityId'),
    form: readForm(body, accessTokenReq),
  });
  if (request.outcome === 'malformed') return { ...request, error: 'invalid_request' };
  if (request.value.form.grant_type !== 'client_credentials') {
    return { ...malformedParam('grant_type', 'must be client_credentials'), error: 'unsupported_grant_type' };
  }
  const { securityId, form } = request.value;
  // A parameter without a value is as good as none (RFC 6749 3.2).
  return { outcome: 'read', value: { securityId, clientId: form.client_id, scope: form.scope || undefined } };
}

export const writeAccessTokenResponse = ({ token, expiresIn, scope }: AccessToken): HttpAnswer =>
  writeJsonAnswer(200, { access_token: token, token_type: 'Bearer', expires_in: expiresIn, scope }, notToBeStored);

export const readAccessTokenResponse = (answer: ReceivedAnswer): Read<AccessToken> =>
  readJsonAnswer(answer, [200], accessTokenRsp);

/** A description is ASCII without quotes and backslashes (RFC 6749 5.2); other characters become spaces. */
export const writeAccessTokenRefusal = ({ error, description }: AccessTokenRefusal): HttpAnswer =>
  writeJsonAnswer(
    400,
    { error, error_description: description?.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, ' ') },
    notToBeStored,
  );

/** Any error: RFC 6749 8.5 lets others be registered. */
export const readAccessTokenRefusal = ({
  body,
}: ReceivedAnswer): Read<{ error: string; description?: string | undefined }> =>
  mapRead(
    readJson(body, z.object({ error: z.string(), error_description: z.string().optional() })),
    ({ error, error_description: description }) => ({ error, description }),
  );
