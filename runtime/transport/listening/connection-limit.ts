/**
 * How many connections a listener has at once. A connection that has proven nothing makes room for a new one, the oldest
 * first; where all have proven who they are, the new one is refused. So strangers, however many come, take no connection from
 * those who have proven themselves, and a listener that is full of strangers still lets a new client prove itself. No address
 * has more strangers than the share of one peer, and nobody who is proven has more connections than that.
 */
import type { Socket } from 'node:net';
import { addressOf, type LimitName, type Limits } from './limits.ts';

export const connectionsMaxByDefault = 10_000;

export type ConnectionLimit = {
  /** All that are open. */
  readonly open: ReadonlySet<Socket>;
  /** A connection has come; false if it was refused. */
  takes(socket: Socket): boolean;
  /** Who is at the other end of it is known now; false if it was refused, as this peer has its share. */
  proven(socket: Socket, peer: string): boolean;
};

export function connectionLimit(
  most: number,
  { connectionsPerPeer: mostPerPeer }: Pick<Limits, 'connectionsPerPeer'>,
  onLimit: (limit: LimitName) => void,
): ConnectionLimit {
  const open = new Set<Socket>();
  /** By the whole address of the peer, which is that of the TCP connection and of the TLS connection on it. */
  const strangers = new Map<string, { socket: Socket; from: string }>();
  const strangersFrom = new Map<string, Set<string>>();
  const connections = new Map<string, number>();

  function forget(whole: string): void {
    const known = strangers.get(whole);
    if (!known) return;
    strangers.delete(whole);
    const others = strangersFrom.get(known.from)!;
    others.delete(whole);
    if (others.size === 0) strangersFrom.delete(known.from);
  }

  /** It is closed only later. */
  function makeRoom(whole: string, limit: LimitName): void {
    onLimit(limit);
    const { socket } = strangers.get(whole)!;
    forget(whole);
    open.delete(socket);
    socket.destroy();
  }

  return {
    open,
    takes(socket) {
      const [whole, from] = [wholeAddressOf(socket), addressOf(socket)];
      const own = strangersFrom.get(from) ?? new Set<string>();
      const [oldestOfAddress] = own;
      if (oldestOfAddress !== undefined && own.size >= mostPerPeer) makeRoom(oldestOfAddress, 'connectionsPerPeer');
      if (open.size >= most) {
        const [oldest] = strangers.keys();
        if (oldest === undefined) {
          onLimit('connections');
          socket.destroy();
          return false;
        }
        makeRoom(oldest, 'connections');
      }
      open.add(socket);
      strangers.set(whole, { socket, from });
      strangersFrom.set(from, own.add(whole));
      socket.once('close', () => {
        open.delete(socket);
        if (strangers.get(whole)?.socket === socket) forget(whole);
      });
      return true;
    },
    proven(socket, peer) {
      const own = connections.get(peer) ?? 0;
      if (own >= mostPerPeer) {
        onLimit('connectionsPerPeer');
        socket.destroy();
        return false;
      }
      forget(wholeAddressOf(socket));
      connections.set(peer, own + 1);
      socket.once('close', () => {
        const left = connections.get(peer)! - 1;
        if (left > 0) connections.set(peer, left);
        else connections.delete(peer);
      });
      return true;
    },
  };
}

const wholeAddressOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
