/**
 * What a listener takes of a peer, and of all together, so that nobody starves others. A peer is who has proven to be one, and
 * else an address (of IPv6, its /64 network). The defaults are such that no honest peer meets them; docs/limits.md has them all.
 */
import type { Socket } from 'node:net';
import type { ConnectionFacts } from '../connection-facts.ts';

export type Limits = {
  /** At once, of one peer. Where an address has more that have proven nothing, its oldest makes room. */
  connectionsPerPeer: number;
  /** That one address begins. */
  handshakesPerSecond: number;
  /** Of one peer. */
  requestsPerSecond: number;
  /** At once: requests that are not answered yet. */
  requestsUnderWayPerPeer: number;
  requestsUnderWay: number;
};

export const defaultLimits: Limits = {
  connectionsPerPeer: 1_000,
  handshakesPerSecond: 1_000,
  requestsPerSecond: 5_000,
  requestsUnderWayPerPeer: 1_000,
  requestsUnderWay: 10_000,
};

/** `connections`: in all (`connectionsMax`). */
export type LimitName = keyof Limits | 'connections';

/** Who proves nothing is known by where it comes from. */
export function addressOf({ remoteAddress = '' }: Socket): string {
  const [, four] = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(remoteAddress) ?? [];
  if (four !== undefined) return four;
  // A host has a whole /64. What is left out in the middle begins in the first half, or that half is whole.
  const [head = ''] = remoteAddress.split('::');
  return head.split(':').slice(0, 4).join(':');
}

/** The peer at the other end of a connection. */
export function peerOf(socket: Socket, { proof }: ConnectionFacts): string {
  if (proof.by === 'PSK') return `PSK ${proof.identity}`;
  if (proof.by === 'certificate') return `certificate ${proof.certificate.fingerprint256}`;
  return addressOf(socket);
}
