/** CAPIF_Security_API (TS 29.222 8.5): security contexts and tokens for invokers, keys and rights for exposing functions. */
import type { MessageToInvoker } from '../../machines/messages.ts';
import type { Clock } from '../clock.ts';
import { type accessTokenIssuer, certificateThumbprint } from '../credentials/access-token.ts';
import { apisPerAef, scopeOf } from '../credentials/access-token-scope.ts';
import { AefPskUnavailable } from '../credentials/aef-psk.ts';
import type { Call, Route } from '../transport/http-service.ts';
import { readAccessTokenRequest, writeAccessTokenRefusal, writeAccessTokenResponse } from '../wire/access-token-api.ts';
import { type HttpAnswer, writeNoContent } from '../wire/http-message.ts';
import { malformedAnswer, problemAnswer } from '../wire/problem-details.ts';
import {
  readSecurityMethodRequest,
  type SelectedMethod,
  writeSecurityMethodResponse,
  writeSecurityMethodUpdateResponse,
} from '../wire/security-api.ts';
import {
  readDeleteSecurityContextRequest,
  readRevokeServiceApisRequest,
  readSecurityInformationRequest,
  writeSecurityInformationResponse,
} from '../wire/security-information-api.ts';
import { callFacts } from './call-facts.ts';
import type { Contexts } from './contexts.ts';
import type { Enrolment } from './enrolment.ts';
import type { Registry } from './registry.ts';

export type SecurityRoutesOptions = {
  enrolment: Enrolment;
  registry: Registry;
  contexts: Contexts;
  issuer: ReturnType<typeof accessTokenIssuer>;
  clock: Clock;
  tokenLifetimeSeconds: number;
  trustAnchorPem: string;
  tokenKeyPem: string;
};

const notItself = () => problemAnswer('NOT_AUTHENTICATED', 'an API invoker speaks for itself, by its own certificate');
const notAnAef = () => problemAnswer('NOT_AUTHENTICATED', 'only a registered AEF may ask this, by its certificate');

