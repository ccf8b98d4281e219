/** A service behind the AEF: what it gets, what it answers, and what becomes of an answer that does not come. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { AdmittedInvocation } from './service-invocations.ts';
import { upstream } from './upstream.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function behind(handler: RequestListener, path = '', timeoutMs = 300) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const errors: Error[] = [];
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  const made = upstream({ url, timeoutMs, onError: (error) => errors.push(error) });
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
  body: Readable.from([]),
  signal: new AbortController().signal,
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
type Behind = Awaited<ReturnType<typeof behind>>;
const textOf = ({ body }: Awaited<ReturnType<Behind['serve']>>) => text(body as Readable);
const echoed = async (service: Behind, more: Partial<AdmittedInvocation> = {}) =>
  JSON.parse(await textOf(await service.serve(invocation(more)))) as Pick<IncomingMessage, 'url' | 'headers'> & {
    body: string;
  };

test('the path is that of the resource, below the path of the service', async () => {
  expect((await echoed(await behind(echo))).url).toBe('/hello?to=me');
  expect((await echoed(await behind(echo, '/base/'))).url).toBe('/base/hello?to=me');
  expect((await echoed(await behind(echo), { url: '/greetings/v1' })).url).toBe('/');
});

test('no path leads out of that of the service (RFC 3986 5.2.4)', async () => {
  const service = await behind(echo, '/base');
  const urlOf = async (url: string) => (await echoed(service, { url })).url;
  expect(await urlOf('/greetings/v1/../../admin?next=../x')).toBe('/base/admin?next=../x');
  expect(await urlOf('/greetings/v1/%2e%2E/.%2e/admin/./x')).toBe('/base/admin/x');
  expect(await urlOf('/greetings/v1//other.example/x')).toBe('/base//other.example/x');
});

test('who invokes, and how, stands in headers that a client cannot set', async () => {
  const forged = {
    'x-capif-api-invoker-id': 'another',
    'x-capif-other': 'x',
    accept: 'text/plain',
    x_capif_api_invoker_id: 'another',
  };
  const { headers } = await echoed(await behind(echo), { headers: forged });

  expect(headers).toMatchObject({
    'x-capif-api-invoker-id': 'invoker-1',
    'x-capif-security-method': 'PKI',
    accept: 'text/plain',
  });
  expect(headers).not.toHaveProperty('x-capif-other');
  // CGI and its heirs call both HTTP_X_CAPIF_API_INVOKER_ID.
  expect(headers).not.toHaveProperty('x_capif_api_invoker_id');
});

test('headers of one connection stay on it, in both directions', async () => {
  const service = await behind((request, response) => {
    response.setHeader('connection', 'x-own').setHeader('x-own', '1').setHeader('set-cookie', ['a=1', 'b=2']);
    response.end(JSON.stringify(request.headers));
  });
  const sent = { connection: 'close, x-hop', 'x-hop': '1', te: 'trailers', host: 'aef.example' };
  const answer = await service.serve(invocation({ headers: sent }));
  const { headers } = answer;
  const body = await textOf(answer);

  expect(Object.keys(JSON.parse(body) as object)).not.toEqual(expect.arrayContaining(['x-hop']));
  expect(JSON.parse(body)).not.toMatchObject({ te: 'trailers', host: 'aef.example' });
  expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'] });
  expect(headers).not.toHaveProperty('x-own');
});

test('bodies are bytes, framed as they came, whatever the method', async () => {
  const bytes = Buffer.from([0, 200, 255]);
  const seen: IncomingMessage['headers'][] = [];
  const service = await behind(async (request, response) => {
    seen.push(request.headers);
    response.end(Buffer.concat((await request.toArray()) as Buffer[]));
  });
  const served = async (method: string, headers: AdmittedInvocation['headers']) => {
    const { body } = await service.serve(invocation({ method, headers, body: Readable.from([bytes]) }));
    return buffer(body as Readable);
  };

  expect(await served('POST', { 'content-length': '3' })).toEqual(bytes);
  expect(await served('DELETE', { 'transfer-encoding': 'chunked', expect: '100-continue' })).toEqual(bytes);
  expect(seen).toMatchObject([{ 'content-length': '3' }, { 'transfer-encoding': 'chunked' }]);
  expect(seen[1]).not.toHaveProperty('expect');
});

test.each(['content-length', 'transfer-encoding'])(
  'no client takes the %s away that ends its body',
  async (framing) => {
    const urls: unknown[] = [];
    const service = await behind(async (request, response) => {
      urls.push(request.url);
      response.end(await text(request));
    });
    const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: x\r\nx-capif-api-invoker-id: another\r\n\r\n';
    const length = framing === 'content-length' ? String(smuggled.length) : 'chunked';
    const headers = { connection: framing, [framing]: length };
    const body = Readable.from([Buffer.from(smuggled)]);
    const answer = await service.serve(invocation({ method: 'DELETE', headers, body }));
    expect(await textOf(answer)).toBe(smuggled);
    expect(urls).toEqual(['/hello?to=me']);
  },
);

test('an answer passes while it comes, and its failure is that of its stream', async () => {
  const service = await behind((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('first');
    void setImmediate().then(() => response.destroy());
  });
  const { status, body } = await service.serve(invocation());
  expect(status).toBe(200);
  await expect(text(body as Readable)).rejects.toThrow('aborted');
  expect(service.errors).toEqual([]);
});

test('a service that changes the protocol unasked has given no answer', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { serve, close } = upstream({ url, timeoutMs: 60_000, onError: () => {} });
  closing.push(close, () => server.close());
  expect((await serve(invocation())).status).toBe(502);
});

test('an invoker that goes away ends the request to the service', async () => {
  const leaving = new AbortController();
  let isGone = false;
  const silent: RequestListener = (request) => {
    request.socket.once('close', () => {
      isGone = true;
    });
    leaving.abort();
  };
  const service = await behind(silent, '', 60_000);
  await service.serve(invocation({ signal: leaving.signal }));
  await expect.poll(() => isGone).toBe(true);
  expect(service.errors).toEqual([]);
});

test('a service that closes a kept connection as a request comes gets it again, if that does no harm', async () => {
  let closed = 0;
  const service = await behind((request, response) => {
    request.socket.prependOnceListener('data', () => {
      closed += 1;
      request.socket.destroy();
    });
    response.end('served');
  });
  /** Served once, over a connection that is kept until then. */
  const keep = async () => {
    expect(await textOf(await service.serve(invocation()))).toBe('served');
    await setImmediate();
  };
  await keep();
  await keep();
  expect([closed, service.errors]).toEqual([1, []]);

  expect((await service.serve(invocation({ method: 'POST' }))).status).toBe(502);
  await keep();
  const body = Readable.from(['x']);
  const put = invocation({ method: 'PUT', headers: { 'content-length': '1' }, body });
  expect((await service.serve(put)).status).toBe(502);
  expect(closed).toBe(3);
});

test('a service that cannot be reached, or answers too late, is said to be at fault', async () => {
  const silent = await behind(() => {});
  expect((await silent.serve(invocation())).status).toBe(504);
  expect(silent.errors[0]?.message).toBe('no answer within 300 ms');

  const gone = await behind(echo);
  gone.close();
  const { status, body } = await gone.serve(invocation());
  expect(status).toBe(502);
  expect(body).toContain('the service behind this AEF has not answered');
  expect(body).not.toContain('127.0.0.1');
  expect(gone.errors[0]?.message).toContain('connect ECONNREFUSED 127.0.0.1');
});
