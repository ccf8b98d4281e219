/** HTTP on top of a listener: finds the route of a request, reads its body, and answers with what the route says. */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { HttpAnswer, ServiceAnswer } from '../wire/http-message.ts';
import { problemAnswer } from '../wire/problem-details.ts';
import { type Call, type CallHead, ReceivedCall, ReceivedStream, type StreamedCall } from './call.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import { hasBody, readBody } from './request-body.ts';

export type { Call, CallHead, StreamedCall } from './call.ts';

export type Route = Answering<Call> & {
  method: HTTPMethod;
  path: string;
  /** The media type its body must have; none for a route without a body. */
  consumes?: 'application/json' | 'application/merge-patch+json' | 'application/x-www-form-urlencoded';
};

type Answering<C> = {
  /** Where less than the service's own limit is enough. */
  bodyLimitBytes?: number;
  /** The answer to a client that may not make this call at all: asked before its body is read, and again once that is there. */
  refuse?(head: CallHead): HttpAnswer | undefined | Promise<HttpAnswer | undefined>;
  answer(call: C): ServiceAnswer | Promise<ServiceAnswer>;
};

/**
 * Answers with undefined if somebody else has taken the call over, and answers. `refuse` is asked before a body is read, and
 * not where there is none: `answer` refuses, too.
 */
type StreamAnswering = Omit<Answering<StreamedCall>, 'answer'> & {
  answer(call: StreamedCall): ServiceAnswer | undefined | Promise<ServiceAnswer | undefined>;
};

type HttpServiceOptions = {
  routes: readonly Route[];
  /** Answers what no route is for. Without it: 404, or 405 for a path that has another method. */
  otherwise?: StreamAnswering;
  bodyLimitBytes: number;
  /** Hears what went wrong inside; the client is only told that it did. */
  onError(error: unknown): void;
};

/** An exchange with its bodies, for tests: it may have secrets in it. */
export type HttpExchange = {
  method: string;
  url: string;
  requestHeaders: IncomingMessage['headers'];
  requestBody: string;
  status: number;
  answerHeaders: Record<string, string>;
  answerBody: string;
};

/** Whoever subscribes sees each exchange whose request was read whole. */
export const httpExchanges: Channel = channel('capif.http-exchange');

export function httpService({ routes, otherwise, bodyLimitBytes, onError }: HttpServiceOptions) {
  const router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 200 });
  for (const route of routes) router.on(route.method, route.path, () => {}, route);
  const methodsOf = (path: string) => routes.filter(({ method }) => router.find(method, path)).map((r) => r.method);

  return (request: IncomingMessage, response: ServerResponse, facts: ConnectionFacts): void | Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    const found = router.find(method as HTTPMethod, url);
    const route = found?.store as Route | undefined;
    const answering = route ?? otherwise;
    if (!answering) {
      request.resume();
      const allowed = [...new Set(methodsOf(url))];
      if (allowed.length === 0) return send(response, problemAnswer('NOT_FOUND'));
      return send(response, problemAnswer('NOT_ALLOWED', undefined, { allow: allowed.join(', ') }));
    }

    const parameters = (found?.params ?? {}) as Record<string, string>;
    const limitBytes = answering.bodyLimitBytes ?? bodyLimitBytes;
    const exchange = { request, response, limitBytes, onError };
    if (route) return answerWhole(exchange, new ReceivedCall(request, parameters, facts), route);
    return answerStreamed(exchange, new ReceivedStream(request, response, parameters, facts, limitBytes), otherwise!);
  };
}

type Exchange = Pick<HttpServiceOptions, 'onError'> & {
  request: IncomingMessage;
  response: ServerResponse;
  limitBytes: number;
};

const tooLarge = ({ limitBytes }: Exchange) =>
  problemAnswer('TOO_LARGE', `the body may have at most ${limitBytes} bytes`, { connection: 'close' });

/** Whether the client has been refused before its body was read. */
async function isRefused(exchange: Exchange, head: CallHead, { refuse }: Pick<Route, 'refuse'>): Promise<boolean> {
  const { request, response, limitBytes, onError } = exchange;
  try {
    const isTooLarge = Number(request.headers['content-length']) > limitBytes;
    const refused = (await refuse?.(head)) ?? (isTooLarge ? tooLarge(exchange) : undefined);
    if (refused) refuseUnread(request, response, refused);
    return refused !== undefined;
  } catch (error) {
    onError(error);
    refuseUnread(request, response, problemAnswer('INTERNAL'));
    return true;
  }
}

