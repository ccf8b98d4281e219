/** Bodies that are too long or cut off, and clients that have gone. */

import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { readBody, streamedBody } from './request-body.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serving(handler: RequestListener) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

/** Serves one request and resolves with what reading it gave. */
async function reading<Read>(read: (request: IncomingMessage) => Promise<Read>) {
  let told: (value: Read) => void = () => {};
  const given = new Promise<Read>((resolve) => {
    told = resolve;
  });
  const port = await serving(async (request, response) => {
    told(await read(request));
    response.end();
  });
  return { port, given };
}

const post = (port: number, body: BodyInit) => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });

test('a body up to the limit is read whole', async () => {
  const { port, given } = await reading((request) => readBody(request, 5));
  await post(port, '12345');
  expect(await given).toEqual({ body: Buffer.from('12345') });
});

test('a body beyond the limit is too large, and the client can still be told', async () => {
  const port = await serving(async (request, response) => {
    const read = await readBody(request, 1000);
    if ('tooLarge' in read) response.writeHead(413, { connection: 'close' }).end();
  });
  const answer = await post(port, 'x'.repeat(1001));
  expect(answer.status).toBe(413);
});

test('a client that disappears in the middle of its body aborts, and answering it does nothing', async () => {
  let settled: (outcome: unknown) => void = () => {};
  const outcome = new Promise((resolve) => {
    settled = resolve;
  });
  const port = await serving(async (request, response) => {
    const first = await readBody(request, 1000);
    const again = await readBody(request, 1000);
    response.end();
    settled([first, again]);
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: core\r\ncontent-length: 100\r\n\r\n{"half":');
  socket.end();
  expect(await outcome).toEqual([{ aborted: true }, { aborted: true }]);
});

test('a streamed body is taken as fast as it is read, and no faster', async () => {
  let taken = 0;
  const source = new Readable({
    read() {
      taken += 1;
      this.push(Buffer.alloc(16_384));
    },
  });
  const body = streamedBody(Object.assign(source, { complete: false }) as unknown as IncomingMessage, 1e9);
  for (let turns = 0; turns < 50; turns += 1) await nextTurn();
  const stopped = taken;
  expect(stopped).toBeLessThan(20);
  let read = 0;
  for (let turns = 0; turns < 50; turns += 1) {
    read += ((body.read() as Buffer | null)?.length ?? 0) / 16_384;
    await nextTurn();
  }
  expect(read).toBeGreaterThan(stopped);
  expect(taken - read).toBeLessThan(20);
  source.destroy();
});

test('a body that is read whole has a time: one that is late ends its connection, and one that is whole does not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const ended: string[] = [];
    const from = (name: string) =>
      Object.assign(new Readable({ read() {} }), { socket: { destroy: () => ended.push(name) } });
    const [late, whole] = [from('late'), from('whole')];
    void readBody(late as unknown as IncomingMessage, 10);
    const read = readBody(whole as unknown as IncomingMessage, 10);
    whole.push('all');
    whole.push(null);
    expect(await read).toEqual({ body: Buffer.from('all') });
    vi.advanceTimersByTime(29_999);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toEqual(['late']);
  } finally {
    vi.useRealTimers();
  }
});
