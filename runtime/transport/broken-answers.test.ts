/** Servers that break HTTP: what they send costs one exchange, and never becomes the answer to another request. */
import { createServer, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { closeAll, closed, connecting, get, listening, post, server, serving } from '../testing/servers.ts';

afterEach(closeAll);

/** A raw TLS server: it hands each request that it sees, by its number, to `answer`. */
async function raw(answer: (socket: TLSSocket, nth: number) => void): Promise<number> {
  let seen = 0;
  const made = createServer(server, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      seen += 1;
      answer(socket, seen);
    });
  });
  return listening(made);
}

const whole = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test.each(['DELETE', 'OPTIONS', 'GET', 'HEAD', 'PUT', 'POST'])(
  'the body of %s is framed, and never a second request (RFC 9112 6.3)',
  async (method) => {
    const executed: string[] = [];
    const { port } = await serving(async (request, response) => {
      const body = await request.setEncoding('utf8').toArray();
      executed.push(`${request.method} ${request.url} ${body.join('').length}`);
      response.end(`${request.method} ${request.url}`);
    });
    const client = connecting(port);
    const body = 'POST /smuggled HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n';
    expect(await client.request({ method, path: '/first', body })).toMatchObject({ outcome: 'answered' });
    const next = await client.request({ method: 'POST', path: '/second' });
    expect(next).toMatchObject({ body: Buffer.from('POST /second') });
    expect(executed).toEqual([`${method} /first ${body.length}`, 'POST /second 0']);
  },
);

test.each([
  ['an answer that was not asked for', whole('other')],
  ['half an answer', 'HTTP/1.1 200 O'],
  ['no HTTP', 'xyz'],
])('%s, right after an answer, ends the connection (RFC 9112 9.2)', async (_, more) => {
  const port = await raw((socket, nth) => socket.write(nth === 1 ? whole('one') + more : whole('two')));
  const client = connecting(port);
  const first = await client.request(get);
  if ('socket' in first) expect(first.socket.destroyed).toBe(true);
  else expect(first).toMatchObject({ outcome: 'cut', wasUnusable: true });
  expect(await client.request(get)).toMatchObject({ outcome: 'answered', body: Buffer.from('two') });
});

test.each([
  ['with a length', whole('one')],
  ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n0\r\nx: y\r\n\r\n'],
  ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['after another with status 103', `HTTP/1.1 103 Early Hints\r\n\r\n${whole('one')}`],
])('the connection of an answer %s is kept', async (_, bytes) => {
  const port = await raw((socket) => socket.write(bytes));
  const client = connecting(port);
  const sockets = [await client.request(get), await client.request(get)].map((one) => 'socket' in one && one.socket);
  expect(sockets[0]).toBeTruthy();
  expect(sockets[1]).toBe(sockets[0]);
});

test('an answer that was not asked for, on a connection that waits, ends it (RFC 9112 9.2)', async () => {
  const sockets: TLSSocket[] = [];
  const port = await raw((socket) => {
    sockets.push(socket);
    socket.write(whole('right'));
  });
  const client = connecting(port);
  const first = await client.request(post);
  sockets[0]!.write(whole('wrong'));
  if (first.outcome === 'answered') await closed(first.socket);
  expect(await client.request(post)).toMatchObject({ outcome: 'answered', body: Buffer.from('right') });
  expect(new Set(sockets).size).toBe(2);
});

test.each([
  ['status 099', 'HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n'],
  ['status 600', 'HTTP/1.1 600 X\r\ncontent-length: 0\r\n\r\n'],
  ['status 999', 'HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n'],
  ['no HTTP', 'hello\r\n\r\n'],
  ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ['chunks without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ['endless headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`],
  ['a flood of 103', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ['a body beyond the limit', whole('x'.repeat(2 * 1024 * 1024))],
])('%s is no answer, and asking again would not help (RFC 9112)', async (_, bytes) => {
  let requests = 0;
  const port = await raw((socket, nth) => {
    requests += 1;
    socket.write(nth === 2 ? bytes : whole('fine'));
  });
  const client = connecting(port);
  await client.request(get);
  expect(await client.request(get)).toMatchObject({ outcome: 'cut', wasUnusable: true });
  expect(requests).toBe(2);
  expect(await client.request(get)).toMatchObject({ outcome: 'answered', body: Buffer.from('fine') });
});

/** Pieces of HTTP in any order, whole, torn and mixed with noise. */
const brokenHttp = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 ',
        'HTTP/1.0 200 OK\r\n',
        'HTTP/1.1 204 \r\n\r\n',
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
        'content-length: 5\r\n',
        'content-length: -1\r\n',
        'transfer-encoding: chunked\r\n',
        'connection: close\r\n',
        'set-cookie: \u0001\r\n',
        '\r\n',
        '5\r\nhello\r\n',
        '0\r\n\r\n',
        'ffffffffffffffff\r\n',
      ),
      fc.integer({ min: 0, max: 1200 }).map((status) => `HTTP/1.1 ${status} X\r\n`),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

test('whatever bytes a server sends, the exchange ends and the next one is served', async () => {
  const errors: unknown[] = [];
  const note = (error: unknown) => void errors.push(error);
  process.on('unhandledRejection', note);
  await fc.assert(
    fc.asyncProperty(brokenHttp, async (bytes) => {
      const port = await raw((socket, nth) => (nth === 1 ? socket.end(bytes, 'latin1') : socket.write(whole('fine'))));
      const client = connecting(port, { timeoutMs: 1000 });
      const { outcome } = await client.request(post);
      expect(['answered', 'cut']).toContain(outcome);
      expect(await client.request(post)).toMatchObject({ outcome: 'answered', body: Buffer.from('fine') });
      closeAll();
    }),
    { numRuns: 150 },
  );
  process.off('unhandledRejection', note);
  expect(errors).toEqual([]);
});
