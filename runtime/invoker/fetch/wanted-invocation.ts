/** What an application asks for, in any shape that `fetch` takes, checked before anything is done for it. */
import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';
import { types } from 'node:util';
import { RepeatedBody } from './repeated-body.ts';

type InitOfFetch = Exclude<ConstructorParameters<typeof Request>[1], undefined>;
type Bodies = InitOfFetch['body'];
type HeaderShapes = ConstructorParameters<typeof Headers>[0];

/** A URL, or the path of one: `/apiName/version/…` after the prefix of the interface, if it has one. */
export type InvocationInput = string | URL | Request;

export type InvocationInit = {
  /** The AEF, where several expose the API. */
  aefId?: string;
  /** Any method but CONNECT, TRACE and TRACK. GET and HEAD have no body. */
  method?: string;
  headers?: HeaderShapes | OutgoingHttpHeaders | Iterable<readonly [string, string]>;
  /**
   * A stream goes out as it comes. After a mismatch or a redirection it can go out again as long as it is at most 1 MiB; else the
   * call rejects with the code `bodyUsed`, and is not executed.
   */
  body?: Bodies | AsyncIterable<Uint8Array>;
  signal?: AbortSignal | null;
  /**
   * By default they are followed, as far as the server there proves to be the same AEF: one that leads elsewhere is the answer.
   * `manual`: each is the answer. `error`: each rejects.
   */
  redirect?: Redirect;
  /** For streams as `fetch` has it: the whole request goes out before the answer is given. */
  duplex?: 'half';
};

type Redirect = (typeof redirects)[number];
const redirects = ['follow', 'manual', 'error'] as const;

/** Where it goes: the origin is that of a URL, as `https://host:port`, and must be of a published interface. */
export type Target = { aefId: string | undefined; origin: string | undefined; path: string };

export type WantedInvocation = Target & {
  method: string;
  headers: OutgoingHttpHeaders;
  signal: AbortSignal | undefined;
  redirect: Redirect;
  body: (() => Promise<Buffer | RepeatedBody>) | undefined;
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
export function wantedInvocation(input: InvocationInput, init: InvocationInit = {}): WantedInvocation {
  const given: Partial<Request> = isRequest(input) ? input : {};
  const { aefId, method = given.method ?? 'GET', headers = given.headers, signal = given.signal } = init;
  const { redirect = given.redirect ?? 'follow' } = init;
  const body = init.body === undefined ? given.body : init.body;
  const target = targetOf(isRequest(input) ? input.url : input);
  if (aefId !== undefined && typeof aefId !== 'string') throw new TypeError('the id of the AEF is not a string');
  if (signal && !(signal instanceof AbortSignal)) throw new TypeError('the signal is not an AbortSignal');
  if (!redirects.includes(redirect)) throw new TypeError(`redirect is none of ${redirects.join(', ')}`);
  const common = { ...target, aefId, signal: signal ?? undefined, redirect };
  if ((body === undefined || body === null) && usualMethods.has(method)) {
    return { ...common, method, headers: withCodings(headers && headersOf(headers)), body: undefined };
  }
  const request = new Request('https://aef.invalid/', {
    method: String(method).toUpperCase(),
    headers: headersOf(headers),
    ...(body === undefined || body === null ? {} : { body: checkedBody(body), duplex: 'half' as const }),
  });
  return {
    ...common,
    method: request.method,
    headers: withCodings(request.headers),
    body: request.body ? () => (isStream(body) ? streamed(request.body!, input) : whole(request)) : undefined,
  };
}

/** Without a body there is nothing about these that a Request would have to check. */
const usualMethods = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

const withCodings = (headers: Headers | undefined): OutgoingHttpHeaders => ({
  'accept-encoding': 'gzip, deflate, br',
  ...(headers && Object.fromEntries(headers)),
});

const whole = async (request: Request) => Buffer.from(await request.arrayBuffer());

/** The body of a Request is a stream, though most have been made of a text. */
async function streamed(body: AsyncIterable<Uint8Array>, input: InvocationInput): Promise<Buffer | RepeatedBody> {
  const stream = new RepeatedBody(body);
  return (isRequest(input) && (await stream.atOnce())) || stream;
}

/** That of another realm or of a library is one too. */
const isRequest = (input: unknown): input is Request =>
  typeof input === 'object' && input !== null && 'url' in input && typeof input.url === 'string';

/** A path goes out as it is, without its fragment. */
function targetOf(input: string | URL): Pick<Target, 'origin' | 'path'> {
  if (input instanceof URL) return targetOfUrl(input);
  if (typeof input !== 'string') throw new TypeError('what to fetch is neither a string nor a URL nor a Request');
  if (/^https?:/i.test(input)) return targetOfUrl(new URL(input));
  if (!input.startsWith('/')) throw new TypeError('what to fetch is neither a URL nor a path that begins with "/"');
  const [path = ''] = input.split('#');
  if (/[^\x21-\x7e]/.test(path)) {
    throw new TypeError('the path has a space, a control character or a non-ASCII one: percent-encode it');
  }
  return { origin: undefined, path };
}

function targetOfUrl({ protocol, username, password, origin, pathname, search }: URL) {
  if (protocol !== 'https:') throw new TypeError('the URL does not begin with "https:": CAPIF-2e is over TLS');
  if (username || password) throw new TypeError('the URL has a user name or a password');
  return { origin, path: pathname + search };
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

const isStream = (body: unknown): boolean => typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

/** `Request` would send "[object Object]" for anything else. */
function checkedBody(body: NonNullable<InvocationInit['body']>): NonNullable<Bodies> {
  const isOfFetch =
    typeof body === 'string' ||
    types.isArrayBuffer(body) ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData ||
    body instanceof URLSearchParams ||
    isStream(body);
  if (!isOfFetch) {
    throw new TypeError(`the body is not of a type that fetch takes: ${Object.prototype.toString.call(body)}`);
  }
  return body as NonNullable<Bodies>;
}
