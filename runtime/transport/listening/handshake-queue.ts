/**
 * In which order handshakes begin. Each costs the listener far more than a request, so one begins in a turn of the event loop,
 * and what else is due is done between two of them: a flood of handshakes makes others wait for one, not for all. The addresses
 * take turns, so that who sends many waits behind them, and nobody else does.
 */
import type { Socket } from 'node:net';
import { addressOf } from './limits.ts';

export function handshakeQueue(begin: (socket: Socket) => void): (socket: Socket) => void {
  const waiting = new Map<string, Set<Socket>>();
  let isDue = false;

  function beginNext(): void {
    isDue = false;
    const [first] = waiting;
    if (!first) return;
    const [address, sockets] = first;
    const [socket] = sockets;
    remove(address, socket!);
    // It is the turn of all others first.
    if (waiting.delete(address)) waiting.set(address, sockets);
    if (!socket!.destroyed) begin(socket!);
    schedule();
  }

  function schedule(): void {
    if (isDue || waiting.size === 0) return;
    isDue = true;
    setImmediate(beginNext);
  }

  function remove(address: string, socket: Socket): void {
    const sockets = waiting.get(address);
    sockets?.delete(socket);
    if (sockets?.size === 0) waiting.delete(address);
  }

  return (socket) => {
    const address = addressOf(socket);
    waiting.set(address, (waiting.get(address) ?? new Set()).add(socket));
    // Whoever goes away while it waits costs nothing.
    socket.on('error', () => {}).once('close', () => remove(address, socket));
    schedule();
  };
}
