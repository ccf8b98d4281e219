/**
 * Invocations of the service API: what a request proves about its sender becomes one event, the machines decide,
 * and only an invocation that they admit is executed (6.5.2, 6.7, TS 29.122 7.2).
 */

import type { apiExposingFunction } from '../../machines/api-exposing-function.ts';
import type { Message } from '../../machines/messages.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Clock } from '../clock.ts';
import type { accessTokenVerifier } from '../credentials/access-token.ts';
import { permits } from '../credentials/access-token-scope.ts';
import { provenIdentity } from '../credentials/certificate-identity.ts';
import type { Participant } from '../participant.ts';
import type { Call } from '../transport/http-service.ts';
import type { HttpAnswer } from '../wire/http-message.ts';
import { problemAnswer, securityMethodMismatch } from '../wire/problem-details.ts';
import type { Admissions, Exchange } from './admissions.ts';

/** An invocation that was admitted, by whom and under which method. */
export type AdmittedInvocation = Pick<Call, 'method' | 'url' | 'headers' | 'body'> & {
  apiInvokerId: string;
  securityMethod: SecurityMethod;
};
export type ServiceHandler = (invocation: AdmittedInvocation) => HttpAnswer | Promise<HttpAnswer>;

type Machine = Participant<typeof apiExposingFunction, Exchange>;

/** What the credential of a request proves. `apis`: the service APIs it may invoke, if that is known. */
type Sender =
  | { apiInvokerId: string; method: SecurityMethod; credential: number; mayInvoke: boolean }
  | { unauthenticated: string };

export type ServiceInvocationsOptions = {
  aefId: string;
  apiName: string;
  serve: ServiceHandler;
  admissions: Admissions;
  verifier: ReturnType<typeof accessTokenVerifier>;
  clock: Clock;
  decide: Machine['tell'];
};

export function serviceInvocations(options: ServiceInvocationsOptions) {
  const { aefId, apiName, serve, admissions, verifier, clock, decide } = options;
  const named = (apiInvokerId: string) => admissions.apisOf(apiInvokerId)?.includes(apiName) ?? true;

  async function senderOf({ socket, facts: { proof }, headers }: Call): Promise<Sender> {
    if (proof.by === 'PSK') {
      const { identity, credential } = proof;
      return { apiInvokerId: identity, method: 'PSK', credential, mayInvoke: named(identity) };
    }
    const certificate = proof.by === 'certificate' ? proof.certificate.raw : undefined;
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token) {
      const verified = await verifier.verify(token, { aefId, now: clock.now(), certificate });
      if (verified.outcome === 'expired') return { unauthenticated: 'the access token has expired' };
      if (verified.outcome === 'invalid')
        return { unauthenticated: `the access token is not valid: ${verified.because}` };
      const { apiInvokerId, credential, scope } = verified;
      return { apiInvokerId, method: 'OAUTH', credential, mayInvoke: permits(scope, aefId, apiName) };
    }
    const identity = provenIdentity(socket);
    if (identity?.role !== 'apiInvoker')
      return { unauthenticated: 'no TLS-PSK, no API invoker certificate, no access token' };
    const credential = admissions.credentialOf(identity.id);
    return { apiInvokerId: identity.id, method: 'PKI', credential, mayInvoke: named(identity.id) };
  }

  /** From the moment the sender is known until the answer is there, nothing waits: the methods cannot change in between. */
  function decision(sender: Sender, facts: TransportFacts): Message {
    let message: Message | undefined;
    const apiInvokerId = 'unauthenticated' in sender ? '' : sender.apiInvokerId;
    const exchange: Exchange = {
      apiInvokerId,
      answer: (said) => {
        message = said;
      },
    };
    decide(eventOf(sender), { exchange, facts });
    if (!message) throw new Error('the machines gave no answer to an invocation');
    return message;
  }

  async function invoke(call: Call): Promise<HttpAnswer> {
    if (call.url.split('/')[1]?.split('?')[0] !== apiName)
      return problemAnswer('NOT_FOUND', `this AEF serves the API "${apiName}"`);
    const sender = await senderOf(call);
    const { tls, suite } = call.facts;
    const from = 'unauthenticated' in sender ? 'unknown' : sender.apiInvokerId;
    const facts = {
      referencePoint: 'CAPIF-2e',
      from,
      to: aefId,
      request: `${call.method} ${call.url.split('?')[0]}`,
      tls,
      suite,
    };
    const message = decision(sender, facts);
    switch (message.type) {
      case 'ServiceApiInvocationResponse': {
        if ('unauthenticated' in sender) throw new Error('an unauthenticated invocation was admitted');
        const { method, url, headers, body } = call;
        return serve({ method, url, headers, body, apiInvokerId: sender.apiInvokerId, securityMethod: sender.method });
      }
      case 'IncorrectMethodFailure':
        return securityMethodMismatch();
      case 'NotAuthorizedFailure':
        return problemAnswer('NOT_AUTHORIZED', 'this API invoker may not invoke this service API');
      default: {
        const because =
          'unauthenticated' in sender ? sender.unauthenticated : 'POST /aef-security/v1/check-authentication first';
        return problemAnswer('NOT_AUTHENTICATED', because, { 'www-authenticate': 'Bearer' });
      }
    }
  }

  return invoke;
}

function eventOf(sender: Sender) {
  if ('unauthenticated' in sender) return { type: 'invocation.unauthenticated', credential: 0 } as const;
  const { method, credential, mayInvoke } = sender;
  if (!mayInvoke) return { type: 'invocation.unauthorized', credential } as const;
  return { type: 'ServiceApiInvocation', method, credential } as const;
}
