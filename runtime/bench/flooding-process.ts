/**
 * The process that floods in a benchmark, from addresses of its own: it is sent what to do and where, and begins anew whatever
 * the server ends.
 */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect } from 'node:tls';
import { serving } from './served.ts';

export type Flood = 'idle' | 'hellos' | 'handshakes' | 'headers' | 'bodies' | 'initiations';
export type Flooding = { flood: Flood; port: number; width: number };
type From = { port: number; localAddress: string };

/** So many that together they may have more connections than a listener takes. */
const addresses = Array.from({ length: 20 }, (_, n) => `127.0.0.${n + 2}`);
const open = new Set<Socket>();
let isFlooding = false;
let begun = 0;

// Strangers are other machines: this one is not to take the time of the server.
setPriority(19);

/** A ClientHello, as it is sent. */
const clientHello = await new Promise<Buffer>((resolve) => {
  const nowhere = new Duplex({
    read() {},
    write(bytes: Buffer, _, done) {
      resolve(bytes);
      done();
    },
  });
  connect({ socket: nowhere }).on('error', () => {});
});

const ended = (socket: Socket) => once(socket, 'close').catch(() => {});
/** Or its end. */
async function until(socket: Socket, event: string): Promise<void> {
  if (socket.destroyed) return;
  const done = new AbortController();
  const { signal } = done;
  await Promise.race([once(socket, event, { signal }), once(socket, 'close', { signal })]).catch(() => {});
  done.abort();
}

async function opened(from: From): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', ...from }).on('error', () => {});
  open.add(socket.once('close', () => open.delete(socket)));
  await until(socket, 'connect');
  return socket;
}

async function shaken(from: From): Promise<Socket> {
  const socket = connect({ socket: await opened(from), rejectUnauthorized: false }).on('error', () => {});
  await until(socket, 'secureConnect');
  return socket;
}

/** Sends a head that is not whole, and then one byte in a second. */
async function trickle(socket: Socket, head: string): Promise<void> {
  socket.resume().write(head);
  const sending = setInterval(() => socket.write('x'), 1_000);
  await ended(socket);
  clearInterval(sending);
}

const post = (length: number, body: string) =>
  `POST /aef-security/v1/check-authentication HTTP/1.1\r\nhost: aef\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;

/** What is done once a connection is there; `connect` makes one. */
const acts: Record<Flood, { connect(from: From): Promise<Socket>; go(socket: Socket): Promise<unknown> }> = {
  idle: { connect: opened, go: ended },
  hellos: {
    connect: opened,
    async go(socket) {
      socket.resume().write(clientHello);
      await until(socket, 'data');
      socket.destroy();
    },
  },
  handshakes: { connect: shaken, go: async (socket) => socket.destroy() },
  headers: { connect: shaken, go: (socket) => trickle(socket, 'GET / HTTP/1.1\r\nhost: aef\r\nx-slow: ') },
  bodies: { connect: shaken, go: (socket) => trickle(socket, post(4_000, '{')) },
  initiations: {
    connect: shaken,
    async go(socket) {
      while (isFlooding && !socket.destroyed) {
        const body = JSON.stringify({ apiInvokerId: `made-up-${begun++}`, supportedFeatures: '0' });
        socket.write(post(body.length, body));
        await until(socket, 'data');
      }
      socket.destroy();
    },
  },
};

async function floods({ flood, port }: Flooding, localAddress: string, isUnderWay: () => void): Promise<void> {
  const { connect, go } = acts[flood];
  while (isFlooding) {
    const socket = await connect({ port, localAddress });
    begun += 1;
    isUnderWay();
    if (!socket.destroyed) await go(socket);
    await nextTurn();
  }
}

serving(null, {
  /** Resolves once all are under way. */
  begin: (flooding: Flooding): Promise<unknown> => {
    isFlooding = true;
    return Promise.all(
      Array.from({ length: flooding.width }, (_, n) => {
        const localAddress = addresses[n % addresses.length]!;
        return new Promise<void>((resolve, reject) => {
          floods(flooding, localAddress, resolve).catch(reject);
        });
      }),
    );
  },
  end(): number {
    isFlooding = false;
    for (const socket of open) socket.destroy();
    const all = begun;
    begun = 0;
    return all;
  },
});
