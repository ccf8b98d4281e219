/** Bodies that come and go as streams, redirections, and connections in use, beside an AEF that is not ours. */
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { aefProfile, foreignPeers } from '../../testing/foreign-peers.ts';
import { closeAll } from '../../testing/roles.ts';
import { listening, closeAll as stopServers } from '../../testing/servers.ts';
import type { InvokerOptions } from '../invoker.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

const path = '/greetings/v1/hello';
type Served = { request: IncomingMessage; response: ServerResponse };

/** The service answers as the test says; `sockets` counts the connections that it was invoked over. */
async function serving(serve: RequestListener, options: Partial<InvokerOptions> = {}) {
  const at = { port: 0 };
  const peers = await foreignPeers({
    discovered: () => [{ apiName: 'greetings', apiId: 'a1', aefProfiles: [aefProfile(at.port, 'PKI')] }],
    invoker: options,
  });
  const sockets = new Set<unknown>();
  const identity = await peers.identity('apiExposingFunction', 'aef1');
  const server = createServer(
    { ...identity, ca: peers.authority.certificatePem, requestCert: true },
    (request, response) => {
      if (request.url?.includes('check-authentication')) {
        request.resume();
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"supportedFeatures":"0"}');
        return;
      }
      sockets.add(request.socket);
      serve(request, response);
    },
  );
  at.port = await listening(server);
  const { fetch } = peers.invoker;
  return { ...peers, fetch, sockets, url: `https://127.0.0.1:${at.port}` };
}

/** What each request of the test is answered with is up to the test: `next` resolves with it. */
async function served(options: Partial<InvokerOptions> = {}) {
  const come: Served[] = [];
  let tell = () => {};
  const at = await serving((request, response) => {
    come.push({ request, response });
    tell();
  }, options);
  async function next(): Promise<Served> {
    while (come.length === 0) await new Promise<void>((resolve) => (tell = resolve));
    return come.shift()!;
  }
  return { ...at, next };
}

const mismatch = (response: ServerResponse) =>
  response
    .writeHead(403, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ cause: 'SECURITY_METHOD_MISMATCH' }));

const bodyOf = async (request: IncomingMessage) => (await request.setEncoding('utf8').toArray()).join('');
const utf8 = (text: string) => new TextEncoder().encode(text);
const megabyte = (text: string) => utf8(text.repeat(1024 * 1024));

test('the beginning of an answer is there before its end', async () => {
  const { fetch, next } = await served();
  const asked = fetch(path);
  const { response } = await next();
  response.write('one ');
  const parts = (await asked).body!.pipeThrough(new TextDecoderStream()).getReader();
  expect(await parts.read()).toMatchObject({ value: 'one ' });
  response.end('two');
  expect(await parts.read()).toMatchObject({ value: 'two' });
  expect((await parts.read()).done).toBe(true);
});

test('the beginning of a body is sent before its end is there', async () => {
  const { fetch, next, url } = await served();
  for (const isOfRequest of [false, true]) {
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const init = { method: 'POST', body: readable, duplex: 'half' } as const;
    const asked = isOfRequest ? fetch(new Request(url + path, init)) : fetch(path, init);
    await writer.write(utf8('one '));
    const { request, response } = await next();
    expect((await once(request, 'data')).toString()).toBe('one ');
    await writer.write(utf8('two'));
    await writer.close();
    expect(await bodyOf(request)).toBe('two');
    response.end('served');
    expect(await (await asked).text()).toBe('served');
  }
});

test('a stream goes out again after a mismatch and a redirection (6.7)', async () => {
  const bodies: string[] = [];
  const answers = [mismatch, to(307, '/greetings/v1/there'), (response: ServerResponse) => response.end('served')];
  const { fetch, url } = await serving(async (request, response) => {
    bodies.push(`${request.method} ${request.url} ${await bodyOf(request)}`);
    answers.shift()!(response);
  });
  const response = await fetch(path, { method: 'POST', body: new Blob(['a stream']).stream() });
  expect([response.redirected, response.url, await response.text()]).toEqual([
    true,
    `${url}/greetings/v1/there`,
    'served',
  ]);
  expect(bodies).toEqual([
    'POST /greetings/v1/hello a stream',
    'POST /greetings/v1/hello a stream',
    'POST /greetings/v1/there a stream',
  ]);
});

