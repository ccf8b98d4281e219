/** What an application may ask for: all that fetch takes; anything else rejects that one call. */
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExposingFunction } from '../exposing/exposing-function.ts';
import type { ServiceHandler } from '../exposing/service-invocations.ts';
import { closeAll, exposing, hello, invoking, testbed } from '../testing/roles.ts';
import { InvocationError } from './fetch/invocation-error.ts';
import type { Invoker } from './invoker.ts';

const echoing: ServiceHandler = async ({ method, url, headers, body }) => ({
  status: 200,
  body: JSON.stringify({ method, path: url, headers, body: (await buffer(body)).toString('latin1') }),
});
let answer = echoing;
let aef: ExposingFunction;
let invoker: Invoker;
const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  const at = await testbed();
  aef = await exposing(at, { methods: ['PKI'], serve: (invocation) => answer(invocation) });
  invoker = await invoking(at);
  await invoker.onboard();
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  await closeAll();
});

type Init = Parameters<Invoker['fetch']>[1];
const echo = async (path: string | URL | Request, init?: Init) =>
  (await invoker.fetch(path, { aefId: aef.aefId, ...init })).json();

describe('an argument that cannot be sent', () => {
  test.each<[string, string, unknown]>([
    ['a path with a space', '/a b', {}],
    ['a path with a line break', '/a\r\nx: y', {}],
    ['a path that is not one', 'a', {}],
    ['a header value with a line break', hello, { headers: { a: 'b\r\nc: d' } }],
    ['a header value with a control character', hello, { headers: { a: 'b\u0001' } }],
    ['a header value beyond Latin-1', hello, { headers: { a: '\u4e2d' } }],
    ['a header without a value', hello, { headers: { a: undefined } }],
    ['a header name with a space', hello, { headers: { 'a b': 'c' } }],
    ['a header name that is empty', hello, { headers: { '': 'c' } }],
    ['headers that are not pairs', hello, { headers: [['a']] }],
    ['a length', hello, { method: 'POST', headers: { 'Content-Length': '3' }, body: 'abc' }],
    ['a transfer coding', hello, { headers: { 'transfer-encoding': 'chunked' } }],
    ['a hop-by-hop header', hello, { headers: new Headers({ connection: 'close' }) }],
    ['a host', hello, { headers: { host: 'other' } }],
    ['a method with a space', hello, { method: 'GE T' }],
    ['CONNECT', hello, { method: 'CONNECT' }],
    ['an object as a body', hello, { method: 'POST', body: { a: 1 } }],
    ['a number as a body', hello, { method: 'POST', body: 1 }],
    ['a body with GET', hello, { body: 'x' }],
    ['a body with HEAD', hello, { method: 'HEAD', body: 'x' }],
    ['a signal that is none', hello, { signal: {} }],
    ['an AEF that is none', hello, { aefId: 1 }],
    ['a URL that is not of TLS', 'http://127.0.0.1/greetings', {}],
    ['a URL with a password', 'https://a:b@127.0.0.1/greetings', {}],
    ['nothing to fetch', undefined as never, {}],
  ])('%s rejects with a TypeError', async (_, path, init) => {
    await expect(invoker.fetch(path, { aefId: aef.aefId, ...(init as Init) })).rejects.toThrow(TypeError);
    expect(await echo(hello)).toMatchObject({ method: 'GET' });
  });

  test('never ends the process, whatever it is', async () => {
    const odd = fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.constantFrom('\r\n', 'a b', undefined, null));
    const init = fc.record(
      {
        method: fc.oneof(odd, fc.constantFrom('POST', 'DELETE', 'get')),
        headers: fc.oneof(
          odd,
          fc.dictionary(fc.string({ maxLength: 5 }), odd),
          fc.array(fc.array(odd, { maxLength: 3 })),
        ),
        body: odd,
        signal: fc.oneof(fc.constant(undefined), odd),
      },
      { requiredKeys: [] },
    );
    const path = fc.oneof(
      odd,
      fc.string({ unit: 'binary' }).map((rest) => `/${rest}`),
      fc.constant(hello),
    );
    await fc.assert(
      fc.asyncProperty(path, init, async (target, given) => {
        const ended = await invoker
          .fetch(target as string, { aefId: aef.aefId, ...(given as Init) })
          .catch((error) => error);
        expect(ended instanceof Response || ended instanceof TypeError || ended instanceof InvocationError).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(await echo(hello)).toMatchObject({ method: 'GET' });
    expect(unhandled).toEqual([]);
  });
});

describe('as fetch does', () => {
  const form = new FormData();
  form.set('name', 'value');
  test.each<[string, Exclude<Init, undefined>['body'], string, RegExp]>([
    ['a string', 'text', 'text', /^text\/plain/],
    ['parameters', new URLSearchParams({ a: 'b c' }), 'a=b+c', /^application\/x-www-form-urlencoded/],
    ['a blob', new Blob(['blob'], { type: 'image/png' }), 'blob', /^image\/png$/],
    ['a buffer', new TextEncoder().encode('bytes').buffer, 'bytes', /^undefined$/],
    ['a view', new TextEncoder().encode('bytes').subarray(1, 3), 'yt', /^undefined$/],
    ['a stream', new Blob(['stream']).stream(), 'stream', /^undefined$/],
    ['a form', form, 'name="name"', /^multipart\/form-data; boundary=/],
  ])('%s is a body', async (_, body, expected, type) => {
    const got = await echo(hello, { method: 'DELETE', body });
    expect(got.body).toContain(expected);
    expect(String(got.headers['content-type'])).toMatch(type);
  });

  test.each<[string, Exclude<Init, undefined>['headers']]>([
    ['Headers', new Headers({ 'x-a': '1' })],
    ['pairs', [['x-a', '1']]],
    ['a Map', new Map([['x-a', '1']])],
    ['an object', { 'X-A': 1 }],
  ])('%s are headers', async (_, headers) => {
    expect(await echo(hello, { headers })).toMatchObject({ headers: { 'x-a': '1' } });
  });

  test('a URL names the interface, and has a path and a query', async () => {
    const url = new URL(`https://127.0.0.1:${aef.port}/greetings/v1/a?b=c#d`);
    for (const input of [url, url.href, new Request(url)])
      expect(await (await invoker.fetch(input)).json()).toMatchObject({ method: 'GET', path: '/greetings/v1/a?b=c' });
    const response = await invoker.fetch(url);
    expect(response).toMatchObject({ url: url.href.replace('#d', ''), redirected: false, statusText: 'OK', ok: true });
  });

  test('a Request has a method, headers and a body, and what is given beside it goes before them', async () => {
    const request = () =>
      new Request(`https://127.0.0.1:${aef.port}${hello}`, { method: 'PUT', headers: { 'x-a': '1' }, body: 'text' });
    const headers = { 'x-a': '1', 'content-type': 'text/plain;charset=UTF-8' };
    expect(await echo(request())).toMatchObject({ method: 'PUT', body: 'text', headers });
    expect(await echo(request(), { method: 'POST', body: 'b' })).toMatchObject({ method: 'POST', body: 'b', headers });
    const used = request();
    await used.text();
    await expect(invoker.fetch(used)).rejects.toThrow(TypeError);
    const reason = new Error('no longer wanted');
    await expect(invoker.fetch(new Request(request(), { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  });

  test('an invoker has a fetch that can stand for the one of Node', async () => {
    const { fetch }: { fetch: typeof globalThis.fetch } = invoker;
    expect((await fetch(`https://127.0.0.1:${aef.port}${hello}`)).status).toBe(200);
  });

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('the answer to %s with %i has no body', async (method, status) => {
    answer = () => ({ status, headers: { etag: '"1"' } });
    const response = await invoker.fetch(hello, { method });
    expect([response.status, response.body, response.headers.get('etag')]).toEqual([status, null, '"1"']);
    answer = echoing;
  });
});
