/** Bodies at the AEF pass while they come, both ways, and end when either side does. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import {
  ask,
  closeAll,
  closeLater,
  connected,
  exposing,
  hello,
  type Known,
  onboarded,
  testbed,
} from '../testing/roles.ts';
import type { ServiceHandler } from './service-invocations.ts';

afterEach(closeAll);

/** An AEF with this service, and what opens a request to it by the certificate of an invoker that it serves. */
async function serving(serve: ServiceHandler, bodyLimitBytes?: number) {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'], serve, ...(bodyLimitBytes !== undefined && { bodyLimitBytes }) });
  const by: Known = await onboarded(at);
  const { over } = await connected(at, by, aef, 'PKI');
  const open = (method: string, headers: Record<string, string> = {}) => {
    const { host, port } = aef;
    const { key, cert } = by.certificate;
    const opened = httpsRequest({ host, port, ca: at.core.ca, key, cert, method, path: hello, headers, agent: false });
    opened.on('error', () => {});
    closeLater(() => opened.destroy());
    return opened;
  };
  const answered = async (opened: ReturnType<typeof open>) => {
    const [answer] = (await once(opened, 'response')) as [IncomingMessage];
    return answer;
  };
  return { at, over, open, answered };
}

test('a service reads the first bytes before the last are sent, and answers before it has them all', async () => {
  const { open, answered } = await serving(async ({ body }) => {
    const [first] = (await once(body, 'data')) as [Buffer];
    const answer = new PassThrough();
    answer.write(first);
    return { status: 200, body: body.pipe(answer) };
  });
  const opened = open('POST');
  opened.write('first');
  const answer = await answered(opened);
  const [heard] = (await once(answer, 'data')) as [Buffer];
  expect(String(heard)).toBe('first');
  opened.end('last');
  expect(await text(answer)).toBe('last');
});

test('a client that goes away ends the body, the answer, and the signal', async () => {
  const seen: string[] = [];
  const endless = new PassThrough();
  endless.write('some');
  endless.once('close', () => seen.push('answer'));
  const { at, open, answered } = await serving(({ body, signal }) => {
    body.once('error', () => seen.push('body'));
    signal.addEventListener('abort', () => seen.push('signal'));
    return { status: 200, body: endless };
  });
  const opened = open('POST');
  opened.write('some');
  await answered(opened);
  opened.destroy();
  await expect.poll(() => [...seen].sort()).toEqual(['answer', 'body', 'signal']);
  expect(at.errors).toEqual([]);
});

test('an answer that fails is cut, so that the invoker knows that it is not whole', async () => {
  const failing = new PassThrough();
  const { at, open, answered } = await serving(() => ({ status: 200, body: failing }));
  const opened = open('GET');
  opened.end();
  const answer = await answered(opened);
  failing.write('half');
  expect(String((await once(answer, 'data'))[0])).toBe('half');
  failing.destroy(new Error('the disk is gone'));
  await expect(text(answer)).rejects.toThrow('aborted');
  expect(at.errors).toEqual([new Error('the disk is gone')]);
});

test('a body of unknown length that is too large ends its reading with 413, though the service has been called', async () => {
  const { at, open, answered } = await serving(async ({ body }) => ({ status: 200, body: await text(body) }), 100);
  const opened = open('POST');
  opened.write('x'.repeat(100));
  opened.end('x');
  const answer = await answered(opened);
  expect([answer.statusCode, at.errors]).toEqual([413, []]);
});

test('a body that the service does not read does not hold up the connection', async () => {
  const { over } = await serving(() => ({ status: 200, body: 'unread' }));
  const body = 'x'.repeat(1_000_000);
  const post = () => ask(over, { method: 'POST', path: hello, body });
  expect([await post(), await post()]).toMatchObject([{ text: 'unread' }, { text: 'unread' }]);
});
