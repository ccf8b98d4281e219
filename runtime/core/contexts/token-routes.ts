/**
 * CAPIF_Security_API, access tokens (TS 29.222 8.5, TS 33.122 C.3): for invokers whose selected method is OAUTH; and the
 * key that verifies them, for any AEF (RFC 7517, at the well-known place of RFC 8414 authorization servers).
 */
import type { Clock } from '../../clock.ts';
import { type accessTokenIssuer, certificateThumbprint } from '../../credentials/access-token.ts';
import { apisPerAef, scopeOfAll } from '../../credentials/access-token-scope.ts';
import { jwkSetOf } from '../../credentials/token-keys.ts';
import type { Call, Route } from '../../transport/http-service.ts';
import {
  readAccessTokenRequest,
  writeAccessTokenRefusal,
  writeAccessTokenResponse,
} from '../../wire/access-token-api.ts';
import type { HttpAnswer } from '../../wire/http-message.ts';
import { writeJsonAnswer } from '../../wire/json-message.ts';
import { callFacts } from '../parties/call-facts.ts';
import type { Enrolment } from '../parties/enrolment.ts';
import type { Registry } from '../services/registry.ts';
import type { Contexts } from './contexts.ts';
import type { SecurityContext } from './security-context.ts';

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
    refuse: ({ socket, parameters }) =>
      options.enrolment.provenInvoker(socket) === parameters.securityId ? undefined : notItself(),
    answer: (call) => issueToken(call, options),
  },
  {
    method: 'GET',
    path: '/.well-known/jwks.json',
    answer: () => writeJsonAnswer(200, jwkSetOf(options.issuer.publicKeyPem), jwkSetType),
  },
];

const jwkSetType = { 'content-type': 'application/jwk-set+json' };

const notItself = () =>
  writeAccessTokenRefusal({ error: 'invalid_client', description: 'an API invoker asks for its own tokens' });

async function issueToken(call: Call, options: TokenOptions): Promise<HttpAnswer> {
  const { contexts, issuer, clock, tokenLifetimeSeconds } = options;
  const read = readAccessTokenRequest(call.body, call.parameters);
  if (read.outcome === 'malformed') return writeAccessTokenRefusal({ error: read.error, description: read.because });
  const { securityId, clientId, scope } = read.value;
  if (clientId !== securityId) return notItself();
  const about = contexts.about(securityId);
  const wanted = scope === undefined ? apisOf(about) : publishedApis(scope, options.registry);
  if (!wanted) {
    const description = 'the scope must name published service APIs by the ids of their AEFs: 3gpp#aefId:apiName';
    return writeAccessTokenRefusal({ error: 'invalid_scope', description });
  }

  const granted = grants(wanted, about, call);
  if (granted.length === 0) {
    return writeAccessTokenRefusal({ error: 'unauthorized_client', description: 'OAUTH is not the selected method' });
  }
  const numbers = numbersPerAef(granted);
  if (!numbers) {
    const description = 'service APIs of one AEF that were negotiated apart have a token each';
    return writeAccessTokenRefusal({ error: 'invalid_scope', description });
  }
  const given = scopeOfAll(granted);
  const token = await issuer.issueAccessToken({
    apiInvokerId: securityId,
    scope: given,
    credential: numbers.size === 1 ? granted[0]!.credential : Object.fromEntries(numbers),
    lifetimeSeconds: tokenLifetimeSeconds,
    certificateThumbprint: certificateThumbprint(call.socket.getPeerCertificate().raw),
    now: clock.now(),
  });
  return writeAccessTokenResponse({ token, expiresIn: tokenLifetimeSeconds, scope: given });
}

type Api = { aefId: string; apiName: string };

/** Without a scope, an invoker asks for all that it may have (RFC 6749 3.3). */
function apisOf(contexts: readonly SecurityContext[]): Api[] {
  const apis = contexts.flatMap(({ aefId, coverage }) => coverage.apiNames.map((apiName) => ({ aefId, apiName })));
  return [...new Map(apis.map((api) => [`${api.aefId} ${api.apiName}`, api])).values()];
}

function publishedApis(scope: string, registry: Registry): Api[] | undefined {
  const apis = [...(apisPerAef(scope) ?? [])].flatMap(([aefId, names]) => names.map((apiName) => ({ aefId, apiName })));
  const isKnown = (api: Api) => registry.servicesOf(api.aefId).some(({ apiName }) => apiName === api.apiName);
  return apis.length > 0 && apis.every(isKnown) ? apis : undefined;
}

/**
 * Of these APIs, those that a context gives a token for, with the number of its negotiation. Where some contexts name the
 * API itself, those that name only its AEF or its interface are not asked: what was negotiated for the API goes before.
 * Of several, which is one for each interface of the API, the one counts that this very connection has negotiated.
 */
function grants(wanted: readonly Api[], contexts: readonly SecurityContext[], call: Call) {
  const answers = new Map<SecurityContext, boolean>();
  const gives = (context: SecurityContext): boolean => {
    const isGiven =
      answers.get(context) ??
      context.ask({ type: 'AccessTokenRequest' }, { facts: callFacts('CAPIF-1e', call) }).type ===
        'AccessTokenResponse';
    answers.set(context, isGiven);
    return isGiven;
  };
  return wanted.flatMap((api) => {
    const about = contexts.filter(({ aefId, coverage }) => aefId === api.aefId && coverage.isAskedFor(api.apiName));
    const named = about.filter(({ subject }) => subject.apiId !== undefined);
    const asked = named.length > 0 ? named : about;
    const giving = asked.find((one) => one.wasNegotiatedOver(call.socket) && gives(one)) ?? asked.find(gives);
    const selection = giving?.negotiated.selection;
    return selection ? [{ ...api, credential: selection.credential }] : [];
  });
}

/** Undefined if one AEF has several: it could not tell which of them a token belongs to. */
function numbersPerAef(granted: readonly (Api & { credential: number })[]): Map<string, number> | undefined {
  const numbers = new Map(granted.map(({ aefId, credential }) => [aefId, credential]));
  return granted.every(({ aefId, credential }) => numbers.get(aefId) === credential) ? numbers : undefined;
}
