/** An https.Agent that opens nothing by itself: it hands out the connections it was given and those that came back. */

import { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';

export class ProvenAgent extends Agent {
  /** Given and not yet used; what came back is in `freeSockets`. */
  #unused: TLSSocket[] = [];

  /** First in, first out, as only then the agent passes over those of its free sockets that have been closed. */
  constructor() {
    super({ keepAlive: true, maxCachedSessions: 0, scheduling: 'fifo' });
  }

  /** Takes over a connection. It is read from, so that its end is noticed. */
  keep(socket: TLSSocket): void {
    this.#unused.push(socket);
    // A server has nothing to say while no request waits: the next one would take it for its own answer (RFC 9112 9.2).
    socket.on('data', () => {
      if (this.#waiting().includes(socket)) socket.destroy();
    });
  }

  /** A live connection that the next request could use. */
  waiting(): TLSSocket | undefined {
    return this.#waiting().find((socket) => !socket.destroyed);
  }

  dropWaiting(isMeant: (socket: TLSSocket) => boolean = () => true): void {
    for (const socket of this.#waiting().filter(isMeant)) socket.destroy();
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
    return socket;
  }

  #waiting(): TLSSocket[] {
    return [...(Object.values(this.freeSockets).flat() as TLSSocket[]), ...this.#unused];
  }
}
