/** Handshakes begin one after another, while somebody still waits for them. */
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { handshakeQueue } from './handshake-queue.ts';

test('who has waited for more than five seconds is ended without a handshake, and those behind it are not kept', async () => {
  let ms = 0;
  let refused = 0;
  const begun: Socket[] = [];
  const sockets = Array.from({ length: 4 }, () => new Socket());
  const enqueue = handshakeQueue({
    begin: (socket) => begun.push(socket),
    onRefused: () => {
      refused += 1;
    },
    now: () => ms,
  });
  for (const socket of sockets.slice(0, 3)) enqueue(socket);
  await nextTurn();
  ms = 5_001;
  enqueue(sockets[3]!);
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  expect(begun).toEqual([sockets[0], sockets[3]]);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, true, false]);
  expect(refused).toBe(2);
});

const socketFrom = (remoteAddress: string) =>
  Object.assign(new EventEmitter(), { remoteAddress, destroyed: false }) as unknown as Socket;

function queue() {
  const begun: Socket[] = [];
  return { begun, add: handshakeQueue({ begin: (socket) => begun.push(socket), onRefused: () => {} }) };
}

test('one begins in a turn of the event loop', async () => {
  const { begun, add } = queue();
  for (let n = 0; n < 5; n += 1) add(socketFrom('192.0.2.1'));
  expect(begun).toHaveLength(0);
  for (let n = 1; n <= 5; n += 1) {
    await nextTurn();
    expect(begun.length).toBeLessThanOrEqual(n);
  }
  await expect.poll(() => begun.length).toBe(5);
});

test('an address waits behind one of each other, however many another has', async () => {
  const { begun, add } = queue();
  for (let n = 0; n < 100; n += 1) add(socketFrom('192.0.2.1'));
  add(socketFrom('192.0.2.2'));
  add(socketFrom('192.0.2.2'));
  add(socketFrom('192.0.2.3'));
  await expect.poll(() => begun.length).toBe(103);
  expect(begun.slice(0, 6).map(({ remoteAddress }) => remoteAddress?.at(-1))).toEqual(['1', '2', '3', '1', '2', '1']);
});

test('who is gone before its turn takes none, and is not remembered', async () => {
  const { begun, add } = queue();
  const [gone, broken, last] = ['192.0.2.1', '192.0.2.1', '192.0.2.2'].map(socketFrom) as [Socket, Socket, Socket];
  for (const socket of [gone, broken, last]) add(socket);
  gone.emit('close');
  broken.emit('error', new Error('reset'));
  broken.emit('close');
  await expect.poll(() => begun).toEqual([last]);
});
