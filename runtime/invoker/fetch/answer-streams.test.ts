/** Answers as streams: read while they come, broken off, cancelled or forgotten; and the connections that they hold. */

import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { megabyte, path, served, serving } from '../../testing/foreign-service.ts';
import { closeAll } from '../../testing/roles.ts';
import { closeAll as stopServers } from '../../testing/servers.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

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
