/** The client's side of one interface: one agent, one credential, connections that are proven before they are used. */

import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '../clock.ts';
import { keepAliveMs, usualKeepAliveMs } from './answer-headers.ts';
import {
  Bound,
  type ClientFacts,
  type ConnectOutcome,
  type Destination,
  endedBy,
  type NotConnected,
  openConnection,
} from './client-connection.ts';
import { type Answer, type Cut, exchange, type Streaming } from './client-exchange.ts';
import { inTurn, type TimeLimit } from './dialling.ts';
import { ProvenAgent } from './proven-agent.ts';
import { type HttpRequest, isIdempotent, isRepeatable } from './request-to-send.ts';
import { refusedOwn, type TlsFailure, tlsFailure } from './tls-failure.ts';

export interface ConnectorOptions extends Destination {
  /**
   * Bounds each `open` and each `request`, connecting included once it is its turn (`dialling.ts`); 10 s by default. It waits for its turn
   * twelve times as long at most.
   */
  timeoutMs?: number;
  clock?: Clock;
  /** The longest body of an answer; 1 MiB by default. */
  answerLimitBytes?: number;
  /**
   * Requests go one after another over one connection, and none is ever opened in its place except by `open`: a key
   * derived from the connection's socket (TS 33.122 Annex A) is then a key of the connection that was asked over.
   */
  singleConnection?: boolean;
}

/**
 * `refused` and `unreachable` say that nothing of the request was written, save perhaps an idempotent one on a kept
 * connection that had been closed.
 */
export type ExchangeOutcome = (Answer & { facts: ClientFacts }) | NotConnected | Cut;

type Wanted = HttpRequest & Streaming;

export interface Connector {
  /** The connection that is kept for the next request: one that waits already, or a new one. */
  open(): Promise<ConnectOutcome>;
  request(wanted: Wanted & { signal?: AbortSignal }): Promise<ExchangeOutcome>;
  /** Cuts what is under way; afterwards everything is `unreachable`. */
  close(): void;
}

/** Make one per interface, method and generation of the credential: an agent cannot tell keys apart. */
export const connector = (options: ConnectorOptions): Connector => new ProvenConnector(options);

/** The only request of this connector. */
export const requestOnce = (over: Connector, ...request: Parameters<Connector['request']>): Promise<ExchangeOutcome> =>
  over.request(...request).finally(over.close);

/** Behind a peer that accepts connections and says nothing, so many times 32 connections end before. */
const turnsMax = 12;

