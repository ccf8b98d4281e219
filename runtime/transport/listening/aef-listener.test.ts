/** The universal listener, as invokers and attackers meet it. */

import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type TestAuthority, type TestCredentials, testAuthority } from '../../testing/pki.ts';
import type { ClientCredential } from '../client-contexts.ts';
import type { ConnectionFacts } from '../connection-facts.ts';
import { connector } from '../connector.ts';
import { clientProfile, type TlsVersion } from '../tls-profile.ts';
import { type AefListenerOptions, aefListener } from './aef-listener.ts';
import { httpsListener } from './https-listener.ts';
import type { HandshakeFailure } from './listener.ts';

const key = Buffer.alloc(32, 7);
const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const closing: (() => void)[] = [];
let authority: TestAuthority;
let server: TestCredentials;

beforeAll(async () => {
  authority = await testAuthority('listener');
  server = await authority.server('aef-1');
});

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A listener that knows `invoker-1` and answers 200; it tells the facts of each request and every failed handshake. */
async function exposing(options: Partial<AefListenerOptions> = {}) {
  const seen: ConnectionFacts[] = [];
  const failures: HandshakeFailure[] = [];
  const listener = aefListener({
    ...server,
    ca: authority.ca,
    pskFor: (identity) => (identity === 'invoker-1' ? { key, credential: 1 } : undefined),
    onHandshakeFailure: (failure) => failures.push(failure),
    onRequest(_request, response, facts) {
      seen.push(facts);
      response.end('{}');
    },
    ...options,
  });
  const port = await listener.listen(0, '127.0.0.1');
  closing.push(listener.close);
  return { listener, port, seen, failures };
}

function invoking(port: number, credential: ClientCredential, version?: TlsVersion) {
  const tls = version ? { minVersion: version, maxVersion: version } : {};
  const client = connector({ host: '127.0.0.1', port, credential, ca: authority.ca, tls });
  closing.push(client.close);
  return client;
}

const byPsk = (identity: string, bytes = key): ClientCredential => ({ by: 'PSK', identity, key: bytes });

test.each(versions)('one port serves every method of %s and says which one was proven', async (version) => {
  const { port, seen } = await exposing();
  const certificate = await authority.client('invoker-2');
  const credentials = [byPsk('invoker-1'), { by: 'certificate', ...certificate }, { by: 'nothing' }] as const;
  for (const credential of credentials) {
    const answer = await invoking(port, credential, version).request({ method: 'GET', path: '/' });
    expect(answer).toMatchObject({ outcome: 'answered', status: 200 });
  }
  expect(seen.map(({ tls, proof }) => [tls, proof.by])).toEqual([
    [version, 'PSK'],
    [version, 'certificate'],
    [version, 'nothing'],
  ]);
});

test('a client that names an identity and offers only SHA-384 does not get in', async () => {
  const { port, seen } = await exposing();
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: authority.ca,
    ciphers: 'TLS_AES_256_GCM_SHA384',
    minVersion: 'TLSv1.3',
    pskCallback: () => ({ psk: Buffer.alloc(32, 0xee), identity: 'invoker-1' }),
  });
  const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
  expect(error.message).toMatch(/alert number 40/);
  expect(seen).toEqual([]);
});

test.each(versions)('a wrong key fails the handshake of %s, and the listener hears whose it was', async (version) => {
  const { port, failures } = await exposing();
  const opened = await invoking(port, byPsk('invoker-1', Buffer.alloc(32, 9)), version).open();
  expect(opened).toMatchObject({ outcome: 'refused', alert: expect.any(Number) });
  await expect
    .poll(() => failures)
    .toMatchObject([{ identity: 'invoker-1', error: expect.stringMatching(/^ERR_SSL/) }]);
});

test.each(versions)(
  'an unknown identity fails in %s as a wrong key does, and only the listener hears which it was',
  async (version) => {
    const { port, failures } = await exposing();
    const wrong = await invoking(port, byPsk('invoker-1', Buffer.alloc(32, 9)), version).open();
    const unknown = await invoking(port, byPsk('nobody'), version).open();
    expect(unknown).toEqual(wrong);
    expect(unknown).toMatchObject({ outcome: 'refused', alert: expect.any(Number) });
    await expect.poll(() => failures.map(({ identity }) => identity)).toEqual(['invoker-1', 'nobody']);
  },
);

test.each(versions)('a search for a key that throws harms no other connection in %s', async (version) => {
  const { port, failures } = await exposing({
    pskFor(identity) {
      if (identity === 'invoker-1') return { key, credential: 1 };
      throw new Error('store is down');
    },
  });
  expect(await invoking(port, byPsk('nobody'), version).open()).toMatchObject({ outcome: 'refused' });
  expect(failures).toContainEqual({ identity: 'nobody', error: 'store is down' });
  expect(await invoking(port, byPsk('invoker-1'), version).open()).toMatchObject({ outcome: 'established' });
});

