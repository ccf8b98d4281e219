/** Bodies of invocations as streams: sent while they come, again after a mismatch, and broken off (6.7). */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { bodyOf, megabyte, mismatch, movedTo, path, served, serving, utf8 } from '../../testing/foreign-service.ts';
import { closeAll } from '../../testing/roles.ts';
import { closeAll as stopServers } from '../../testing/servers.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
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
  const answers = [mismatch, movedTo(307, '/greetings/v1/there'), (response: ServerResponse) => response.end('served')];
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
