/** 307 and 308, followed as far as the server there is one that may be asked. */
import type { RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { authority, closeAll, post, serving } from '../testing/servers.ts';
import type { ConnectorOptions } from './connector.ts';
import { redirecting } from './redirections.ts';

afterEach(closeAll);

const to =
  (location: string | undefined, status = 307): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, location === undefined ? {} : { location }).end();
  };

const serve = (seen: string[]): RequestListener =>
  async function served(request, response) {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
    response.end('served');
  };

function from(port: number, options: Partial<ConnectorOptions> = {}) {
  const over = redirecting({ host: '127.0.0.1', port, credential: { by: 'nothing' }, ca: authority.ca, ...options });
  const asked = { ...post, path: '/a/b', headers: { authorization: 'Bearer t' } };
  return over.request(asked).finally(over.close);
}

test('the same request goes to another path, with method, body and headers, over the same connection', async () => {
  for (const status of [307, 308]) {
    const seen: string[] = [];
    const { port, handshakes } = await serving((request, response) =>
      request.url === '/a/b' ? to('../c?d=1#e', status)(request, response) : serve(seen)(request, response),
    );
    expect(await from(port)).toMatchObject({ outcome: 'answered', status: 200 });
    expect(seen).toEqual(['POST /c?d=1 Bearer t {}']);
    expect(handshakes).toHaveLength(1);
  }
});

test('another server is asked if it proves itself as the first one had to', async () => {
  const seen: string[] = [];
  const other = await serving(serve(seen));
  const { port } = await serving(to(`https://localhost:${other.port}/moved`));
  expect(await from(port)).toMatchObject({ outcome: 'answered', status: 200 });
  expect(seen).toEqual(['POST /moved Bearer t {}']);

  const checkServerIdentity = (name: string) => (name === 'localhost' ? new Error('not the one') : undefined);
  const refused = await from(port, { checkServerIdentity });
  expect(refused).toMatchObject({ outcome: 'answered', status: 307 });
  expect(refused).toMatchObject({
    notFollowed: expect.stringMatching(/^https:\/\/localhost:\d+ refused: .*not the one/),
  });
  expect(seen).toHaveLength(1);
});

test('what cannot be followed is the answer', async () => {
  const gone = await from((await serving(to('https://127.0.0.1:1/'))).port);
  expect(gone).toMatchObject({ status: 307, notFollowed: 'https://127.0.0.1:1 unreachable: ECONNREFUSED' });
  for (const location of ['http://127.0.0.1/', 'https://[', 'ftp://x/']) {
    const { port } = await serving(to(location));
    expect(await from(port)).toMatchObject({ status: 307, notFollowed: 'its Location is no URI of HTTPS' });
  }
  for (const answering of [to(undefined), to('/x', 302), to('/x', 303)]) {
    expect(await from((await serving(answering)).port)).not.toHaveProperty('notFollowed');
  }
});

test('a circle of redirections ends', async () => {
  let asked = 0;
  const { port } = await serving((request, response) => {
    asked += 1;
    to('/a/b')(request, response);
  });
  expect(await from(port)).toMatchObject({ status: 307, notFollowed: 'too many redirections' });
  expect(asked).toBe(6);
});

test('a connector that is closed follows nothing', async () => {
  const over = redirecting({ host: '127.0.0.1', port: 1, credential: { by: 'nothing' }, ca: authority.ca });
  over.close();
  expect(await over.request(post)).toEqual({ outcome: 'unreachable', because: 'connector closed' });
});
