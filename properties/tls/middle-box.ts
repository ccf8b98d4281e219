/**
 * A middle box on one reference point: it relays every TCP connection, cannot read TLS, and decides whether and when a
 * handshake, a request and an answer pass.
 */
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

const host = '127.0.0.1';
/** A TLS record type (RFC 8446 5.1), and the alert that any middle box can send instead of an answer. */
const applicationData = 23;
const fatalHandshakeFailure = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
const headerBytes = 5;

/** One TCP connection through the box. Encrypted records of the client wait until the request is delivered. */
export type Passage = {
  /** Lets the handshake pass: to the server, or to the listener on this port. */
  greet(port?: number): void;
  /** Waits for the request and lets it pass; the answer of the server then waits. */
  deliverRequest(): Promise<void>;
  deliverAnswer(): void;
  /** Ends the connection on both sides. */
  cut(): void;
  /** Ends the connection on the client's side once the request is here, so that it can be delivered later. */
  delay(): Promise<void>;
  /** Tells the client that the handshake has failed. */
  forgeAlert(): void;
};

export type MiddleBox = {
  port: number;
  /** The server of the connections that are accepted from now on. */
  leadTo(port: number): void;
  /** While this is set, everything passes on the connections that are accepted. */
  setOpen(open: boolean): void;
  /** The next connection is cut as soon as it is accepted. */
  cutNext(): void;
  /** The next connection that has not been taken. */
  next(): Promise<Passage>;
  close(): Promise<void>;
};

export async function middleBox(): Promise<MiddleBox> {
  let upstream = 0;
  let open = false;
  let toBeCut = 0;
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
    const passage = createPassage(client, (port) => connectTo(port ?? upstream));
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

function createPassage(client: Socket, connectTo: (port?: number) => Socket): Passage {
  let server: Socket | undefined;
  /** Records that wait until the handshake may pass. */
  const early: Buffer[] = [];
  const request: Buffer[] = [];
  const answer: Buffer[] = [];
  let requestPasses = false;
  let answerPasses = true;
  let isDelayed = false;
  let isThere = () => {};
  let requestIsThere = new Promise<void>((resolve) => {
    isThere = resolve;
  });

  const records = recordReader((record) => {
    // TLS numbers records by their order, so no record may overtake one that waits.
    const waits = !requestPasses && (record[0] === applicationData || request.length > 0);
    if (waits) {
      request.push(record);
      isThere();
    } else if (server) server.write(record);
    else early.push(record);
  });
  client.on('data', records);
  client.once('close', () => {
    if (!isDelayed) server?.destroy();
  });

  function answerWith(bytes: Buffer): void {
    if (!answerPasses) answer.push(bytes);
    else if (!client.destroyed) client.write(bytes);
  }

  return {
    greet(port) {
      server = connectTo(port);
      for (const record of early.splice(0)) server.write(record);
      server.on('data', answerWith);
      server.once('close', () => {
        if (answer.length === 0) client.destroy();
      });
    },
    async deliverRequest() {
      await requestIsThere;
      answerPasses = false;
      requestPasses = true;
      for (const record of request.splice(0)) server?.write(record);
    },
    deliverAnswer() {
      requestPasses = false;
      requestIsThere = new Promise((resolve) => {
        isThere = resolve;
      });
      answerPasses = true;
      for (const bytes of answer.splice(0)) answerWith(bytes);
    },
    cut() {
      client.resetAndDestroy();
      server?.destroy();
    },
    async delay() {
      await requestIsThere;
      isDelayed = true;
      client.resetAndDestroy();
    },
    forgeAlert() {
      client.end(fatalHandshakeFailure);
    },
  };
}

/** Calls back with each whole record of a stream. */
function recordReader(read: (record: Buffer) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= headerBytes && rest.length >= headerBytes + rest.readUInt16BE(3)) {
      const length = headerBytes + rest.readUInt16BE(3);
      read(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
