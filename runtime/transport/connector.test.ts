/** How a connector gets its connection, from servers that refuse, fall silent, hang up or lie. */

import { X509Certificate } from 'node:crypto';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { testAuthority } from '../testing/pki.ts';
import {
  authority,
  closeAll,
  closed,
  connecting,
  get,
  listening,
  own,
  post,
  server,
  serving,
} from '../testing/servers.ts';
import { Bound } from './client-connection.ts';
import type { Connector } from './connector.ts';

afterEach(closeAll);

describe('opening', () => {
  test('says what both ends proved, and keeps the connection for the next request', async () => {
    const { port, handshakes } = await serving((_request, response) => response.end('hello'), {
      ca: authority.ca,
      requestCert: true,
    });
    const client = connecting(port, { credential: { by: 'certificate', ...own } });
    const opened = await client.open();
    const facts = {
      tls: 'TLSv1.3',
      suite: 'TLS_AES_256_GCM_SHA384',
      proof: { by: 'certificate', subject: 'invoker-1' },
      peer: 'aef-1',
    };
    expect(opened).toMatchObject({ outcome: 'established', facts });

    const answer = await client.request(get);
    expect(answer).toMatchObject({ outcome: 'answered', status: 200, body: Buffer.from('hello'), facts });
    const again = await client.open();
    const sockets = [opened, answer, again].map((outcome) => 'socket' in outcome && outcome.socket);
    expect(new Set(sockets).size).toBe(1);
    expect(handshakes).toHaveLength(1);
  });

  test('keeps nothing of a connection that has ended', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { port } = await serving((_request, response) => response.end('hello'));
    const used = async (client: Connector) => {
      const answer = await client.request(get);
      if (answer.outcome !== 'answered') throw new Error(answer.outcome);
      answer.socket.destroy();
      return new WeakRef(answer.socket);
    };
    const clients = Array.from({ length: 4 }, () => connecting(port));
    const sockets: WeakRef<TLSSocket>[] = [];
    for (const client of clients) sockets.push(await used(client));
    // Of the latest, node:http may keep a parser for the next one.
    await expect
      .poll(() => {
        collect();
        return sockets.filter((socket) => socket.deref()).length;
      })
      .toBeLessThanOrEqual(1);
    expect(await clients[0]!.request(get)).toMatchObject({ status: 200 });
  });

  test('cannot reach a port without a listener', async () => {
    const made = createTcpServer();
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    const { port } = made.address() as AddressInfo;
    await new Promise((resolve) => made.close(resolve));
    const client = connecting(port);
    const unreachable = { outcome: 'unreachable', because: 'ECONNREFUSED' };
    expect(await client.open()).toEqual(unreachable);
    expect(await client.request(get)).toEqual(unreachable);
  });

  test('gives up on a server that says nothing', async () => {
    const port = await listening(createTcpServer());
    const client = connecting(port, { timeoutMs: 20 });
    expect(await client.open()).toEqual({ outcome: 'unreachable', because: 'timeout' });
  });

  test('is refused by a server that hangs up', async () => {
    const port = await listening(createTcpServer((socket) => socket.resume().end()));
    expect(await connecting(port).open()).toEqual({ outcome: 'refused', because: 'ECONNRESET' });
  });

  test('refuses a server of another authority, or with another name, and says which certificate it was', async () => {
    let served = 0;
    const { port } = await serving((_request, response) => {
      served += 1;
      response.end();
    });
    const stranger = await testAuthority('stranger');
    const fingerprint = new X509Certificate(server.cert).fingerprint256;
    const refused = (because: string) => ({
      outcome: 'refused',
      because,
      untrusted: { subject: 'CN=aef-1', issuer: 'CN=others', sha256: fingerprint },
    });
    const unknown = { ca: stranger.ca };
    expect(await connecting(port, unknown).open()).toEqual(refused('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    expect(await connecting(port, unknown).request(post)).toEqual(refused('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    const named = { serverName: 'aef.example' };
    expect(await connecting(port, named).open()).toEqual(refused('ERR_TLS_CERT_ALTNAME_INVALID'));
    const checkServerIdentity = () => new Error('not the AEF asked for');
    expect(await connecting(port, { checkServerIdentity }).open()).toEqual(refused('not the AEF asked for'));
    expect(served).toBe(0);
    expect(await connecting(port, { serverName: 'localhost' }).open()).toMatchObject({ outcome: 'established' });
  });

  test('names an alert by its number', async () => {
    const { port } = await serving((_request, response) => response.end(), { maxVersion: 'TLSv1.2' });
    expect(await connecting(port, { tls: { minVersion: 'TLSv1.3' } }).open()).toEqual({
      outcome: 'refused',
      because: 'TLS alert 70 (protocol_version)',
      alert: 70,
    });
  });

  test('with a PSK that a certificate-only server leaves unused, nothing is written', async () => {
    let received = '';
    const made = createTlsServer(server, (socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        received += chunk;
      });
    });
    const ended: Promise<unknown>[] = [];
    made.on('connection', (socket) => ended.push(new Promise((resolve) => socket.once('close', resolve))));
    const port = await listening(made);
    const client = connecting(port, {
      credential: { by: 'PSK', identity: 'invoker-1', key: Buffer.alloc(32, 7) },
      ca: (await testAuthority('stranger')).ca,
    });
    const refused = { outcome: 'refused', because: 'psk not used' };
    expect(await client.open()).toEqual(refused);
    expect(await client.request(post)).toEqual(refused);
    await Promise.all(ended);
    expect(ended).toHaveLength(2);
    expect(received).toBe('');
  });
});

