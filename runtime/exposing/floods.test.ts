/** Strangers that flood an AEF or a core from one address: they hold what one peer may hold, and invokers are served meanwhile. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { inParallel } from '../bench/figure.ts';
import { client, closeAll, closeLater, connected, exposing, onboarded, testbed } from '../testing/roles.ts';

afterEach(closeAll);

const share = 100;

async function floodable(limits = {}) {
  const limited: string[] = [];
  const observed = {
    limits: { connectionsPerPeer: share, ...limits },
    onLimit: (limit: string) => limited.push(limit),
  };
  const at = await testbed(observed);
  const aef = await exposing(at, { methods: ['PKI'], ...observed });
  const by = await onboarded(at);
  const invoker = await connected(at, by, aef, 'PKI');
  return {
    at,
    limited,
    ports: [aef.port, at.core.port],
    /** An invoker is served over its connection, and over a new one, and the core answers it. */
    async serves() {
      expect((await invoker.invoke()).status).toBe(200);
      expect((await invoker.again().invoke()).status).toBe(200);
      const discovered = await client(at, by.certificate).request({
        method: 'GET',
        path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${by.id}`,
      });
      expect(discovered).toMatchObject({ outcome: 'answered', status: 200 });
      expect(at.errors).toEqual([]);
    },
  };
}

/** From an address of its own; resolves once it is connected, or ended. */
async function flooding(port: number): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: '127.0.0.2' }).on('error', () => {});
  closeLater(() => socket.destroy());
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  return socket;
}

async function shaken(port: number): Promise<Socket> {
  const socket = connect({ socket: await flooding(port), rejectUnauthorized: false }).on('error', () => {});
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => {});
  return socket;
}

async function many(times: number, open: () => Promise<Socket>): Promise<Socket[]> {
  const all: Socket[] = [];
  await inParallel(20, times, async () => all.push(await open()));
  return all;
}
const stillOpen = (sockets: Socket[]) => sockets.filter(({ destroyed }) => !destroyed).length;

test('of thousands of connections on which nothing comes, the last hundred of their address are kept', async () => {
  const { ports, limited, serves } = await floodable();
  for (const port of ports) {
    const sockets = await many(1_500, () => flooding(port));
    for (const socket of sockets) socket.resume();
    await serves();
    await expect.poll(() => stillOpen(sockets), { timeout: 20_000 }).toBeLessThanOrEqual(share);
  }
  expect(limited.filter((limit) => limit === 'connectionsPerPeer').length).toBeGreaterThanOrEqual(2 * (1_500 - share));
});

test('requests that never come whole hold as many connections as one peer may have, and end by themselves', async () => {
  const { ports, serves } = await floodable();
  const heads = ['GET / HTTP/1.1\r\nhost: x\r\nx-slow: ', 'POST /aef-security/v1/check-authentication HTTP/1.1\r\n'];
  for (const port of ports) {
    const sockets = await many(2 * share, () => shaken(port));
    sockets.forEach((socket, n) => {
      if (socket.destroyed) return;
      socket.resume().write(heads[n % 2]!);
      const more = setInterval(() => socket.write('x'), 500);
      socket.once('close', () => clearInterval(more));
    });
    await serves();
    expect(stillOpen(sockets)).toBeLessThanOrEqual(share);
    await expect.poll(() => stillOpen(sockets), { timeout: 40_000 }).toBe(0);
  }
}, 120_000);

test('bodies that never come whole hold no more either', async () => {
  const { ports, serves } = await floodable();
  const [port] = ports;
  const sockets = await many(2 * share, () => shaken(port!));
  for (const socket of sockets)
    if (!socket.destroyed)
      socket
        .resume()
        .write(
          'POST /aef-security/v1/check-authentication HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n{',
        );
  await serves();
  expect(stillOpen(sockets)).toBeLessThanOrEqual(share);
});

/** A ClientHello, as it is sent. */
const clientHello = () =>
  new Promise<Buffer>((resolve) => {
    const nowhere = new Duplex({
      read() {},
      write(bytes: Buffer, _, done) {
        resolve(bytes);
        done();
      },
    });
    connect({ socket: nowhere }).on('error', () => {});
  });

test('handshakes that are begun and left, and whole ones, are refused beyond the limit of an address, and no other is', async () => {
  const { ports, limited, serves } = await floodable({ handshakesPerSecond: 5 });
  const hello = await clientHello();
  for (const port of ports) {
    const before = limited.length;
    const begun = await many(400, async () => {
      const socket = await flooding(port);
      socket.resume().write(hello);
      return socket;
    });
    await many(50, () => shaken(port));
    await serves();
    const refused = limited.slice(before).filter((limit) => limit === 'handshakesPerSecond').length;
    expect(refused).toBeGreaterThan(0);
    expect(stillOpen(begun)).toBeLessThanOrEqual(share);
  }
});