test.each(versions)('no connection of %s is ever a resumption', async (version) => {
  const { port } = await exposing();
  const only = { minVersion: version, maxVersion: version };
  const options = { host: '127.0.0.1', port, ca: authority.ca, ...only };
  let session: Buffer | undefined;
  for (const _ of [1, 2]) {
    const socket = connect({ ...options, ...(session && { session }) });
    socket.on('session', (ticket) => {
      session = ticket;
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect(socket.isSessionReused()).toBe(false);
    session ??= socket.getSession();
    socket.write('GET / HTTP/1.1\r\nhost: aef-1\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
  }
});

test('an open connection keeps its facts when the key changes, a new one gets the new ones', async () => {
  let credential = 1;
  const { port, seen } = await exposing({ pskFor: () => ({ key, credential }) });
  const early = invoking(port, byPsk('invoker-1'));
  await early.request({ method: 'GET', path: '/' });
  credential = 2;
  await early.request({ method: 'GET', path: '/' });
  await invoking(port, byPsk('invoker-1')).request({ method: 'GET', path: '/' });
  expect(seen.map(({ proof }) => proof.by === 'PSK' && proof.credential)).toEqual([1, 1, 2]);
  expect(seen[0]).toBe(seen[1]);
});

test('an invoker with a key of a withdrawn method is told over HTTP, by a server that proved itself with it', async () => {
  const { port } = await exposing({
    onRequest(_request, response, { proof }) {
      const cause = proof.by === 'PSK' ? 'SECURITY_METHOD_MISMATCH' : 'UNEXPECTED';
      response.writeHead(403, { connection: 'close' }).end(JSON.stringify({ cause }));
    },
  });
  const answer = await invoking(port, byPsk('invoker-1')).request({ method: 'POST', path: '/', body: '{}' });
  expect(answer).toMatchObject({ outcome: 'answered', status: 403, facts: { proof: { by: 'PSK' } } });
  expect(answer.outcome === 'answered' && JSON.parse(answer.body.toString())).toMatchObject({
    cause: 'SECURITY_METHOD_MISMATCH',
  });
});

test('a connection that is not accepted is ended before any of its requests is heard', async () => {
  const { port, seen } = await exposing({ accept: (socket) => socket.getProtocol() === 'TLSv1.3' });
  const old = await invoking(port, { by: 'nothing' }, 'TLSv1.2').request({ method: 'GET', path: '/' });
  expect(old.outcome).not.toBe('answered');
  const current = await invoking(port, { by: 'nothing' }, 'TLSv1.3').request({ method: 'GET', path: '/' });
  expect(current.outcome).toBe('answered');
  expect(seen).toHaveLength(1);
});

test('close ends connections without a handshake, without a request and in the middle of one', async () => {
  let answering = () => {};
  const asked = new Promise<void>((resolve) => {
    answering = resolve;
  });
  const { listener, port } = await exposing({ onRequest: () => answering() });
  const silent = connectTcp(port, '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));
  const handshaken = connect({ host: '127.0.0.1', port, ...clientProfile({ psk: false }), ca: authority.ca });
  await new Promise((resolve) => handshaken.once('secureConnect', resolve));
  const cut = invoking(port, { by: 'nothing' }).request({ method: 'GET', path: '/' });
  await asked;
  const ended = [silent, handshaken].map(
    (socket) => new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume()),
  );

  await listener.close();
  await Promise.all(ended);
  expect(await cut).toMatchObject({ outcome: 'cut' });
  await expect(listener.close()).resolves.toBeUndefined();
});

test('listening on a port that is taken is rejected', async () => {
  const { port } = await exposing();
  const second = httpsListener({ ...server, ca: authority.ca, onRequest: () => {} });
  await expect(second.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('the listener of the core takes certificates and none, never a key', async () => {
  const proven: string[] = [];
  const core = httpsListener({
    ...server,
    ca: authority.ca,
    onRequest(_request, response, { proof, suite }) {
      proven.push(`${proof.by} ${suite}`);
      response.writeHead(204).end();
    },
  });
  const port = await core.listen(0, '127.0.0.1');
  closing.push(core.close);
  const certificate = await authority.client('invoker-2');
  for (const credential of [{ by: 'nothing' }, { by: 'certificate', ...certificate }] as const) {
    const answer = await invoking(port, credential).request({ method: 'DELETE', path: '/' });
    expect(answer).toMatchObject({ outcome: 'answered', status: 204 });
  }
  expect(proven).toEqual(['nothing TLS_AES_128_GCM_SHA256', 'certificate TLS_AES_128_GCM_SHA256']);
  expect(await invoking(port, byPsk('invoker-1')).open()).toEqual({ outcome: 'refused', because: 'psk not used' });
});

test('every answer announces how long its connection is kept', async () => {
  const { port } = await exposing();
  const answer = await invoking(port, { by: 'nothing' }).request({ method: 'GET', path: '/' });
  expect(answer).toMatchObject({ headers: { 'keep-alive': 'timeout=5' } });
});
