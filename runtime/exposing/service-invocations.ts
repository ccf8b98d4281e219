/**
 * Invocations of the service API: what a request proves about its sender becomes one event, the machines decide,
 * and only an invocation that they admit is executed (6.5.2, 6.7, TS 29.122 7.2).
 */
import type { RequestListener } from 'node:http';
import { finished } from 'node:stream';
import type { Message } from '../../machines/messages.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { inWords } from '../transport/connection-facts.ts';
import type { CallHead, StreamedCall } from '../transport/http-service.ts';
import { whenThere } from '../when-there.ts';
import type { HttpAnswer, ServiceAnswer } from '../wire/http-message.ts';
import { answerOfService, problemAnswer, securityMethodMismatch } from '../wire/problem-details.ts';
import { eventOf, type Sender, type SenderOptions, sendersOf } from './invocation-sender.ts';
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

/** Undefined where a listener answers. */
type Given = ServiceAnswer | undefined;
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
  const senderOf = sendersOf(options);

  /** Strangers are refused before they send a body. */
  async function refuse(head: CallHead): Promise<HttpAnswer | undefined> {
    if (isOfAnotherApi(head)) return otherApi;
    const sender = await senderOf(head);
    return 'unauthenticated' in sender ? refusal(decided(head, sender).type, sender) : undefined;
  }

  const root = `/${apiName}`;
  const isOfAnotherApi = ({ url }: CallHead) =>
    !(url.startsWith(root) && [undefined, '/', '?'].includes(url[root.length]));
  const otherApi = problemAnswer('NOT_FOUND', `this AEF serves the API "${apiName}"`);

  function answer(call: StreamedCall): Given | Promise<Given> {
    if (isOfAnotherApi(call)) return otherApi;
    const sender = accessControl ? accessControl.refreshed().then(() => senderOf(call)) : senderOf(call);
    return whenThere<Sender, Given>(sender, (sender) => answerTo(sender, call));
  }

  /** From here to the answer of the machines nothing waits: the methods cannot change in between. */
  function answerTo(sender: Sender, call: StreamedCall): Given | Promise<Given> {
    const { type } = decided(call, sender);
    if ('unauthenticated' in sender) return refusal(type, sender);
    const give = () => (type === 'ServiceApiInvocationResponse' ? served(call, sender) : refusal(type, sender));
    return logging ? logged(logging.begin(call, sender.apiInvokerId), call, give) : give();
  }

  function served(call: StreamedCall, sender: KnownSender): Given | Promise<Given> {
    if (!accessControl) return executed(call, sender);
    return accessControl.refusal(sender.apiInvokerId).then((refused) => refused ?? executed(call, sender));
  }

  function executed(call: StreamedCall, sender: KnownSender): Given | Promise<Given> {
    const { serve } = options;
    if (typeof serve === 'function') return whenThere(serve(admitted(call, sender)), answerOfService);
    const { apiInvokerId, method: securityMethod } = sender;
    return handOver(call, { apiInvokerId, securityMethod }, serve.listener).then(() => undefined);
  }

  function decided(call: CallHead, sender: Sender): Message {
    const apiInvokerId = 'unauthenticated' in sender ? undefined : sender.apiInvokerId;
    const { tls, suite, proof } = call.facts;
    const end = call.url.indexOf('?');
    const request = `${call.method} ${end < 0 ? call.url : call.url.slice(0, end)}`;
    const facts = {
      referencePoint: 'CAPIF-2e',
      from: apiInvokerId ?? 'unknown',
      to: aefId,
      request,
      tls,
      suite,
      proof: inWords(proof),
    };
    return decide(eventOf(sender), { exchange: apiInvokerId, facts });
  }

  return { refuse, answer };
}

async function logged(
  answered: ReturnType<InvocationLogging['begin']>,
  { response }: StreamedCall,
  give: () => Given | Promise<Given>,
): Promise<Given> {
  try {
    const given = await give();
    if (given) await answered(given.status);
    else finished(response, () => answered(response.statusCode));
    return given;
  } catch (error) {
    await answered(500);
    throw error;
  }
}

function admitted(call: StreamedCall, { apiInvokerId, method: securityMethod }: KnownSender): AdmittedInvocation {
  return {
    method: call.method,
    url: call.url,
    headers: withoutToken(call.headers),
    apiInvokerId,
    securityMethod,
    get body() {
      return call.body;
    },
    get signal() {
      return call.signal;
    },
  };
}

/** The token is for this AEF: a service that had it could invoke in the invoker's name. */
function withoutToken(headers: StreamedCall['headers']): StreamedCall['headers'] {
  if (headers.authorization === undefined) return headers;
  const { authorization: _, ...others } = headers;
  return others;
}

function refusal(type: string, sender: Sender): HttpAnswer {
  if (type === 'IncorrectMethodFailure') return securityMethodMismatch();
  if (type === 'NotAuthorizedFailure')
    return problemAnswer('NOT_AUTHORIZED', 'this API invoker may not invoke this service API');
  const because =
    'unauthenticated' in sender ? sender.unauthenticated : 'POST /aef-security/v1/check-authentication first';
  return problemAnswer('NOT_AUTHENTICATED', because);
}
