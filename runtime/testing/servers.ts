/** Servers for the tests of the client's side, as other people might run them. */

import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket, Server as TcpServer } from 'node:net';
import type { TLSSocket, TlsOptions, Server as TlsServer } from 'node:tls';
import { expect } from 'vitest';
import type { ClientCredential } from '../transport/client-contexts.ts';
import { type Connector, type ConnectorOptions, connector } from '../transport/connector.ts';
import { testAuthority } from './pki.ts';

export const authority = await testAuthority('others');
export const server = await authority.server('aef-1');
export const own = await authority.client('invoker-1');

const closing: (() => void)[] = [];

/** Call after each test. */
export function closeAll(): void {
  for (const close of closing.splice(0)) close();
}

export async function listening(made: Server | TlsServer | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  made.on('connection', (socket) => closing.push(() => socket.destroy()));
  closing.push(() => made.close());
  return (made.address() as AddressInfo).port;
}

/** An HTTPS server with all of node:tls's defaults; it tells of each connection whether it was resumed, and its TCP. */
export async function serving(handler: RequestListener, options: TlsOptions = {}) {
  const made = createServer({ ...server, ...options });
  const raw: Socket[] = [];
  const handshakes: boolean[] = [];
  const sockets: TLSSocket[] = [];
  made.on('secureConnection', (socket) => {
    handshakes.push(socket.isSessionReused());
    sockets.push(socket);
  });
  made.on('connection', (socket: Socket) => raw.push(socket));
  made.on('request', handler);
  /** Ends the first connection as soon as it is open, with an answer to no request. */
  async function hangUp() {
    await expect.poll(() => sockets[0]).toBeDefined();
    sockets[0]?.end('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n');
  }
  return { port: await listening(made), handshakes, raw, hangUp };
}

export function connecting(port: number, options: Partial<ConnectorOptions> = {}): Connector {
  const credential: ClientCredential = { by: 'nothing' };
  const client = connector({ host: '127.0.0.1', port, credential, ca: authority.ca, ...options });
  closing.push(client.close);
  return client;
}

export const closed = (socket: TLSSocket) =>
  new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));

export const get = { method: 'GET', path: '/' };
export const post = { method: 'POST', path: '/', body: '{}' };
