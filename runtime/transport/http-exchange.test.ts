/** Bodies that are too long, malformed or cut off, and clients that have gone. */

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readBody, readJson, sendJson, sendProblem } from './http-exchange.ts';

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
    if ('tooLarge' in read) sendProblem(response, { status: 413, title: 'Content Too Large' }, { connection: 'close' });
  });
  const answer = await post(port, 'x'.repeat(1001));
  expect(answer.status).toBe(413);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toEqual({ status: 413, title: 'Content Too Large' });
});

test('JSON is read as such', async () => {
  const { port, given } = await reading((request) => readJson(request, 1000));
  await post(port, '{"apiInvokerId":"ä"}');
  expect(await given).toEqual({ json: { apiInvokerId: 'ä' } });
});

test.each([
  ['text that is no JSON', '{"apiInvokerId":'],
  ['no text', ''],
  ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
])('%s is malformed', async (_, body) => {
  const { port, given } = await reading((request) => readJson(request, 1000));
  await post(port, body);
  expect(await given).toEqual({ malformed: expect.any(String) });
});

test('JSON beyond the limit is too large', async () => {
  const { port, given } = await reading((request) => readJson(request, 5));
  await post(port, '"12345"');
  expect(await given).toEqual({ tooLarge: true });
});

test('a client that disappears in the middle of its body aborts, and answering it does nothing', async () => {
  let settled: (outcome: unknown) => void = () => {};
  const outcome = new Promise((resolve) => {
    settled = resolve;
  });
  const port = await serving(async (request, response) => {
    const first = await readJson(request, 1000);
    const again = await readBody(request, 1000);
    sendJson(response, 200, {});
    sendProblem(response, { status: 500, title: 'Internal Server Error' });
    settled([first, again]);
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: core\r\ncontent-length: 100\r\n\r\n{"half":');
  socket.end();
  expect(await outcome).toEqual([{ aborted: true }, { aborted: true }]);
});

test('JSON and problems are sent with their type, and headers can be added', async () => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => sendJson(response, 201, { ok: true }, { location: '/here' }),
    (response) =>
      sendProblem(response, { status: 403, title: 'Forbidden', cause: 'WHY', invalidParams: [{ param: 'a' }] }),
    (response) => sendJson(response, 204, undefined),
  ];
  const port = await serving((_request, response) => answers.shift()?.(response));

  const created = await fetch(`http://127.0.0.1:${port}/`);
  expect([created.status, created.headers.get('content-type')]).toEqual([201, 'application/json']);
  expect([created.headers.get('location'), await created.json()]).toEqual(['/here', { ok: true }]);

  const refused = await fetch(`http://127.0.0.1:${port}/`);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ cause: 'WHY', invalidParams: [{ param: 'a' }] });

  const empty = await fetch(`http://127.0.0.1:${port}/`);
  expect([empty.status, empty.headers.get('content-type'), await empty.text()]).toEqual([204, null, '']);
});
