/** What the listeners of all roles share: facts frozen per connection, requests that carry them, a close that ends all. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectionFacts } from '../connection-facts.ts';
import { refuseUnread } from '../http-service.ts';
import { tlsFailure } from '../tls-failure.ts';
import { connectionLimit, connectionsMaxByDefault } from './connection-limit.ts';
import { handshakeQueue } from './handshake-queue.ts';
import { addressOf, defaultLimits, type LimitName, type Limits, peerOf } from './limits.ts';
import { RatePerPeer } from './rate-per-peer.ts';
import { RequestLimit } from './request-limit.ts';

export interface Listener {
  /** Resolves with the port, which is a free one for 0; rejects if the address is not available. */
  listen(port: number, host: string): Promise<number>;
  /**
   * Takes no new connection, ends those on which nothing is under way, and the others once they are answered, or after
   * `withinMs` (0: at once). Resolves when the last is gone.
   */
  close(withinMs?: number): Promise<void>;
}

/** A failed handshake; `identity` is what a PSK client claimed, so that a stale key can be fetched again. */
export interface HandshakeFailure {
  identity?: string;
  error: string;
}

/** The callbacks of a listener's owner, none of which may throw, and what it bounds. */
export interface ListenerEvents {
  /** At once; 10,000 by default. */
  connectionsMax?: number | undefined;
  limits?: Partial<Limits> | undefined;
  /** A connection or a request was refused, or a connection was ended, by this limit. */
  onLimit?(limit: LimitName): void;
  onRequest(request: IncomingMessage, response: ServerResponse, facts: ConnectionFacts): void;
  onHandshakeFailure?(failure: HandshakeFailure): void;
  /** Asked once per finished handshake; false ends the connection. TLS 1.2 without extended master secret is refused so. */
  accept?(socket: TLSSocket): boolean;
}

/** How a listener reads its sockets. */
interface Reading {
  factsOf(socket: TLSSocket): ConnectionFacts;
  claimedIdentity(socket: TLSSocket): string | undefined;
}

/** Makes a listener of a server that has no other listeners. */
export function listener(server: Server, events: ListenerEvents, reading: Reading): Listener {
  const facts = new WeakMap<Socket, ConnectionFacts>();
  const peers = new WeakMap<Socket, string>();
  const limits = { ...defaultLimits, ...events.limits };
  const connections = connectionLimit(events.connectionsMax ?? connectionsMaxByDefault, limits, onLimit);
  const handshakes = new RatePerPeer(limits.handshakesPerSecond);
  const requests = new RequestLimit(limits);
  let isClosing = false;

  function onLimit(limit: LimitName): void {
    events.onLimit?.(limit);
  }

  // Its own listener begins the handshake. Whoever is refused has cost none.
  const [begin] = server.listeners('connection') as ((socket: Socket) => void)[];
  const beginInTurn = handshakeQueue({
    begin: (socket) => begin!.call(server, socket),
    onRefused: () => events.onHandshakeFailure?.({ error: 'too many handshakes come: this one has waited too long' }),
  });
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    if (handshakes.take(addressOf(socket)) > 0) {
      socket.destroy();
      return onLimit('handshakesPerSecond');
    }
    if (!connections.takes(socket)) return events.onHandshakeFailure?.({ error: 'there are too many connections' });
    beginInTurn(socket);
  });

  server.prependListener('secureConnection', (socket) => {
    if (events.accept?.(socket) === false) {
      socket.destroy();
      return;
    }
    const proven = reading.factsOf(socket);
    const peer = peerOf(socket, proven);
    if (proven.proof.by !== 'nothing' && !connections.proven(socket, peer)) return;
    facts.set(socket, proven);
    peers.set(socket, peer);
  });

  server.on('tlsClientError', (error, socket) => {
    const identity = reading.claimedIdentity(socket);
    const { because } = tlsFailure(error);
    events.onHandshakeFailure?.(identity === undefined ? { error: because } : { identity, error: because });
  });

  function answered(this: ServerResponse): void {
    const { socket } = this.req;
    requests.ended(peers.get(socket)!);
    if (isClosing) socket.destroySoon();
  }

  server.on('request', (request, response) => {
    const { socket } = request;
    const [proven, peer] = [facts.get(socket), peers.get(socket)];
    if (!proven || peer === undefined) {
      socket.destroy();
      return;
    }
    const refused = requests.begin(peer, proven.proof.by !== 'nothing');
    if (refused) {
      onLimit(refused.limit);
      return refuseUnread(request, response, refused);
    }
    response.on('close', answered);
    events.onRequest(request, response, proven);
  });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),

    close: (withinMs = 0) =>
      new Promise((resolve) => {
        const destroyAll = () => {
          for (const socket of connections.open) socket.destroy();
        };
        if (withinMs === 0) destroyAll();
        const timer = setTimeout(destroyAll, withinMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        isClosing = true;
        server.closeIdleConnections();
      }),
  };
}
