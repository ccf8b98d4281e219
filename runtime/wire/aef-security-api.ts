/** AEF_Security_API (TS 29.222 9.1): an invoker announces itself to an AEF; a core revokes what the AEF was told. */
import { z } from 'zod';
import type { Body, HttpAnswer, HttpRequest, Read } from './http-message.ts';
import { readJson, writeJsonAnswer, writeJsonRequest } from './json-message.ts';
import { identifier } from './paths.ts';
import { supportedFeatures } from './security-method-list.ts';
import { type SecurityNotification, securityNotification } from './security-notification.ts';

/** Feature bits in hexadecimal (TS 29.571); `0` for none. */
type SupportedFeatures = { supportedFeatures: string };
type AuthenticationInitiation = SupportedFeatures & { apiInvokerId: string };
type AuthorizationRevocation = SupportedFeatures & { revokeInfo: SecurityNotification };

const checkAuthenticationReq = z.object({ apiInvokerId: identifier, supportedFeatures });
const revokeAuthorizationReq = z.object({ revokeInfo: securityNotification, supportedFeatures });

/** Initiate_Authentication (6.2.2.2): before the connection with the negotiated method, not with it. */
export const writeAuthenticationInitiationRequest = (initiation: AuthenticationInitiation): HttpRequest =>
  writeJsonRequest('POST', '/aef-security/v1/check-authentication', initiation);

export const readAuthenticationInitiationRequest = (body: Body): Read<AuthenticationInitiation> =>
  readJson(body, checkAuthenticationReq);

export const writeAuthenticationInitiationResponse = (supported: SupportedFeatures): HttpAnswer =>
  writeJsonAnswer(200, supported);

export const writeRevokeAuthorizationRequest = (revocation: AuthorizationRevocation): HttpRequest =>
  writeJsonRequest('POST', '/aef-security/v1/revoke-authorization', revocation);

export const readRevokeAuthorizationRequest = (body: Body): Read<AuthorizationRevocation> =>
  readJson(body, revokeAuthorizationReq);

export const writeRevokeAuthorizationResponse = writeAuthenticationInitiationResponse;