class ProvenConnector implements Connector {
  readonly #options: ConnectorOptions;
  readonly #agent = new ProvenAgent();
  readonly #factsOf = new WeakMap<TLSSocket, ClientFacts>();
  /** When the server may end a connection that carries nothing: it is not used any more by then. */
  readonly #usableUntil = new WeakMap<TLSSocket, number>();
  readonly #underWay = new Set<Bound>();
  /** What there is to say once the latest connection is gone; undefined before the first. */
  #lost: NotConnected | undefined;
  #isClosed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  open = (): Promise<ConnectOutcome> =>
    this.#bounded<ConnectOutcome>(async (bound, time) => {
      this.#dropOld();
      const socket = this.#agent.waiting();
      const facts = socket && this.#factsOf.get(socket);
      return facts ? { outcome: 'established', facts, socket } : this.#dial(bound, time);
    }).then((outcome) => this.#withOwn<ConnectOutcome>(outcome));

  /** A kept connection that the server had closed is answered by one more attempt on a new one, if it does no harm. */
  request = ({ signal, ...wanted }: Wanted & { signal?: AbortSignal }): Promise<ExchangeOutcome> =>
    this.#bounded(async (bound, time) => {
      const first = await this.#attempt(wanted, bound, time);
      const isRepeated = first.stale && !this.#options.singleConnection && isIdempotent(wanted) && isRepeatable(wanted);
      if (!isRepeated) return first.outcome;
      this.#agent.dropWaiting();
      return (await this.#attempt(wanted, bound, time)).outcome;
    }, signal).then((outcome) => this.#withOwn<ExchangeOutcome>(outcome));

  close = (): void => {
    this.#isClosed = true;
    for (const bound of this.#underWay) bound.end('connector closed');
    this.#agent.destroy();
  };

  /**
   * Runs a task under the time limit, which it may begin anew, the signal of the caller and `close`; over a single connection, one
   * at a time. The body of an answer that is streamed is under signal and `close` as well, but under no time limit.
   */
  #bounded<Outcome extends ConnectOutcome | ExchangeOutcome>(
    task: (bound: Bound, time: TimeLimit) => Promise<Outcome>,
    caller?: AbortSignal,
  ): Promise<Outcome> {
    const { clock = systemClock, timeoutMs = 10_000, singleConnection = false } = this.#options;
    const bound = new Bound();
    let stopTimer = () => {};
    const within = (ms: number, because: string) => {
      stopTimer();
      stopTimer = clock.after(ms, () => bound.end(because));
    };
    const time: TimeLimit = {
      awaitTurn: () => within(turnsMax * timeoutMs, 'its turn to connect has not come in time'),
      beginAnew: () => within(timeoutMs, 'timeout'),
    };
    time.beginAnew();
    const release = () => {
      caller?.removeEventListener('abort', abort);
      this.#underWay.delete(bound);
    };
    const abort = () => bound.end('aborted');
    if (caller?.aborted) abort();
    if (this.#isClosed) bound.end('connector closed');
    caller?.addEventListener('abort', abort);
    this.#underWay.add(bound);

    const run = () => task(bound, time);
    const running = singleConnection ? this.#queue.then(run) : run();
    // Not the outcome itself, which has its connection.
    const ended = () => undefined;
    this.#queue = running.then(ended, ended);
    let streamed: Readable | undefined;
    return running
      .then((outcome) => {
        if (outcome.outcome === 'answered') streamed = outcome.streamed?.once('close', release);
        return outcome;
      })
      .finally(() => {
        stopTimer();
        if (!streamed) release();
      });
  }

  async #dial(bound: Bound, time: TimeLimit): Promise<ConnectOutcome> {
    const { host, port } = this.#options;
    const place = `${host} ${port}`;
    const opened = await inTurn(place, bound, time, () => openConnection(this.#options, bound));
    if (opened.outcome !== 'established') return opened;
    if (bound.because !== undefined) {
      opened.socket.destroy();
      return endedBy(bound);
    }

    const { socket, facts } = opened;
    this.#factsOf.set(socket, facts);
    this.#usableFor(socket, usualKeepAliveMs);
    this.#lost = { outcome: 'unreachable', because: 'closed' };
    socket.on('error', (error) => {
      this.#lost = refusedOrClosed(tlsFailure(error));
    });
    this.#agent.keep(socket);
    return opened;
  }

  async #attempt(wanted: Wanted, bound: Bound, time: TimeLimit): Promise<{ outcome: ExchangeOutcome; stale: boolean }> {
    const { singleConnection, answerLimitBytes = 1024 * 1024 } = this.#options;
    if (bound.because !== undefined) return { outcome: endedBy(bound), stale: false };
    this.#dropOld();
    // What a server has sent unasked, or its end, is read first: it would be taken for the answer.
    if (this.#agent.waiting()) await nextTurn();
    if (!this.#agent.waiting()) {
      const opened: ConnectOutcome = singleConnection && this.#lost ? this.#lost : await this.#dial(bound, time);
      if (opened.outcome !== 'established') return { outcome: opened, stale: false };
    }
    try {
      const { outcome, stale } = await exchange(
        this.#agent,
        this.#options,
        wanted,
        answerLimitBytes,
        bound,
        time.beginAnew,
      );
      if (outcome.outcome === 'cut') return { outcome, stale };
      this.#usableFor(outcome.socket, keepAliveMs(outcome.headers));
      return { outcome: { ...outcome, facts: this.#factsOf.get(outcome.socket) as ClientFacts }, stale };
    } catch (error) {
      // node:http does not write such a request: a token of a peer, for one, may not fit into a header.
      return { outcome: { outcome: 'unreachable', because: (error as Error).message }, stale: false };
    }
  }

  /** Names the certificate of this side where the server has refused that one. */
  #withOwn<O extends ConnectOutcome | ExchangeOutcome>(outcome: O): O {
    const { credential } = this.#options;
    if (!('alert' in outcome) || credential.by !== 'certificate') return outcome;
    const own = refusedOwn(outcome.alert, credential.cert);
    return own ? { ...outcome, own } : outcome;
  }

  #usableFor(socket: TLSSocket, ms: number): void {
    const { clock = systemClock } = this.#options;
    this.#usableUntil.set(socket, clock.now() + ms);
  }

  #dropOld(): void {
    const { clock = systemClock } = this.#options;
    const now = clock.now();
    this.#agent.dropWaiting((socket) => now >= (this.#usableUntil.get(socket) ?? 0));
  }
}

/** How a connection ended that nothing was written on: by a late alert, or as any kept connection ends. */
function refusedOrClosed({ because, alert }: TlsFailure): NotConnected {
  return alert === undefined ? { outcome: 'unreachable', because } : { outcome: 'refused', because, alert };
}