test('a Request that was made of a text goes out with its length, and of whatever length again (6.7)', async () => {
  const seen: unknown[] = [];
  const { fetch, url } = await serving(async (request, response) => {
    seen.push([request.headers['content-length'], (await bodyOf(request)).length]);
    if (seen.length % 2) mismatch(response);
    else response.end('served');
  });
  for (const body of ['text', 'long '.repeat(1024 * 1024), '']) {
    const response = await fetch(new Request(url + path, { method: 'POST', body }));
    expect(await response.text()).toBe('served');
  }
  expect(seen).toEqual([
    ...['4', '4'].map((length) => [length, 4]),
    ...[undefined, undefined].map((length) => [length, 5 * 1024 * 1024]),
    ...['0', '0'].map((length) => [length, 0]),
  ]);
});

test('a Request whose stream never ends holds nobody up', async () => {
  const { fetch, url } = await serving((_, response) => response.end('enough'));
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(utf8('again ')) });
  const init = { method: 'POST', body: endless, duplex: 'half' } as const;
  expect(await (await fetch(new Request(url + path, init))).text()).toBe('enough');
});

test('a stream that is too long to be kept is refused with a code, and the next call is served (6.7)', async () => {
  const lengths: number[] = [];
  const { fetch } = await serving(async (request, response) => {
    lengths.push((await bodyOf(request)).length);
    if (lengths.length === 1) mismatch(response);
    else response.end('served');
  });
  const long = () => new Blob([megabyte('a'), 'b']).stream();
  await expect(fetch(path, { method: 'POST', body: long() })).rejects.toMatchObject({
    code: 'bodyUsed',
    message: expect.stringContaining('was not executed, and its body is a stream that cannot be sent again'),
  });
  expect(await (await fetch(path, { method: 'POST', body: long() })).text()).toBe('served');
  expect(lengths).toEqual([1024 * 1024 + 1, 1024 * 1024 + 1]);
});

test('a body that breaks off, or is not of bytes, rejects its call with its error, and no other', async () => {
  const { fetch } = await serving((request, response) => request.resume().on('end', () => response.end('served')));
  const broken = new Error('the disk is gone');
  async function* breaking() {
    yield utf8('one');
    throw broken;
  }
  await expect(fetch(path, { method: 'POST', body: breaking() })).rejects.toBe(broken);
  const texts = new ReadableStream({ start: (controller) => controller.enqueue('text') });
  await expect(fetch(path, { method: 'POST', body: texts })).rejects.toThrow(TypeError);
  expect(await (await fetch(path)).text()).toBe('served');
});

test('what is left of a body is cancelled when the answer comes before its end', async () => {
  const { fetch } = await serving((_, response) => response.end('enough'));
  const cancelled = new Promise<void>((resolve) => {
    const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(utf8('again '));
    const endless = new ReadableStream({ pull, cancel: () => resolve() });
    expect(fetch(path, { method: 'POST', body: endless }).then((response) => response.text())).resolves.toBe('enough');
  });
  await cancelled;
});

test('an answer that breaks off is no whole one, and a signal ends it with its reason', async () => {
  const { fetch, next } = await served();
  const broken = fetch(path);
  const { response } = await next();
  response.write('one', () => response.destroy());
  await expect((await broken).text()).rejects.toMatchObject({
    code: 'mayHaveBeenExecuted',
    message: expect.stringContaining(`the answer to GET ${path} broke off`),
  });

  const control = new AbortController();
  const aborted = fetch(path, { signal: control.signal });
  (await next()).response.write('one');
  const text = expect((await aborted).text()).rejects.toBe('enough');
  control.abort('enough');
  await text;
});

test('an answer that pauses for longer than the time limit breaks off', async () => {
  const { fetch, next } = await served({ timeoutMs: 300 });
  const asked = fetch(path);
  (await next()).response.write('one');
  await expect((await asked).text()).rejects.toMatchObject({ message: expect.stringContaining('broke off: timeout') });
});

