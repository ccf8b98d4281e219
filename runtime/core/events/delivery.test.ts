/** One attempt at receivers of all kinds, over TLS: what they answer, where they lead, and what they break (RFC 9110 15.4). */
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createAuthority } from '../../credentials/certificates.ts';
import { generateKeyPair } from '../../credentials/key-pairs.ts';
import { notifications, receiver } from '../../testing/receiver.ts';
import { closeAll } from '../../testing/roles.ts';
import { closeAll as closeServers, listening } from '../../testing/servers.ts';
import { delivery } from './delivery.ts';
import { type DestinationOptions, Destinations } from './destinations.ts';

afterEach(async () => {
  await closeAll();
  closeServers();
});

async function delivering(options: DestinationOptions = {}, trustAnchors = notifications.trustAnchors) {
  const authority = await createAuthority({ name: 'core', now: Date.now() });
  const { privateKeyPem: key, publicKeyPem: publicKey } = await generateKeyPair();
  const subject = { role: 'capifCoreFunction', id: 'ccf' } as const;
  const cert = await authority.issue({ subject, publicKey, usages: ['client'], now: Date.now() });
  const destinations = new Destinations({ hosts: notifications.hosts, ...options });
  const deliver = delivery({
    destinations,
    trustAnchors,
    certificate: { key, cert },
    timeoutMs: 2000,
    clock: systemClock,
  });
  return (uri: string) => deliver(uri, { hello: 'there' }, new AbortController().signal);
}

test('a receiver is reached at its address and by its name, and any 2xx is an acknowledgement', async () => {
  const deliver = await delivering();
  const hosts: unknown[] = [];
  const { uri, received } = await receiver((n, _, { headers }) => {
    hosts.push(headers.host);
    return n === 1 ? 204 : 200;
  });
  expect(await deliver(uri('/a?b=c'))).toEqual({ outcome: 'delivered' });
  expect(await deliver(uri('/a', 'localhost'))).toEqual({ outcome: 'delivered' });
  expect(received).toEqual([
    { path: '/a?b=c', body: { hello: 'there' } },
    { path: '/a', body: { hello: 'there' } },
  ]);
  expect(hosts).toEqual([new URL(uri()).host, new URL(uri('/', 'localhost')).host]);
});

test('what is no acknowledgement is tried again, unless another attempt would be no use', async () => {
  const deliver = await delivering();
  const statuses = [500, 503, 429, 408, 400, 401, 404, 410, 302];
  const { uri } = await receiver((n, response) => {
    response.setHeader('retry-after', '7');
    return statuses[n - 1];
  });
  const outcomes = [];
  for (const status of statuses) outcomes.push([status, await deliver(uri())]);
  expect(outcomes).toMatchObject([
    ...[500, 503, 429, 408].map((status) => [status, { outcome: 'failed', because: `status ${status}` }]),
    ...[400, 401, 404, 410, 302].map((status) => [status, { outcome: 'refused', because: `status ${status}` }]),
  ]);
  expect(outcomes.slice(1, 3)).toMatchObject([
    [503, { waitMs: 7000 }],
    [429, { waitMs: 7000 }],
  ]);
});

test('307 and 308 are followed to where notifications may go, and nowhere else', async () => {
  const deliver = await delivering();
  const there = await receiver();
  let location = there.uri('/there');
  const here = await receiver((n, response) => {
    response.setHeader('location', location);
    return n % 2 === 0 ? 307 : 308;
  });
  expect(await deliver(here.uri())).toEqual({ outcome: 'delivered' });
  location = there.uri('/there', 'localhost');
  expect(await deliver(here.uri())).toEqual({ outcome: 'delivered' });
  expect(there.received).toHaveLength(2);
  for (const elsewhere of ['https://[::1]/', 'https://10.0.0.1/', 'http://127.0.0.1/', 'ftp://x', 'https://']) {
    location = elsewhere;
    expect([elsewhere, await deliver(here.uri())]).toMatchObject([elsewhere, { outcome: 'refused' }]);
  }
  location = '/round';
  expect(await deliver(here.uri())).toEqual({ outcome: 'refused', because: 'too many redirections' });
});

test('broken HTTP, a connection that is cut, and silence are failures of that attempt', async () => {
  const deliver = await delivering();
  const broken = await receiver((n, response) => {
    const { socket } = response;
    if (n === 1) socket?.end('no HTTP at all\r\n\r\n');
    if (n === 2) socket?.destroy();
    if (n === 3) socket?.end('HTTP/1.1 204 No Content\r\ncontent-length: x\r\n\r\n');
    if (n === 4) response.writeHead(200).write('x'.repeat(20_000));
    return undefined;
  });
  for (let n = 1; n <= 5; n += 1) expect([n, await deliver(broken.uri())]).toMatchObject([n, { outcome: 'failed' }]);
});

test('a receiver that cannot be reached, or cannot prove its name, is a failure, and gets nothing', async () => {
  const { uri, received } = await receiver();
  const untrusting = await delivering({}, []);
  expect(await untrusting(uri())).toMatchObject({ outcome: 'failed', because: expect.stringContaining('certificate') });
  expect(received).toEqual([]);
  const closed = createTcpServer();
  const port = await listening(closed);
  await new Promise((resolve) => closed.close(resolve));
  const deliver = await delivering();
  expect(await deliver(`https://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'failed' });
});

test('a name of this machine is not reached unless it was named, and HTTP without TLS only where that is allowed', async () => {
  const { uri, received } = await receiver();
  const byDefault = await delivering({ hosts: undefined });
  expect(await byDefault(uri('/', 'localhost'))).toEqual({
    outcome: 'refused',
    because: 'its name stands for no address to be notified',
  });
  expect(received).toEqual([]);

  let bodies = 0;
  const plain = createServer((request, response) => {
    bodies += 1;
    request.resume().on('end', () => response.writeHead(bodies === 1 ? 204 : 503, { 'retry-after': '3' }).end());
  });
  const port = await listening(plain);
  expect(await (await delivering())(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'refused' });
  const allowed = await delivering({ plainHttp: true });
  expect(await allowed(`http://127.0.0.1:${port}/`)).toEqual({ outcome: 'delivered' });
  expect(await allowed(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'failed', waitMs: 3000 });
  plain.close();
  plain.closeAllConnections();
  expect(await allowed(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'failed' });
});

test('a receiver without TLS that changes the protocol unasked fails that attempt', async () => {
  const upgrading = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'));
  });
  const deliver = await delivering({ plainHttp: true });
  expect(await deliver(`http://127.0.0.1:${await listening(upgrading)}/`)).toMatchObject({ outcome: 'failed' });
});
