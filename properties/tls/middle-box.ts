/**
 * A middle box on one reference point: it relays every TCP connection, cannot read TLS, and decides whether and when a
 * handshake, a request and an answer pass.
 */
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { Passage } from './passage.ts';

const host = '127.0.0.1';
export type MiddleBox = {
  port: number;
  /** The server of the connections that are accepted from now on. */
  leadTo(port: number): void;
  /** While this is set, everything passes on the connections that are accepted. */
  setOpen(open: boolean): void;
  /** The next connection is cut as soon as it is accepted. */
  cutNext(): void;
  /** While this is set, a client does not see that its server ends a connection. */
  setHolding(held: boolean): void;
  /** The next connection that has not been taken. */
  next(): Promise<Passage>;
  close(): Promise<void>;
};

export async function middleBox(): Promise<MiddleBox> {
  let upstream = 0;
  let open = false;
  let toBeCut = 0;
  let isHolding = false;
  const sockets = new Set<Socket>();
  const arrived: Passage[] = [];
  const waiting: ((passage: Passage) => void)[] = [];
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // Every connection ends with 'close', also after an error.
    return socket
      .on('error', () => {})
      .once('close', () => sockets.delete(socket))
      .setNoDelay(true);
  };

  const server = createServer((client) => {
    keep(client);
    if (toBeCut > 0) {
      toBeCut -= 1;
      client.resetAndDestroy();
      return;
    }
    const connectTo = (port: number) => keep(dial({ host, port }));
    if (open) return relay(client, connectTo(upstream));
    const passage = new Passage(client, {
      connectTo: (port) => connectTo(port ?? upstream),
      isHolding: () => isHolding,
    });
    const take = waiting.shift();
    if (take) take(passage);
    else arrived.push(passage);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));

  return {
    port: (server.address() as AddressInfo).port,
    leadTo(port) {
      upstream = port;
    },
    setOpen(value) {
      open = value;
    },
    cutNext() {
      toBeCut += 1;
    },
    setHolding(held) {
      isHolding = held;
    },
    next() {
      const passage = arrived.shift();
      return passage ? Promise.resolve(passage) : new Promise((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function relay(client: Socket, server: Socket): void {
  client.pipe(server);
  server.pipe(client);
  client.once('close', () => server.destroy());
  server.once('close', () => client.destroy());
}