describe('a late alert', () => {
  const mutual = () => serving((_request, response) => response.end(), { ca: authority.ca, requestCert: true });

  test('comes after the request was written, so the server may have acted on it', async () => {
    const { port } = await mutual();
    expect(await connecting(port).request(post)).toEqual({
      outcome: 'cut',
      because: 'TLS alert 116 (certificate_required)',
      alert: 116,
      mayHaveBeenExecuted: true,
    });
  });

  test('that comes before the request was written refuses it', async () => {
    const { port } = await mutual();
    const client = connecting(port, { singleConnection: true });
    const opened = await client.open();
    expect(opened.outcome).toBe('established');
    if (opened.outcome === 'established') await closed(opened.socket);
    const refused = { outcome: 'refused', because: 'TLS alert 116 (certificate_required)', alert: 116 };
    expect(await client.request(post)).toEqual(refused);
  });
});

describe('a connector that is closed', () => {
  test('cuts what is under way, and then reaches no server', async () => {
    const { port, handshakes } = await serving(() => client.close());
    const client = connecting(port);
    const gone = { outcome: 'unreachable', because: 'connector closed' };
    expect(await client.request(get)).toMatchObject({ outcome: 'cut' });
    expect([await client.request(get), await client.open()]).toEqual([gone, gone]);
    expect(handshakes).toHaveLength(1);
  });

  test('leaves no connection open, used or not', async () => {
    const { port } = await serving((_request, response) => response.end());
    const client = connecting(port);
    const [first, second] = await Promise.all([client.request(get), client.open()]);
    client.close();
    for (const outcome of [first, second]) expect('socket' in outcome && outcome.socket.destroyed).toBe(true);
  });

  test('stops opening', async () => {
    const port = await listening(createTcpServer(() => client.close()));
    const client = connecting(port);
    expect(await client.open()).toEqual({ outcome: 'unreachable', because: 'connector closed' });
  });
});

test('a bound ends once, and the first reason counts; who was released hears nothing', () => {
  const bound = new Bound();
  const heard: (string | undefined)[] = [];
  bound.whenEnded(() => heard.push(bound.because));
  bound.whenEnded(() => heard.push('released'))();
  bound.end('timeout');
  bound.end('aborted');
  expect(heard).toEqual(['timeout']);
  expect(bound.because).toBe('timeout');
});
