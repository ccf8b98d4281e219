/** What an application asks for, in any shape that `fetch` takes, checked before anything is done for it. */
import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';
import { types } from 'node:util';

type Bodies = Exclude<ConstructorParameters<typeof Request>[1], undefined>['body'];
type HeaderShapes = ConstructorParameters<typeof Headers>[0];

export type InvocationInit = {
  /** Any method but CONNECT, TRACE and TRACK. GET and HEAD have no body. */
  method?: string;
  headers?: HeaderShapes | OutgoingHttpHeaders | Iterable<readonly [string, string]>;
  /** A stream is read to its end before anything is sent. */
  body?: Bodies | AsyncIterable<Uint8Array>;
  signal?: AbortSignal | null;
};

export type WantedInvocation = {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  signal: AbortSignal | undefined;
  body: (() => Promise<Buffer>) | undefined;
};

/** They say where a message ends, or concern one connection alone (RFC 9110 7.6.1): they are the transport's. */
const headersOfTheTransport = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Throws a TypeError that names what is wrong. `Request` checks the rest, and gives a body its content type. */
export function wantedInvocation(target: string | URL, init: InvocationInit = {}): WantedInvocation {
  const { method = 'GET', body, signal } = init;
  const path = pathOf(target);
  if (signal && !(signal instanceof AbortSignal)) throw new TypeError('the signal is not an AbortSignal');
  const request = new Request('https://aef.invalid/', {
    method: String(method).toUpperCase(),
    headers: headersOf(init.headers),
    ...(body === undefined || body === null ? {} : { body: checkedBody(body), duplex: 'half' as const }),
  });
  return {
    method: request.method,
    path,
    headers: { 'accept-encoding': 'gzip, deflate, br', ...Object.fromEntries(request.headers) },
    signal: signal ?? undefined,
    body: request.body ? async () => Buffer.from(await request.arrayBuffer()) : undefined,
  };
}

/** Of a URL, the path and the query: where the AEF is, the core says. A text goes out as it is, without its fragment. */
function pathOf(target: string | URL): string {
  if (target instanceof URL) return target.pathname + target.search;
  if (typeof target !== 'string') throw new TypeError('the path is neither a string nor a URL');
  if (/^https?:\/\//i.test(target)) return pathOf(new URL(target));
  if (!target.startsWith('/')) throw new TypeError('the path does not begin with "/"');
  const [path = ''] = target.split('#');
  if (/[^\x21-\x7e]/.test(path)) {
    throw new TypeError('the path has a space, a control character or a non-ASCII one: percent-encode it');
  }
  return path;
}

function headersOf(given: InvocationInit['headers']): Headers {
  const pairs: Iterable<unknown> = isIterable(given) ? given : Object.entries(given ?? {});
  const headers = new Headers();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new TypeError('a header is not a pair of name and value');
    const [name, value] = pair;
    for (const one of [value].flat()) {
      validateHeaderName(name);
      if (headersOfTheTransport.has(name.toLowerCase())) {
        throw new TypeError(`the header "${name}" belongs to the transport: an application does not set it`);
      }
      if (typeof one !== 'string' && typeof one !== 'number') {
        throw new TypeError(`the value of the header "${name}" is not a string`);
      }
      validateHeaderValue(name, String(one));
      headers.append(name, String(one));
    }
  }
  return headers;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

/** `Request` would send "[object Object]" for anything else. */
function checkedBody(body: NonNullable<InvocationInit['body']>): NonNullable<Bodies> {
  const isOfFetch =
    typeof body === 'string' ||
    types.isArrayBuffer(body) ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData ||
    body instanceof URLSearchParams ||
    (typeof body === 'object' && Symbol.asyncIterator in body);
  if (!isOfFetch) {
    throw new TypeError(`the body is not of a type that fetch takes: ${Object.prototype.toString.call(body)}`);
  }
  return body as NonNullable<Bodies>;
}
