/** A listener that is full: strangers make room, and take none from those who have proven themselves. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type TestAuthority, type TestCredentials, testAuthority } from '../../testing/pki.ts';
import { connector } from '../connector.ts';
import { httpsListener } from './https-listener.ts';
import type { LimitName, Limits } from './limits.ts';

const host = '127.0.0.1';
const closing: (() => unknown)[] = [];
let authority: TestAuthority;
let server: TestCredentials;
let invoker: TestCredentials;

beforeAll(async () => {
  authority = await testAuthority('listener');
  server = await authority.server('ccf');
  invoker = await authority.client('invoker-1');
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listening(connectionsMax: number, limits: Partial<Limits> = {}) {
  const failures: string[] = [];
  const limited: LimitName[] = [];
  const listener = httpsListener({
    ...server,
    ca: authority.ca,
    connectionsMax,
    limits,
    onLimit: (limit) => limited.push(limit),
    onHandshakeFailure: ({ error }) => failures.push(error),
    onRequest: (_request, response) => response.end('{}'),
  });
  const port = await listener.listen(0, host);
  closing.push(() => listener.close());
  return { port, failures, limited };
}

function client(port: number) {
  const made = connector({ host, port, credential: { by: 'certificate', ...invoker }, ca: authority.ca });
  closing.unshift(made.close);
  return made;
}
const asked = async (one: ReturnType<typeof client>) => (await one.request({ method: 'GET', path: '/' })).outcome;

/** A connection on which nothing is sent. */
async function silent(port: number, localAddress = host): Promise<Socket> {
  const socket = connectTcp({ port, host, localAddress }).on('error', () => {});
  closing.unshift(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('however many strangers come, the oldest make room, and a proven connection stays', async () => {
  const { port } = await listening(4);
  const kept = client(port);
  expect(await asked(kept)).toBe('answered');
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => silent(port)));
  const ended = once(first!, 'close');
  const gone = Promise.all(others.map((socket) => once(socket, 'close')));
  for (let n = 0; n < 20; n += 1) await silent(port);
  await ended;
  await gone;
  expect(await asked(kept)).toBe('answered');
  expect(await asked(client(port))).toBe('answered');
});

test('where all have proven who they are, a new connection is refused, and it is told', async () => {
  const { port, failures } = await listening(2);
  const [one, other, late] = [client(port), client(port), client(port)];
  expect([await asked(one), await asked(other)]).toEqual(['answered', 'answered']);
  expect(await asked(late)).not.toBe('answered');
  expect(failures).toContain('there are too many connections');
  one.close();
  await expect.poll(() => asked(client(port))).toBe('answered');
});

test('of the strangers of one address the oldest makes room at its share, and those of others stay', async () => {
  const { port, limited } = await listening(100, { connectionsPerPeer: 2 });
  const other = await silent(port, '127.0.0.2');
  const [first, second] = [await silent(port), await silent(port)];
  const gone = once(first, 'close');
  const third = await silent(port);
  await gone;
  expect(limited).toEqual(['connectionsPerPeer']);
  expect([other, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
});

test('a peer that is proven has its share of connections, and others have theirs', async () => {
  const { port, limited } = await listening(100, { connectionsPerPeer: 2 });
  const [one, other] = [client(port), client(port)];
  expect([await asked(one), await asked(other)]).toEqual(['answered', 'answered']);
  expect(await asked(client(port))).not.toBe('answered');
  expect(limited).toEqual(['connectionsPerPeer']);
  const another = connector({
    ...{ host, port, ca: authority.ca },
    credential: { by: 'certificate', ...(await authority.client('invoker-2')) },
  });
  closing.unshift(another.close);
  expect(await asked(another)).toBe('answered');
  one.close();
  await expect.poll(() => asked(client(port))).toBe('answered');
});
