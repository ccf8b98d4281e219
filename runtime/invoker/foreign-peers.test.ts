/** The invoker beside a core and an AEF that answer otherwise than ours, and still as TS 29.222 lets them. */
import { afterEach, expect, test } from 'vitest';
import { foreignPeers, json } from '../testing/foreign-peers.ts';
import { closeAll } from '../testing/roles.ts';
import { closeAll as stopServers } from '../testing/servers.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

test('a first negotiation that is answered with 404 is refused, and the next one is served (6.3.1)', async () => {
  const { invoke, count } = await foreignPeers({
    answering: ({ operation, nth }, response) =>
      operation === 'negotiate' && nth === 1 && json(response, 404, { detail: 'no such invoker' }),
  });
  await expect(invoke()).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('CCF to PUT trustedInvokers: status 404, no such invoker'),
  });
  expect((await invoke()).status).toBe(200);
  expect(count('negotiate')).toBe(2);
});