test('an answer of any length comes whole, with its coding undone', async () => {
  const content = Buffer.from(megabyte('long '));
  const { fetch } = await serving(({ url }, response) => {
    if (url === path) response.writeHead(200, { 'content-length': content.length }).end(content);
    else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(content));
  });
  for (const one of [path, `${path}/packed`])
    expect(Buffer.from(await (await fetch(one)).arrayBuffer()).equals(content)).toBe(true);
});

test('an answer that nobody reads gives its connection back, and one that is cancelled ends it', async () => {
  const { fetch, sockets, next } = await served({ connectionsMax: 1 });
  async function asked(answer: (response: ServerResponse) => void): Promise<Response> {
    const answered = fetch(path);
    answer((await next()).response);
    return answered;
  }
  for (let n = 0; n < 3; n += 1) {
    await asked((response) => {
      response.write('short');
      response.end();
    });
  }
  expect(sockets.size).toBe(1);
  const long = await asked((response) => response.write(megabyte('a')));
  await long.body!.cancel();
  expect((await asked((response) => response.end())).status).toBe(200);
  expect(sockets.size).toBe(2);
});

test('an answer that is forgotten without being read gives its connection back', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { fetch, next } = await served({ connectionsMax: 1 });
  async function forget(): Promise<void> {
    const asked = fetch(path);
    (await next()).response.write(megabyte('a'));
    expect((await asked).status).toBe(200);
  }
  await forget();
  const asked = fetch(path).then(({ status }) => status);
  const answered = next().then(({ response }) => response.end());
  let isAnswered = false;
  const ended = answered.then(() => {
    isAnswered = true;
  });
  await expect
    .poll(
      () => {
        collectGarbage();
        return isAnswered;
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await ended;
  expect(await asked).toBe(200);
});

test('no more connections are opened than the invoker may have', async () => {
  let [open, most] = [0, 0];
  const { fetch, sockets } = await serving(
    (_, response) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        response.end('served');
      });
    },
    { connectionsMax: 3 },
  );
  const all = await Promise.all(Array.from({ length: 20 }, () => fetch(path)));
  expect(all.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect([most <= 3, sockets.size <= 3]).toEqual([true, true]);
});

test('redirections are followed, or are the answer, or reject', async () => {
  const seen: string[] = [];
  const { fetch } = await serving(async (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${await bodyOf(request)}`);
    const status = Number(request.url?.slice(1));
    if (status > 300) to(status, '/there')(response);
    else response.end('served');
  });
  const post = { aefId: 'aef1', method: 'POST', body: 'text' };
  for (const status of [301, 302, 303, 307, 308]) {
    seen.length = 0;
    expect(await (await fetch(`/${status}`, post)).text()).toBe('served');
    const again = status < 304 ? 'GET /there undefined ' : 'POST /there text/plain;charset=UTF-8 text';
    expect(seen).toEqual([`POST /${status} text/plain;charset=UTF-8 text`, again]);

    const manual = await fetch(`/${status}`, { ...post, redirect: 'manual' });
    expect([manual.status, manual.headers.get('location')]).toEqual([status, '/there']);
    await expect(fetch(`/${status}`, { ...post, redirect: 'error' })).rejects.toMatchObject({ code: 'redirected' });
    expect(seen).toHaveLength(4);
  }
  await expect(fetch('/', { ...post, redirect: 'odd' as never })).rejects.toThrow(TypeError);
});

test('a redirection to another host is its answer, and nothing of the invocation goes there', async () => {
  const others: string[] = [];
  const peers = await serving((_, response) => to(303, `https://127.0.0.1:${other}/x`)(response));
  const identity = await peers.identity('apiExposingFunction', 'aef2');
  const other = await listening(
    createServer({ ...identity }, ({ url = '' }, response) => {
      others.push(url);
      response.end();
    }),
  );
  const response = await peers.fetch(path, { method: 'POST', headers: { cookie: 'a' }, body: 'x' });
  expect([response.status, response.redirected, others]).toEqual([303, false, []]);
});

const to = (status: number, location: string) => (response: ServerResponse) =>
  response.writeHead(status, { location }).end();
