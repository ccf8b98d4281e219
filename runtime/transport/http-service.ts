/** HTTP on top of a listener: finds the route of a request, reads its body, and answers with what the route says. */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { HttpAnswer, ServiceAnswer } from '../wire/http-message.ts';
import { problemAnswer } from '../wire/problem-details.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import { BodyTooLarge, limited, readBody, streamedBody } from './request-body.ts';

/** What is known of a call before its body has been read. */
export type CallHead = Omit<Call, 'body'>;

export type Call = {
  method: string;
  /** Path and query as they were sent. */
  url: string;
  parameters: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  /** Each header as often as it was sent, where `headers` has only the first. */
  headersDistinct: IncomingMessage['headersDistinct'];
  body: Buffer;
  socket: TLSSocket;
  facts: ConnectionFacts;
};

/**
 * A call whose body is read while it comes. `signal`: aborted if the client goes away before it has the whole answer.
 * `request` and `response` are for who takes the call over: then nobody asks for `body`.
 */
export type StreamedCall = CallHead & {
  readonly body: Readable;
  signal: AbortSignal;
  request: IncomingMessage;
  response: ServerResponse;
};

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

/** Answers with undefined if somebody else has taken the call over, and answers. */
type StreamAnswering = Omit<Answering<StreamedCall>, 'answer'> & {
  answer(call: StreamedCall): Promise<ServiceAnswer | undefined>;
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

  return async (request: IncomingMessage, response: ServerResponse, facts: ConnectionFacts): Promise<void> => {
    const { method = 'GET', url = '/', headers } = request;
    const found = router.find(method as HTTPMethod, url);
    const route = found?.store as Route | undefined;
    const answering = route ?? otherwise;
    if (!answering) {
      request.resume();
      const allowed = [...new Set(methodsOf(url))];
      if (allowed.length === 0) return send(response, problemAnswer('NOT_FOUND'));
      return send(response, problemAnswer('NOT_ALLOWED', undefined, { allow: allowed.join(', ') }));
    }

    const head: CallHead = {
      method,
      url,
      parameters: (found?.params ?? {}) as Record<string, string>,
      query: new URLSearchParams(url.split('?')[1]),
      headers,
      headersDistinct: request.headersDistinct,
      socket: request.socket as TLSSocket,
      facts,
    };
    try {
      const refused = await answering.refuse?.(head);
      if (refused) return refuseUnread(request, response, refused);
    } catch (error) {
      onError(error);
      return refuseUnread(request, response, problemAnswer('INTERNAL'));
    }

    const limitBytes = answering.bodyLimitBytes ?? bodyLimitBytes;
    const tooLarge = () =>
      problemAnswer('TOO_LARGE', `the body may have at most ${limitBytes} bytes`, { connection: 'close' });
    if (Number(headers['content-length']) > limitBytes) return refuseUnread(request, response, tooLarge());
    if (!route) return answerStreamed(request, response, head, otherwise!, { limitBytes, tooLarge, onError });
    const read = await readBody(request, limitBytes);
    if ('aborted' in read) return;
    if ('tooLarge' in read) return send(response, tooLarge());
    if (route.consumes && headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== route.consumes) {
      return send(response, problemAnswer('UNSUPPORTED_MEDIA_TYPE', `the body must be ${route.consumes}`));
    }

    try {
      // Who could make it when it began may have ended while its body came.
      const answer = (await route.refuse?.(head)) ?? (await route.answer({ ...head, body: read.body }));
      if (httpExchanges.hasSubscribers) httpExchanges.publish(exchangeOf(head, read.body, answer));
      send(response, answer);
    } catch (error) {
      onError(error);
      send(response, problemAnswer('INTERNAL'));
    }
  };
}

const exchangeOf = ({ method, url, headers }: CallHead, requestBody: Buffer, answer: ServiceAnswer): HttpExchange => ({
  ...{ method, url, requestHeaders: headers, requestBody: requestBody.toString() },
  ...{ status: answer.status, answerBody: String(answer.body ?? '') },
  answerHeaders: Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  ),
});

type Streaming = { limitBytes: number; tooLarge(): HttpAnswer; onError(error: unknown): void };

async function answerStreamed(
  request: IncomingMessage,
  response: ServerResponse,
  head: CallHead,
  { answer }: StreamAnswering,
  { limitBytes, tooLarge, onError }: Streaming,
): Promise<void> {
  const gone = new AbortController();
  const { signal } = gone;
  let isTakenOver = false;
  let stream: Readable | undefined;
  const bodyOf = () => (stream ??= streamedBody(request, limitBytes));
  response.once('close', () => {
    const error = response.writableFinished ? undefined : new Error('the client has gone away');
    if (error) gone.abort(error);
    if (!isTakenOver) bodyOf().destroy(error);
  });
  const call: StreamedCall = {
    ...head,
    signal,
    get request() {
      return limited(request, limitBytes);
    },
    response,
    get body() {
      return bodyOf();
    },
  };
  const isTooLarge = () => stream?.errored instanceof BodyTooLarge;
  try {
    const given = await answer(call);
    isTakenOver = given === undefined;
    if (given === undefined) return;
    if (isTooLarge()) endStream(given.body);
    send(response, isTooLarge() ? tooLarge() : given, (error) => signal.aborted || onError(error));
  } catch (error) {
    if (signal.aborted) return;
    if (isTooLarge()) return send(response, tooLarge());
    onError(error);
    // Who had taken it over has begun to answer: what is cut is seen not to be whole.
    if (response.headersSent) response.destroy();
    else send(response, problemAnswer('INTERNAL'));
  }
}

/** How long a refused client may go on to send: if it were cut at once, it might never read its answer (RFC 9112 9.6). */
const lingerMs = 2_000;

/** Answers, throws away what still comes, and ends the connection. */
function refuseUnread(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (!hasBody) return send(response, answer);
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
    response.writeHead(status, { ...headers }).flushHeaders();
    pipeline(body, response, () => {});
    return;
  }
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...length, ...headers }).end(body);
}

/** Nobody will read it. */
function endStream(body: ServiceAnswer['body']): void {
  if (body instanceof Readable) body.on('error', () => {}).destroy();
}
