/** An application of node:http behind the AEF: it gets the request itself, and no client can say who invokes it. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { ask, closeAll, connected, exposing, hello, invoking, onboarded, testbed } from '../testing/roles.ts';

afterEach(closeAll);

const seenOf = ({ method, url, headers, headersDistinct, rawHeaders }: IncomingMessage) => {
  const all = JSON.stringify({ headers, headersDistinct, rawHeaders });
  return { method, url, headers, distinct: headersDistinct['x-capif-api-invoker-id'], raw: rawHeaders, all };
};

test('it gets the path of the resource, the body as it comes, and who invokes, in every form of the headers (6.5.2.3)', async () => {
  const at = await testbed();
  const seen: ReturnType<typeof seenOf>[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push(seenOf(request));
    request.pipe(response.writeHead(201, { 'content-type': 'text/plain' }));
  };
  const aef = await exposing(at, { methods: ['OAUTH'], serve: { listener } });
  const by = await onboarded(at);
  const { over, headers } = await connected(at, by, aef, 'OAUTH');
  const forged = {
    ...headers,
    'X-Capif-API-Invoker-Id': 'another',
    'x-capif-other': 'x',
    X_Capif_API_Invoker_Id: 'another',
    'x-own': 'kept',
  };
  const answer = await ask(over, { method: 'POST', path: `${hello}?to=me`, headers: forged, body: 'the body' });

  expect(answer).toMatchObject({ status: 201, type: 'text/plain', text: 'the body' });
  expect(seen).toMatchObject([{ method: 'POST', url: '/hello?to=me', distinct: [by.id] }]);
  const [{ headers: heard, raw, all }] = seen as [ReturnType<typeof seenOf>];
  expect(heard).toMatchObject({
    'x-capif-api-invoker-id': by.id,
    'x-capif-security-method': 'OAUTH',
    'x-own': 'kept',
  });
  expect(raw.filter((_, n) => raw[n - (n % 2)]!.toLowerCase() === 'x-capif-api-invoker-id')).toHaveLength(2);
  for (const gone of ['another', 'x-capif-other', 'earer', 'uthorization']) expect(all).not.toContain(gone);
});

test.each([1, 70_000])(
  'no body beyond the limit reaches it, also where its length is not said beforehand (%i)',
  async (n) => {
    const at = await testbed();
    const heard: number[] = [];
    const listener: RequestListener = (request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        heard.push(bytes);
      });
      request.on('end', () => response.end());
    };
    const aef = await exposing(at, { methods: ['PKI'], bodyLimitBytes: n + 2, serve: { listener } });
    const { over, again } = await connected(at, await onboarded(at), aef, 'PKI');
    const sent = (...parts: number[]) => ({
      isRepeatable: false,
      async *chunks() {
        for (const bytes of parts) yield Buffer.alloc(bytes);
      },
    });
    expect((await ask(over, { method: 'POST', path: hello, body: sent(n, 2) })).status).toBe(200);
    const tooLarge = await again().over.request({ method: 'POST', path: hello, body: sent(n, 2, 1) });
    expect(tooLarge.outcome).toBe('cut');
    expect(Math.max(...heard)).toBe(n + 2);
    expect(at.errors).toEqual([]);
  },
);

test('what it answers is not taken for a refusal by the AEF, and a refused invocation does not reach it (6.5.2, 6.7)', async () => {
  const at = await testbed();
  let executed = 0;
  const listener: RequestListener = async (request, response) => {
    executed += 1;
    await text(request);
    response.writeHead(403, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ cause: 'SECURITY_METHOD_MISMATCH' }));
  };
  const aef = await exposing(at, { methods: ['PKI'], serve: { listener } });
  const invoker = await invoking(at);
  const answer = await invoker.fetch(hello, { aefId: aef.aefId, method: 'POST', body: 'x' });
  expect([answer.status, executed]).toEqual([403, 1]);
  const { invoke } = await connected(at, await onboarded(at), aef, 'PKI');
  await aef.changeMethods(['OAUTH']);
  expect((await invoke()).status).toBe(403);
  expect(executed).toBe(1);
});

test.each<[string, RequestListener]>([
  [
    'throws',
    () => {
      throw new Error('the password is swordfish');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('the password is swordfish');
    },
  ],
])('one that %s costs that invocation alone, and gives no details', async (_, listener) => {
  const at = await testbed();
  const { invoke } = await connected(
    at,
    await onboarded(at),
    await exposing(at, { methods: ['PKI'], serve: { listener } }),
    'PKI',
  );
  const { status, text: said } = await invoke();
  expect([status, said]).toEqual([500, expect.not.stringContaining('swordfish')]);
  expect(at.errors).toEqual([new Error('the password is swordfish')]);
  at.errors.splice(0);
});

test('an answer that has begun when the application fails is cut, so that the invoker knows that it is not whole', async () => {
  const at = await testbed();
  const listener: RequestListener = async (_, response) => {
    response.write('the beginning');
    throw new Error('the rest is gone');
  };
  const aef = await exposing(at, { methods: ['PKI'], serve: { listener } });
  const { over } = await connected(at, await onboarded(at), aef, 'PKI');
  const outcome = await over.request({ method: 'GET', path: hello });
  expect(outcome).toMatchObject({ outcome: 'cut', because: expect.not.stringContaining('timeout') });
  expect(at.errors.splice(0)).toEqual([new Error('the rest is gone')]);
});

test('the listener of a server that there is already serves at both', async () => {
  const at = await testbed();
  const server = createServer((request, response) =>
    response.end(`${request.url} by ${request.headers['x-capif-security-method']}`),
  );
  const [listener] = server.listeners('request') as [RequestListener];
  const { invoke } = await connected(
    at,
    await onboarded(at),
    await exposing(at, { methods: ['PKI'], serve: { listener } }),
    'PKI',
  );
  expect((await invoke()).text).toBe('/hello by PKI');
});