async function answerWhole(exchange: Exchange, call: ReceivedCall, route: Route): Promise<void> {
  const { request, response, limitBytes, onError } = exchange;
  if (await isRefused(exchange, call, route)) return;
  if (hasBody(request)) {
    const read = await readBody(request, limitBytes);
    if ('aborted' in read) return;
    if ('tooLarge' in read) return send(response, tooLarge(exchange));
    call.body = read.body;
  }
  if (route.consumes && call.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== route.consumes) {
    return send(response, problemAnswer('UNSUPPORTED_MEDIA_TYPE', `the body must be ${route.consumes}`));
  }

  try {
    // Who could make it when it began may have ended while its body came.
    const answer = (hasBody(request) && (await route.refuse?.(call))) || (await route.answer(call));
    if (httpExchanges.hasSubscribers) httpExchanges.publish(exchangeOf(call, answer));
    send(response, answer);
  } catch (error) {
    onError(error);
    send(response, problemAnswer('INTERNAL'));
  }
}

const exchangeOf = ({ method, url, headers, body }: Call, answer: ServiceAnswer): HttpExchange => ({
  ...{ method, url, requestHeaders: headers, requestBody: body.toString() },
  ...{ status: answer.status, answerBody: String(answer.body ?? '') },
  answerHeaders: Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  ),
});

async function answerStreamed(exchange: Exchange, call: ReceivedStream, answering: StreamAnswering): Promise<void> {
  const { request, response, onError } = exchange;
  if (hasBody(request) && (await isRefused(exchange, call, answering))) return;
  try {
    const answer = answering.answer(call);
    const given = answer instanceof Promise ? await answer : answer;
    if (given === undefined) return call.takeOver();
    if (call.isTooLarge) endStream(given.body);
    send(response, call.isTooLarge ? tooLarge(exchange) : given, (error) => call.isGone || onError(error));
  } catch (error) {
    if (call.isGone) return;
    if (call.isTooLarge) return send(response, tooLarge(exchange));
    onError(error);
    // Who had taken it over has begun to answer: what is cut is seen not to be whole.
    if (response.headersSent) response.destroy();
    else send(response, problemAnswer('INTERNAL'));
  }
}

/** How long a refused client may go on to send: if it were cut at once, it might never read its answer (RFC 9112 9.6). */
const lingerMs = 2_000;

/** Answers, throws away what still comes, and ends the connection. */
export function refuseUnread(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  if (!hasBody(request)) return send(response, answer);
  const { status, headers, body } = answer;
  if (response.destroyed) return;
  const length = { 'content-length': Buffer.byteLength(body ?? '') };
  response.writeHead(status, { ...length, ...headers, connection: 'close' }).write(body ?? '');
  const timer = setTimeout(() => response.end(), lingerMs);
  request.once('end', () => response.end());
  response.once('close', () => clearTimeout(timer));
  request.resume();
}

/** A stream that fails cuts the connection: the client can tell that its answer is not whole. */
function send(
  response: ServerResponse,
  { status, headers, body }: ServiceAnswer,
  failed: (error: Error) => void = () => {},
): void {
  if (response.destroyed || response.headersSent) return endStream(body);
  if (body instanceof Readable) {
    body.once('error', failed);
    response.writeHead(status, listOf(headers)).flushHeaders();
    pipeline(body, response, () => {});
    return;
  }
  response.writeHead(status, listOf(headers, body)).end(body);
}

/** As node:http takes them fastest: names and values in turns. The length of the body is added where it is not given. */
function listOf(headers: ServiceAnswer['headers'], body?: string | Uint8Array): (string | string[])[] {
  const list: (string | string[])[] = [];
  let isLengthGiven = body === undefined;
  for (const name in headers) {
    list.push(name, headers[name]!);
    isLengthGiven ||= name.toLowerCase() === 'content-length';
  }
  if (!isLengthGiven) list.push('content-length', String(Buffer.byteLength(body!)));
  return list;
}

/** Nobody will read it. */
function endStream(body: ServiceAnswer['body']): void {
  if (body instanceof Readable) body.on('error', () => {}).destroy();
}
