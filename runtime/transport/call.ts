/** A call as it is received: its head, and its body whole or while it comes. What nobody asks for is not made. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ConnectionFacts } from './connection-facts.ts';
import { BodyTooLarge, hasBody, limited, streamedBody } from './request-body.ts';

/** What is known of a call before its body has been read. */
export type CallHead = {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  readonly parameters: Record<string, string>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Each header as often as it was sent, where `headers` has only the first. */
  readonly headersDistinct: IncomingMessage['headersDistinct'];
  readonly socket: TLSSocket;
  readonly facts: ConnectionFacts;
};

export type Call = CallHead & { readonly body: Buffer };

/**
 * A call whose body is read while it comes. `signal`: aborted if the client goes away before it has the whole answer.
 * `request` and `response` are for who takes the call over: then nobody asks for `body`.
 */
export type StreamedCall = CallHead & {
  readonly body: Readable;
  readonly signal: AbortSignal;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

const nothing = Buffer.alloc(0);

class ReceivedHead implements CallHead {
  readonly method: string;
  readonly url: string;
  readonly parameters: Record<string, string>;
  readonly facts: ConnectionFacts;
  protected readonly incoming: IncomingMessage;

  constructor(request: IncomingMessage, parameters: Record<string, string>, facts: ConnectionFacts) {
    this.incoming = request;
    this.method = request.method ?? 'GET';
    this.url = request.url ?? '/';
    this.parameters = parameters;
    this.facts = facts;
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.url.split('?')[1]);
  }

  get headers(): IncomingMessage['headers'] {
    return this.incoming.headers;
  }

  get headersDistinct(): IncomingMessage['headersDistinct'] {
    return this.incoming.headersDistinct;
  }

  get socket(): TLSSocket {
    return this.incoming.socket as TLSSocket;
  }
}

export class ReceivedCall extends ReceivedHead implements Call {
  body: Buffer = nothing;
}

export class ReceivedStream extends ReceivedHead implements StreamedCall {
  readonly response: ServerResponse;
  readonly #limitBytes: number;
  #body: Readable | undefined;
  #gone: AbortController | undefined;
  #isTakenOver = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    parameters: Record<string, string>,
    facts: ConnectionFacts,
    limitBytes: number,
  ) {
    super(request, parameters, facts);
    this.response = response;
    this.#limitBytes = limitBytes;
    // What is still to come of a body is thrown away, whoever has asked for it.
    if (hasBody(request)) response.once('close', () => this.#isTakenOver || this.body.destroy(this.#departure()));
  }

  get body(): Readable {
    this.#body ??= hasBody(this.incoming) ? streamedBody(this.incoming, this.#limitBytes) : Readable.from([]);
    return this.#body;
  }

  get request(): IncomingMessage {
    return limited(this.incoming, this.#limitBytes);
  }

  get signal(): AbortSignal {
    if (this.#gone) return this.#gone.signal;
    const gone = new AbortController();
    this.#gone = gone;
    const abort = () => this.isGone && gone.abort(this.#departure());
    if (this.response.destroyed) abort();
    else this.response.once('close', abort);
    return gone.signal;
  }

  /** The client has gone away before it has the whole answer. */
  get isGone(): boolean {
    return this.response.destroyed && !this.response.writableFinished;
  }

  get isTooLarge(): boolean {
    return this.#body?.errored instanceof BodyTooLarge;
  }

  /** Somebody else reads the request and answers. */
  takeOver(): void {
    this.#isTakenOver = true;
  }

  #departure(): Error | undefined {
    return this.isGone ? new Error('the client has gone away') : undefined;
  }
}
