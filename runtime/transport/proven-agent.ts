/** An https.Agent that opens nothing by itself: it hands out the connections it was given and those that came back. */

import type { ClientRequest } from 'node:http';
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

export class ProvenAgent extends Agent {
  /** Given and not yet used; what came back is in `freeSockets`. */
  #unused: TLSSocket[] = [];
  /** Both, in the order in which they are used. */
  readonly #waiting = new Set<TLSSocket>();

  /** First in, first out, as only then the agent passes over those of its free sockets that have been closed. */
  constructor() {
    super({ keepAlive: true, maxCachedSessions: 0, scheduling: 'fifo' });
  }

  /** Takes over a connection. It is read from, so that its end is noticed. */
  keep(socket: TLSSocket): void {
    this.#unused.push(socket);
    this.#waiting.add(socket);
    socket.once('close', () => this.#waiting.delete(socket));
    // A server has nothing to say while no request waits: the next one would take it for its own answer (RFC 9112 9.2).
    socket.on('data', () => {
      if (this.#waiting.has(socket)) socket.destroy();
    });
  }

  /** A live connection that the next request could use. */
  waiting(): TLSSocket | undefined {
    for (const socket of this.#waiting) if (!socket.destroyed) return socket;
    return undefined;
  }

  dropWaiting(isMeant: (socket: TLSSocket) => boolean = () => true): void {
    for (const socket of this.#waiting) if (isMeant(socket)) socket.destroy();
  }

  override destroy(): void {
    this.dropWaiting();
    super.destroy();
  }

  /** Called by node:https when no free socket is left; whoever makes a request has seen to it that one waits. */
  override createConnection(): TLSSocket {
    this.#unused = this.#unused.filter((socket) => !socket.destroyed);
    const socket = this.#unused.shift();
    if (!socket) throw new Error('a request was made without a connection');
    this.#waiting.delete(socket);
    return socket;
  }

  /** Called by node:http when a connection is free again: false if it is not to be kept, which its types leave out. */
  override keepSocketAlive(socket: Duplex): boolean {
    const isKept = (super.keepSocketAlive(socket) as unknown) === true;
    if (isKept) this.#waiting.add(socket as TLSSocket);
    return isKept;
  }

  /** Called by node:http when a request takes a connection that came back. */
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#waiting.delete(socket as TLSSocket);
    super.reuseSocket(socket, request);
  }
}
