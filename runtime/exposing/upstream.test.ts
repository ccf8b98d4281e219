/** A service behind the AEF: what it gets, what it answers, and what becomes of an answer that does not come. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { AdmittedInvocation } from './service-invocations.ts';
import { upstream } from './upstream.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function behind(handler: RequestListener, path = '') {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const errors: Error[] = [];
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  const made = upstream({ url, timeoutMs: 300, answerLimitBytes: 1000, onError: (error) => errors.push(error) });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  closing.push(made.close, close);
  return { ...made, errors, close };
}

const invocation = (more: Partial<AdmittedInvocation> = {}): AdmittedInvocation => ({
  method: 'GET',
  url: '/greetings/v1/hello?to=me',
  headers: {},
  body: Buffer.alloc(0),
  apiInvokerId: 'invoker-1',
  securityMethod: 'PKI',
  ...more,
});

/** Answers with what it has got. */
const echo: RequestListener = async (request, response) => {
  const { method, url, headers } = request;
  const body = (await request.setEncoding('latin1').toArray()).join('');
  response.end(JSON.stringify({ method, url, headers, body }));
};
const echoed = async (service: Awaited<ReturnType<typeof behind>>, more: Partial<AdmittedInvocation> = {}) =>
  JSON.parse(String((await service.serve(invocation(more))).body)) as Pick<IncomingMessage, 'url' | 'headers'> & {
    body: string;
  };

test('the path is that of the resource, below the path of the service', async () => {
  expect((await echoed(await behind(echo))).url).toBe('/hello?to=me');
  expect((await echoed(await behind(echo, '/base/'))).url).toBe('/base/hello?to=me');
  expect((await echoed(await behind(echo), { url: '/greetings/v1' })).url).toBe('/');
});

test('who invokes, and how, stands in headers that a client cannot set', async () => {
  const forged = { 'x-capif-api-invoker-id': 'another', 'x-capif-other': 'x', accept: 'text/plain' };
  const { headers } = await echoed(await behind(echo), { headers: forged });

  expect(headers).toMatchObject({
    'x-capif-api-invoker-id': 'invoker-1',
    'x-capif-security-method': 'PKI',
    accept: 'text/plain',
  });
  expect(headers).not.toHaveProperty('x-capif-other');
});

test('headers of one connection stay on it, in both directions', async () => {
  const service = await behind((request, response) => {
    response.setHeader('connection', 'x-own').setHeader('x-own', '1').setHeader('set-cookie', ['a=1', 'b=2']);
    response.end(JSON.stringify(request.headers));
  });
  const sent = { connection: 'close, x-hop', 'x-hop': '1', te: 'trailers', host: 'aef.example' };
  const { headers, body } = await service.serve(invocation({ headers: sent }));

  expect(Object.keys(JSON.parse(String(body)) as object)).not.toEqual(expect.arrayContaining(['x-hop']));
  expect(JSON.parse(String(body))).not.toMatchObject({ te: 'trailers', host: 'aef.example' });
  expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'] });
  expect(headers).not.toHaveProperty('x-own');
});

test('bodies are bytes', async () => {
  const bytes = Buffer.from([0, 200, 255]);
  const service = await behind(async (request, response) => {
    response.end(Buffer.concat((await request.toArray()) as Buffer[]));
  });

  expect((await service.serve(invocation({ method: 'POST', body: bytes }))).body).toEqual(bytes);
});

test('a service that cannot be reached, or answers too late or too much, is said to be at fault', async () => {
  const silent = await behind(() => {});
  expect((await silent.serve(invocation())).status).toBe(504);
  expect(silent.errors[0]?.message).toBe('no answer within 300 ms');

  const large = await behind((_, response) => response.end('x'.repeat(1001)));
  expect((await large.serve(invocation())).status).toBe(502);

  const gone = await behind(echo);
  gone.close();
  const { status, body } = await gone.serve(invocation());
  expect(status).toBe(502);
  expect(String(body)).toContain('the service behind this AEF: connect ECONNREFUSED');
});
