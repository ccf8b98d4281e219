/**
 * How many connections a listener has at once. A connection that has proven nothing makes room for a new one, the oldest
 * first; where all have proven who they are, the new one is refused. So strangers, however many come, take no connection from
 * those who have proven themselves, and a listener that is full of strangers still lets a new client prove itself.
 */
import type { Socket } from 'node:net';

export const connectionsMaxByDefault = 10_000;

export type ConnectionLimit = {
  /** All that are open. */
  readonly open: ReadonlySet<Socket>;
  /** A connection has come; false if it was refused. */
  takes(socket: Socket): boolean;
  /** Who is at the other end of it is known now. */
  proven(socket: Socket): void;
};

export function connectionLimit(most: number): ConnectionLimit {
  const open = new Set<Socket>();
  /** By the address of the peer, which is that of the TCP connection and of the TLS connection on it. */
  const strangers = new Map<string, Socket>();
  return {
    open,
    takes(socket) {
      if (open.size >= most) {
        const [oldest] = strangers;
        if (!oldest) {
          socket.destroy();
          return false;
        }
        // It is closed only later.
        strangers.delete(oldest[0]);
        open.delete(oldest[1]);
        oldest[1].destroy();
      }
      open.add(socket);
      const peer = peerOf(socket);
      strangers.set(peer, socket);
      socket.once('close', () => {
        open.delete(socket);
        if (strangers.get(peer) === socket) strangers.delete(peer);
      });
      return true;
    },
    proven(socket) {
      strangers.delete(peerOf(socket));
    },
  };
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
