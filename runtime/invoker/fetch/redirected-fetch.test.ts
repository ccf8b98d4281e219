/** `redirect` of `fetch`: what is followed, what is the answer, and what rejects. */
import { createServer } from 'node:https';
import { afterEach, expect, test } from 'vitest';
import { bodyOf, movedTo, path, serving } from '../../testing/foreign-service.ts';
import { closeAll } from '../../testing/roles.ts';
import { listening, closeAll as stopServers } from '../../testing/servers.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

test('redirections are followed, or are the answer, or reject', async () => {
  const seen: string[] = [];
  const { fetch } = await serving(async (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${await bodyOf(request)}`);
    const status = Number(request.url?.slice(1));
    if (status > 300) movedTo(status, '/there')(response);
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
  const peers = await serving((_, response) => movedTo(303, `https://127.0.0.1:${other}/x`)(response));
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
