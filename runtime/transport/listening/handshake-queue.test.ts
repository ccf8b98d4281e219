/** Handshakes begin one after another, while somebody still waits for them. */
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