export function securityRoutes(options: SecurityRoutesOptions): Route[] {
  const { enrolment, registry, contexts, issuer, clock, tokenLifetimeSeconds, trustAnchorPem, tokenKeyPem } = options;

  /**
   * Each entry is a negotiation of its own (6.3.1: per AEF); an entry that is left out stays as it is (R23). One that is
   * refused is answered without a method, so that what was negotiated for the others is told; only if all are, it is an error.
   */
  function negotiate(call: Call, type: 'SecurityMethodRequest' | 'SecurityMethodUpdateRequest'): HttpAnswer {
    const read = readSecurityMethodRequest(call.body, call.parameters);
    if (read.outcome === 'malformed') return malformedAnswer(read);
    const { apiInvokerId, entries, notificationDestination } = read.value;
    if (enrolment.provenInvoker(call.socket) !== apiInvokerId) return notItself();
    const unknown = entries.findIndex(({ aefId }) => !registry.interfaceOf(aefId));
    if (unknown >= 0) {
      const param = `/securityInfo/${unknown}/aefId`;
      const reason = 'names no AEF that is published';
      return malformedAnswer({
        outcome: 'malformed',
        because: `${param} ${reason}`,
        invalidParams: [{ param, reason }],
      });
    }
    if (new Set(entries.map(({ aefId }) => aefId)).size < entries.length) {
      return problemAnswer('MALFORMED', 'an AEF may be named once only');
    }

    const selected: SelectedMethod[] = [];
    const refusals: HttpAnswer[] = [];
    for (const entry of entries) {
      const context = contextOf(apiInvokerId, entry.aefId);
      if (!context) return problemAnswer('NOT_AUTHORIZED', 'this API invoker is not onboarded');
      const { supported } = entry;
      const message = context.ask({ type, supported }, call.socket, callFacts('CAPIF-1e', call));
      if (message instanceof AefPskUnavailable) return problemAnswer('UNAVAILABLE', `no AEFPSK: ${message.message}`);
      const refused = refusalOf(message as MessageToInvoker);
      if (refused) refusals.push(refused);
      if (message?.type === 'SecurityMethodResponse') {
        selected.push({ ...entry, selected: message.selected, credential: message.credential });
      } else selected.push(entry);
    }
    const [refusal] = refusals;
    if (refusal && refusals.length === entries.length) return refusal;
    const security = { entries: selected, notificationDestination };
    if (type === 'SecurityMethodUpdateRequest') return writeSecurityMethodUpdateResponse(security);
    return writeSecurityMethodResponse(apiInvokerId, security);
  }

  /** An invoker that has been offboarded has no new contexts; those it had answer for themselves. */
  const contextOf = (apiInvokerId: string, aefId: string) =>
    contexts.find(apiInvokerId, aefId) ??
    (enrolment.isOnboarded(apiInvokerId) ? contexts.of(apiInvokerId, aefId) : undefined);

  async function issueToken(call: Call): Promise<HttpAnswer> {
    const read = readAccessTokenRequest(call.body, call.parameters);
    if (read.outcome === 'malformed') return writeAccessTokenRefusal({ error: read.error, description: read.because });
    const { securityId, clientId, scope } = read.value;
    if (enrolment.provenInvoker(call.socket) !== securityId || clientId !== securityId) {
      return writeAccessTokenRefusal({
        error: 'invalid_client',
        description: 'an API invoker asks for its own tokens',
      });
    }
    const asked = apisPerAef(scope ?? '');
    const [aefId, ...others] = asked ? [...asked.keys()] : [];
    const apiNames = aefId === undefined ? [] : (asked?.get(aefId) ?? []);
    const known = aefId === undefined ? [] : registry.apiNamesOf(aefId);
    if (aefId === undefined || others.length > 0 || !apiNames.every((name) => known.includes(name))) {
      const description = 'the scope must name published APIs of one AEF: 3gpp#aefId:apiName';
      return writeAccessTokenRefusal({ error: 'invalid_scope', description });
    }

    const context = contexts.find(securityId, aefId);
    const message = context?.ask({ type: 'AccessTokenRequest' }, call.socket, callFacts('CAPIF-1e', call));
    if (!context || !message || message instanceof AefPskUnavailable || message.type !== 'AccessTokenResponse') {
      return writeAccessTokenRefusal({ error: 'unauthorized_client', description: 'OAUTH is not the selected method' });
    }
    const token = await issuer.issueAccessToken({
      apiInvokerId: securityId,
      scope: scopeOf(aefId, apiNames),
      credential: context.snapshot().context.credential,
      lifetimeSeconds: tokenLifetimeSeconds,
      certificateThumbprint: certificateThumbprint(call.socket.getPeerCertificate().raw),
      now: clock.now(),
    });
    return writeAccessTokenResponse({ token, expiresIn: tokenLifetimeSeconds, scope: scopeOf(aefId, apiNames) });
  }

  function giveSecurityInformation(call: Call): HttpAnswer {
    const read = readSecurityInformationRequest(call.parameters);
    if (read.outcome === 'malformed') return malformedAnswer(read);
    const aef = enrolment.provenFunction(call.socket, 'AEF');
    if (!aef) return notAnAef();
    const context = contexts.find(read.value.apiInvokerId, aef.id);
    const message = context?.ask({ type: 'SecurityInformationRequest' }, call.socket, callFacts('CAPIF-3', call));
    if (
      !context ||
      !message ||
      message instanceof AefPskUnavailable ||
      message.type !== 'SecurityInformationResponse'
    ) {
      return problemAnswer('SECURITY_CONTEXT_NOT_FOUND', 'this API invoker has no security context about this AEF');
    }
    return writeSecurityInformationResponse({
      aefId: aef.id,
      selected: context.snapshot().context.selected,
      credential: message.credential,
      aefPsk: context.aefPsk(),
      trustAnchorPem,
      tokenKeyPem,
      apiNames: registry.apiNamesOf(aef.id),
    });
  }

  /** An AEF revokes for itself: what an invoker may do at another AEF is not its to take away. */
  function revoke(
    call: Call,
    { apiInvokerId, aefId }: { apiInvokerId: string; aefId?: string | undefined },
  ): HttpAnswer {
    const aef = enrolment.provenFunction(call.socket, 'AEF');
    if (!aef) return notAnAef();
    if (aefId !== undefined && aefId !== aef.id) return problemAnswer('NOT_AUTHORIZED', 'an AEF revokes for itself');
    const context = contexts.find(apiInvokerId, aef.id);
    if (!context)
      return problemAnswer('SECURITY_CONTEXT_NOT_FOUND', 'this API invoker has no security context about this AEF');
    context.tell({ type: 'authorization.revoked' }, { facts: callFacts('CAPIF-3', call) });
    return writeNoContent();
  }

  const contextPath = '/capif-security/v1/trustedInvokers/:apiInvokerId';
  return [
    {
      method: 'PUT',
      path: contextPath,
      consumes: 'application/json',
      answer: (call) => negotiate(call, 'SecurityMethodRequest'),
    },
    {
      method: 'POST',
      path: `${contextPath}/update`,
      consumes: 'application/json',
      answer: (call) => negotiate(call, 'SecurityMethodUpdateRequest'),
    },
    { method: 'GET', path: contextPath, answer: giveSecurityInformation },
    {
      method: 'DELETE',
      path: contextPath,
      answer(call) {
        const read = readDeleteSecurityContextRequest(call.parameters);
        return read.outcome === 'malformed' ? malformedAnswer(read) : revoke(call, read.value);
      },
    },
    {
      method: 'POST',
      path: `${contextPath}/delete`,
      consumes: 'application/json',
      answer(call) {
        const read = readRevokeServiceApisRequest(call.body, call.parameters);
        return read.outcome === 'malformed' ? malformedAnswer(read) : revoke(call, read.value);
      },
    },
    {
      method: 'POST',
      path: '/capif-security/v1/securities/:securityId/token',
      consumes: 'application/x-www-form-urlencoded',
      answer: issueToken,
    },
  ];
}

function refusalOf(message: MessageToInvoker | undefined): HttpAnswer | undefined {
  switch (message?.type) {
    case 'SecurityMethodResponse':
    case 'NoCommonMethod':
      return undefined;
    case 'SecurityContextNotFound':
      return problemAnswer('SECURITY_CONTEXT_NOT_FOUND', 'PUT the security context first');
    default:
      return problemAnswer('NOT_AUTHORIZED', 'this API invoker is not authorised');
  }
}
