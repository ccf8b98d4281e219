/**
 * Invocations of the service API: what a request proves about its sender becomes one event, the machines decide,
 * and only an invocation that they admit is executed (6.5.2, 6.7, TS 29.122 7.2).
 */
import type { RequestListener } from 'node:http';
import { finished } from 'node:stream';
import type { Message } from '../../machines/messages.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { CallHead, StreamedCall } from '../transport/http-service.ts';
import type { HttpAnswer, ServiceAnswer } from '../wire/http-message.ts';
import { answerOfService, problemAnswer, securityMethodMismatch } from '../wire/problem-details.ts';
import { eventOf, type Sender, type SenderOptions, senderOf } from './invocation-sender.ts';
import type { AccessControl } from './invocations/access-control.ts';
import type { InvocationLogging } from './invocations/invocation-logging.ts';
import { handOver } from './request-listener.ts';
import type { SecurityMethods } from './security-methods.ts';

/** An invocation that was admitted, by whom and under which method; its body is still on its way. */
export type AdmittedInvocation = Pick<StreamedCall, 'method' | 'url' | 'headers' | 'body' | 'signal'> & {
  apiInvokerId: string;
  securityMethod: SecurityMethod;
};
export type ServiceHandler = (invocation: AdmittedInvocation) => ServiceAnswer | Promise<ServiceAnswer>;
/** What executes invocations: a function, or an application of node:http, as `express()` makes them. */
export type Service = ServiceHandler | { listener: RequestListener };

type KnownSender = Exclude<Sender, { unauthenticated: string }>;
type ServiceInvocationsOptions = SenderOptions & {
  serve: Service;
  decide: SecurityMethods['decide'];
  /** Whether an invocation that was admitted is within the policies of the core; without it, each is. */
  accessControl: AccessControl | undefined;
  /** Hears of every invocation whose sender is known, and how it was answered. */
  logging: InvocationLogging | undefined;
};

export function serviceInvocations(options: ServiceInvocationsOptions) {
  const { aefId, apiName, decide, accessControl, logging } = options;

  /** Strangers are refused before they send a body. */
  async function refuse(head: CallHead): Promise<HttpAnswer | undefined> {
    if (head.url.split('/')[1]?.split('?')[0] !== apiName)
      return problemAnswer('NOT_FOUND', `this AEF serves the API "${apiName}"`);
    const sender = await senderOf(head, options);
    return 'unauthenticated' in sender ? refusal(decided(head, sender).type, sender) : undefined;
  }

  async function answer(call: StreamedCall): Promise<ServiceAnswer | undefined> {
    await accessControl?.refreshed();
    const sender = await senderOf(call, options);
    // From here to the answer of the machines nothing waits: the methods cannot change in between.
    const message = decided(call, sender);
    if ('unauthenticated' in sender) return refusal(message.type, sender);
    const answered = logging?.begin(call, sender.apiInvokerId);
    try {
      const given =
        message.type === 'ServiceApiInvocationResponse' ? await served(call, sender) : refusal(message.type, sender);
      if (given) await answered?.(given.status);
      else finished(call.response, () => answered?.(call.response.statusCode));
      return given;
    } catch (error) {
      await answered?.(500);
      throw error;
    }
  }

  async function served(call: StreamedCall, sender: KnownSender): Promise<ServiceAnswer | undefined> {
    const refused = await accessControl?.refusal(sender.apiInvokerId);
    if (refused) return refused;
    const { serve } = options;
    if (typeof serve === 'function') return answerOfService(await serve(admitted(call, sender)));
    const { apiInvokerId, method: securityMethod } = sender;
    await handOver(call, { apiInvokerId, securityMethod }, serve.listener);
    return undefined;
  }

  function decided(call: CallHead, sender: Sender): Message {
    const apiInvokerId = 'unauthenticated' in sender ? undefined : sender.apiInvokerId;
    const { tls, suite } = call.facts;
    const request = `${call.method} ${call.url.split('?')[0]}`;
    const facts = { referencePoint: 'CAPIF-2e', from: apiInvokerId ?? 'unknown', to: aefId, request, tls, suite };
    return decide(eventOf(sender), { exchange: apiInvokerId, facts });
  }

  return { refuse, answer };
}

function admitted({ method, url, headers, body, signal }: StreamedCall, sender: KnownSender): AdmittedInvocation {
  // The token is for this AEF: a service that had it could invoke in the invoker's name.
  const { authorization: _, ...others } = headers;
  const { apiInvokerId, method: securityMethod } = sender;
  return { method, url, headers: others, body, signal, apiInvokerId, securityMethod };
}

function refusal(type: string, sender: Sender): HttpAnswer {
  if (type === 'IncorrectMethodFailure') return securityMethodMismatch();
  if (type === 'NotAuthorizedFailure')
    return problemAnswer('NOT_AUTHORIZED', 'this API invoker may not invoke this service API');
  const because =
    'unauthenticated' in sender ? sender.unauthenticated : 'POST /aef-security/v1/check-authentication first';
  return problemAnswer('NOT_AUTHENTICATED', because);
}
