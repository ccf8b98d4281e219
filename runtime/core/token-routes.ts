/**
 * CAPIF_Security_API, access tokens (TS 29.222 8.5, TS 33.122 C.3): for invokers whose selected method is OAUTH; and the
 * key that verifies them, for any AEF (RFC 7517, at the well-known place of RFC 8414 authorization servers).
 */
import type { Clock } from '../clock.ts';
import { type accessTokenIssuer, certificateThumbprint } from '../credentials/access-token.ts';
import { apisPerAef, scopeOf } from '../credentials/access-token-scope.ts';
import { jwkSetOf } from '../credentials/token-keys.ts';
import type { Call, Route } from '../transport/http-service.ts';
import { readAccessTokenRequest, writeAccessTokenRefusal, writeAccessTokenResponse } from '../wire/access-token-api.ts';
import type { HttpAnswer } from '../wire/http-message.ts';
import { writeJsonAnswer } from '../wire/json-message.ts';
import { callFacts } from './call-facts.ts';
import type { Contexts } from './contexts.ts';
import type { Enrolment } from './enrolment.ts';
import type { Registry } from './registry.ts';

type TokenOptions = {
  enrolment: Enrolment;
  registry: Registry;
  contexts: Contexts;
  issuer: ReturnType<typeof accessTokenIssuer>;
  clock: Clock;
  tokenLifetimeSeconds: number;
};

export const tokenRoutes = (options: TokenOptions): Route[] => [
  {
    method: 'POST',
    path: '/capif-security/v1/securities/:securityId/token',
    consumes: 'application/x-www-form-urlencoded',
    answer: (call) => issueToken(call, options),
  },
  {
    method: 'GET',
    path: '/.well-known/jwks.json',
    answer: () => writeJsonAnswer(200, jwkSetOf(options.issuer.publicKeyPem), jwkSetType),
  },
];

const jwkSetType = { 'content-type': 'application/jwk-set+json' };

async function issueToken(call: Call, options: TokenOptions): Promise<HttpAnswer> {
  const { enrolment, registry, contexts, issuer, clock, tokenLifetimeSeconds } = options;
  const read = readAccessTokenRequest(call.body, call.parameters);
  if (read.outcome === 'malformed') return writeAccessTokenRefusal({ error: read.error, description: read.because });
  const { securityId, clientId, scope } = read.value;
  if (enrolment.provenInvoker(call.socket) !== securityId || clientId !== securityId) {
    return writeAccessTokenRefusal({ error: 'invalid_client', description: 'an API invoker asks for its own tokens' });
  }
  const wanted = apisOfOneAef(scope ?? '', registry);
  if (!wanted) {
    const description = 'the scope must name published APIs of one AEF: 3gpp#aefId:apiName';
    return writeAccessTokenRefusal({ error: 'invalid_scope', description });
  }

  const { aefId, apiNames } = wanted;
  const context = contexts.find(securityId, aefId);
  const message = context?.ask({ type: 'AccessTokenRequest' }, { facts: callFacts('CAPIF-1e', call) });
  if (!context?.selection || message?.type !== 'AccessTokenResponse') {
    return writeAccessTokenRefusal({ error: 'unauthorized_client', description: 'OAUTH is not the selected method' });
  }
  const token = await issuer.issueAccessToken({
    apiInvokerId: securityId,
    scope: scopeOf(aefId, apiNames),
    credential: context.selection.credential,
    lifetimeSeconds: tokenLifetimeSeconds,
    certificateThumbprint: certificateThumbprint(call.socket.getPeerCertificate().raw),
    now: clock.now(),
  });
  return writeAccessTokenResponse({ token, expiresIn: tokenLifetimeSeconds, scope: scopeOf(aefId, apiNames) });
}

function apisOfOneAef(scope: string, registry: Registry): { aefId: string; apiNames: string[] } | undefined {
  const [first, ...others] = apisPerAef(scope) ?? [];
  if (!first || others.length > 0) return undefined;
  const [aefId, apiNames] = first;
  const known = registry.apiNamesOf(aefId);
  return apiNames.every((name) => known.includes(name)) ? { aefId, apiNames: [...apiNames] } : undefined;
}
