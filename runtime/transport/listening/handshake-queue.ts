/**
 * In which order handshakes begin. Each costs the listener far more than a request, so one begins in a turn of the event loop,
 * and what else is due is done between two of them: a flood of handshakes makes others wait for one, not for all. The addresses
 * take turns, so that who sends many waits behind them, and nobody else does. Who has waited too long is refused before its
 * handshake: its client has given up by now, or would before it ends, and a listener that served those would serve nobody.
 */
import type { Socket } from 'node:net';
import { addressOf } from './limits.ts';

/** Half of what our own clients wait for a whole exchange. */
const longestWaitMs = 5_000;

type HandshakeQueueOptions = {
  begin(socket: Socket): void;
  /** It has been ended without a handshake. */
  onRefused(): void;
  /** Milliseconds. */
  now?(): number;
};

export function handshakeQueue({ begin, onRefused, now = () => performance.now() }: HandshakeQueueOptions) {
  /** By address: since when each waits. */
  const waiting = new Map<string, Map<Socket, number>>();
  let isDue = false;

  function beginNext(): void {
    isDue = false;
    const [first] = waiting;
    if (!first) return;
    const [address, sockets] = first;
    const [[socket, since]] = sockets as unknown as [[Socket, number]];
    remove(address, socket);
    // It is the turn of all others first.
    if (waiting.delete(address)) waiting.set(address, sockets);
    if (now() - since > longestWaitMs) {
      socket.destroy();
      onRefused();
    } else if (!socket.destroyed) begin(socket);
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

  return (socket: Socket): void => {
    const address = addressOf(socket);
    waiting.set(address, (waiting.get(address) ?? new Map()).set(socket, now()));
    // Whoever goes away while it waits costs nothing.
    socket.on('error', () => {}).once('close', () => remove(address, socket));
    schedule();
  };
}
