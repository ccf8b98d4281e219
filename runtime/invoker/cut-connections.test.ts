/** A third-party AEF, made with node:https, that cuts connections: what is invoked again and what is not (RFC 9110 9.2.2). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import {
  ask,
  client,
  closeAll,
  closeLater,
  hello,
  invoking,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';

afterEach(closeAll);

/** It takes certificates of the core's authority, and lets the test answer each invocation. */
async function thirdPartyAef(at: Testbed, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const [aef, apf] = await registered(at, 'AEF', 'APF');
  const server = createServer(
    { ...aef!.certificate, ca: at.core.ca, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      request.resume();
      if (request.url !== hello)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"supportedFeatures":"0"}');
      else {
        invocations.push(request.method ?? '');
        answer(request, response);
      }
    },
  );
  const invocations: string[] = [];
  const open = new Set<Duplex>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const aefs = [{ aefId: aef!.id, host: '127.0.0.1', port, apiVersion: 'v1', methods: ['PKI'] as const }];
  const publication = { apfId: apf!.id, serviceApi: { apiName: 'greetings', aefs } };
  expect((await ask(client(at, apf!.certificate), writeServiceApiPublishRequest(publication))).status).toBe(201);
  return { aefId: aef!.id, invocations, open };
}

for (const method of ['POST', 'PATCH', 'GET', 'HEAD', 'PUT', 'DELETE']) {
  const repeated = !['POST', 'PATCH'].includes(method);
  const ending = repeated ? 'is made again' : 'may have been executed, and is not made again';
  test(`a ${method} whose connection is cut before the answer ${ending} (RFC 9110 9.2.2)`, async () => {
    const at = await testbed();
    let cuts = 1;
    const { aefId, invocations, open } = await thirdPartyAef(at, ({ socket, method: asked }, response) => {
      if (asked === method && cuts-- > 0) socket.destroy();
      else response.end('served');
    });
    const invoker = await invoking(at);
    // Connections that have been answered on are cut, not refused; the others are not needed any more.
    const several = () => invoker.fetch(hello, { aefId, method: 'OPTIONS' });
    expect((await Promise.all([several(), several(), several()])).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(open.size).toBe(3);
    const invoked = invoker.fetch(hello, { aefId, method, ...(repeated ? {} : { body: '{}' }) });
    if (repeated) expect((await invoked).status).toBe(200);
    else
      await expect(invoked).rejects.toMatchObject({
        code: 'mayHaveBeenExecuted',
        message: expect.stringContaining(method),
      });
    expect(invocations.slice(3)).toEqual([...Array(repeated ? 2 : 1).fill(method)]);

    expect(await (await invoker.fetch(hello, { aefId })).text()).toBe('served');
    await expect.poll(() => open.size).toBe(1);
    const trace = at.lines.filter(({ role }) => role === 'apiInvoker').map(({ event }) => event.type);
    expect(trace).not.toContain('IncorrectMethodFailure');
  });
}

test('an answer that is cut in the middle is not an answer (RFC 9110 9.2.2)', async () => {
  const at = await testbed();
  let cuts = 1;
  const { aefId, invocations } = await thirdPartyAef(at, ({ socket }, response) => {
    if (cuts-- <= 0) return response.end('served');
    response.writeHead(200, { 'content-length': 100 });
    return response.write('ser', () => socket.destroy());
  });
  const invoker = await invoking(at);
  await expect(invoker.fetch(hello, { aefId, method: 'POST' })).rejects.toMatchObject({ code: 'mayHaveBeenExecuted' });
  cuts = 1;
  expect(await (await invoker.fetch(hello, { aefId })).text()).toBe('served');
  expect(invocations).toEqual(['POST', 'GET', 'GET']);
});

test('an invoker gives up an AEF that always cuts after a bounded number of attempts (6.7)', async () => {
  const at = await testbed();
  const { aefId, invocations } = await thirdPartyAef(at, ({ socket }) => socket.destroy());
  const invoker = await invoking(at, { attemptsMax: 3 });
  await expect(invoker.fetch(hello, { aefId })).rejects.toMatchObject({ code: 'gaveUp' });
  expect(invocations.length).toBeLessThanOrEqual(2 * (3 + 1));
});

test('a foreign problem is passed on as the answer of the service (TS 29.122 5.2.6)', async () => {
  const at = await testbed();
  const problems = [
    [403, 'application/problem+json', '{"cause":"QUOTA_EXCEEDED"}'],
    [401, 'application/problem+json', '{"cause":"NOT_AUTHORIZED"}'],
    [403, 'application/json', '{"cause":"SECURITY_METHOD_MISMATCH"}'],
    [500, 'text/plain', 'SECURITY_METHOD_MISMATCH'],
  ] as const;
  const left = [...problems];
  const { aefId } = await thirdPartyAef(at, (_, response) => {
    const [status, type, body] = left.shift()!;
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const invoker = await invoking(at);
  for (const [status, , body] of problems) {
    const response = await invoker.fetch(hello, { aefId });
    expect([response.status, await response.text()]).toEqual([status, body]);
  }
});
