/** One TCP connection through a middle box, which sees TLS records, and that they are encrypted. */
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** A TLS record type (RFC 8446 5.1), and the alert that any middle box can send instead of an answer. */
const applicationData = 23;
const fatalHandshakeFailure = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
const headerBytes = 5;

type Options = {
  connectTo(port?: number): Socket;
  /** The client does not see yet that its server ends the connection. */
  isHolding(): boolean;
};

/** Encrypted records of the client wait until the request is delivered. */
export class Passage {
  readonly #client: Socket;
  readonly #options: Options;
  #server: Socket | undefined;
  /** It leads to somebody else than the server of the box. */
  #isElsewhere = false;
  #serverHasEnded = false;
  /** Records that wait until the handshake may pass. */
  readonly #early: Buffer[] = [];
  readonly #request: Buffer[] = [];
  readonly #answer: Buffer[] = [];
  #requestPasses = false;
  #answerPasses = true;
  #outlastsClient = false;
  readonly #requestIsThere = repeatable();
  readonly #answerIsThere = repeatable();

  constructor(client: Socket, options: Options) {
    this.#client = client;
    this.#options = options;
    client.on(
      'data',
      recordReader((record) => this.#fromClient(record)),
    );
    client.once('close', () => {
      if (!this.#outlastsClient) this.#server?.destroy();
    });
  }

  /** Lets the handshake pass: to the server, or to the listener on this port. */
  greet(port?: number): void {
    const server = this.#options.connectTo(port);
    this.#server = server;
    this.#isElsewhere = port !== undefined;
    for (const record of this.#early.splice(0)) server.write(record);
    const isAnswer = answerRecords();
    const look = recordReader((record) => {
      if (isAnswer(record, this.#requestPasses)) this.#answerIsThere.happens();
    });
    server.on('data', (bytes) => {
      this.#answerWith(bytes);
      look(bytes);
    });
    server.once('close', () => {
      this.#serverHasEnded = true;
      this.#answerIsThere.happens();
      if (this.#answer.length === 0 && !this.#options.isHolding()) this.#client.destroy();
    });
  }

  /** Waits for the request and lets it pass, the handshake before it if that still waits; the answer of the server then waits. */
  async deliverRequest(): Promise<void> {
    if (!this.#server) this.greet();
    await this.#requestIsThere.happened();
    this.#answerPasses = false;
    this.#requestPasses = true;
    for (const record of this.#request.splice(0)) this.#server?.write(record);
  }

  /** Resolves once the answer has left the server, or the connection has ended there. */
  answered = (): Promise<void> => this.#answerIsThere.happened();

  deliverAnswer(): void {
    this.#requestPasses = false;
    this.#requestIsThere.forget();
    this.#answerIsThere.forget();
    this.#answerPasses = true;
    for (const bytes of this.#answer.splice(0)) this.#answerWith(bytes);
    if (this.#serverHasEnded) this.#client.end();
  }

  /** Ends the connection on both sides. */
  cut(): void {
    this.#client.resetAndDestroy();
    this.#server?.destroy();
  }

  /** Its server ends it, with nothing under way: resolves when the client has ended it too. A client may still wait for a server. */
  async end(): Promise<void> {
    if (!this.#server || this.#isElsewhere) return;
    if (!this.#serverHasEnded) await once(this.#server, 'close');
    if (this.#client.closed) return;
    this.#client.end();
    await once(this.#client, 'close');
  }

  get serverHasEnded(): boolean {
    return this.#serverHasEnded;
  }

  /** Once the request is here, it can be delivered even after the client has ended the connection. */
  async outlast(): Promise<void> {
    if (!this.#server) this.greet();
    await this.#requestIsThere.happened();
    this.#outlastsClient = true;
  }

  /** The same, and ends the connection on the client's side. */
  async delay(): Promise<void> {
    await this.outlast();
    this.#client.resetAndDestroy();
  }

  /** Tells the client that the handshake has failed. */
  forgeAlert(): void {
    this.#client.end(fatalHandshakeFailure);
  }

  /** TLS numbers records by their order, so no record may overtake one that waits. */
  #fromClient(record: Buffer): void {
    const waits = !this.#requestPasses && (record[0] === applicationData || this.#request.length > 0);
    if (waits) {
      this.#request.push(record);
      this.#requestIsThere.happens();
    } else if (this.#server) this.#server.write(record);
    else this.#early.push(record);
  }

  #answerWith(bytes: Buffer): void {
    if (!this.#answerPasses) this.#answer.push(bytes);
    else if (!this.#client.destroyed) this.#client.write(bytes);
  }
}

/** Something that happens once after each `forget`, and can be waited for before and after. */
function repeatable() {
  let happens = () => {};
  let happened = new Promise<void>(() => {});
  const forget = () => {
    happened = new Promise<void>((resolve) => {
      happens = resolve;
    });
  };
  forget();
  return { happens: () => happens(), happened: () => happened, forget };
}

/**
 * Which record of the server is the answer. In TLS 1.3 two session tickets come first after a handshake (RFC 8446 4.6.1), and the
 * handshake is over once the request has passed, because the client's last records look like those of a request.
 */
function answerRecords() {
  let left = 1;
  return (record: Buffer, requestPasses: boolean): boolean => {
    if (record[0] !== applicationData) return false;
    if (requestPasses) left -= 1;
    else left = 3;
    return left <= 0;
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
