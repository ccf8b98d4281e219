import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { standbyListener } from './standby-listener.ts';

const host = '127.0.0.1';
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers what it was sent, with its name before, when the client has ended. */
async function echo(name: string): Promise<{ host: string; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let sent = '';
    socket.setEncoding('utf8').on('data', (more) => {
      sent += more;
    });
    socket.once('end', () => socket.end(`${name}: ${sent}`));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { host, port: (server.address() as { port: number }).port };
}

const asked = (port: number, question: string): Promise<string> =>
  text(connect({ host, port, allowHalfOpen: true }).end(question));

test('a connection waits for an active replica, and each is passed on to the latest', async () => {
  const standby = await standbyListener({ host, port: 0 });
  const first = asked(standby.port, 'who?');
  standby.passTo(await echo('one'));
  expect(await first).toBe('one: who?');
  standby.passTo(await echo('other'));
  expect(await asked(standby.port, 'who?')).toBe('other: who?');
  await standby.close();
});

test('a connection whose active replica is gone waits for the next', async () => {
  const gone = await echo('gone');
  await new Promise((resolve) => servers.pop()!.close(resolve));
  const standby = await standbyListener({ host, port: 0 });
  standby.passTo(gone);
  const answer = asked(standby.port, 'who?');
  standby.passTo(await echo('next'));
  expect(await answer).toBe('next: who?');
  await standby.close();
});

test('its port is free once it is closed, while what it has passed on goes on', async () => {
  const standby = await standbyListener({ host, port: 0 });
  const active = await echo('one');
  standby.passTo(active);
  const client = connect({ host, port: standby.port, allowHalfOpen: true });
  const answer = text(client);
  client.write('still');
  await new Promise((resolve) => servers.at(-1)!.once('connection', (passed) => passed.once('data', resolve)));
  await standby.close();
  const again = await standbyListener({ host, port: standby.port });
  client.end(' there?');
  expect(await answer).toBe('one: still there?');
  await again.close();
});
