/** The client's side of one interface: one agent, one credential, connections that are proven before they are used. */

import type { TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '../clock.ts';
import {
  abortedBy,
  type ClientFacts,
  type ConnectOutcome,
  type Destination,
  type NotConnected,
  openConnection,
} from './client-connection.ts';
import { type Answer, type Cut, exchange, type HttpRequest } from './client-exchange.ts';
import { isIdempotent } from './idempotent-methods.ts';
import { ProvenAgent } from './proven-agent.ts';
import { type TlsFailure, tlsFailure } from './tls-failure.ts';

export interface ConnectorOptions extends Destination {
  /** Bounds each `open` and each `request`, connecting included; 10 s unless told. */
  timeoutMs?: number;
  clock?: Clock;
  /** The longest body of an answer; 1 MiB unless told. */
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

export interface Connector {
  /** The connection that is kept for the next request: one that waits already, or a new one. */
  open(): Promise<ConnectOutcome>;
  request(wanted: HttpRequest & { signal?: AbortSignal }): Promise<ExchangeOutcome>;
  /** Cuts what is under way; afterwards everything is `unreachable`. */
  close(): void;
}

/** Make one per interface, method and generation of the credential: an agent cannot tell keys apart. */
export function connector(options: ConnectorOptions): Connector {
  const { timeoutMs = 10_000, answerLimitBytes = 1024 * 1024, singleConnection = false, ...others } = options;
  const { clock = systemClock, ...destination } = others;
  const agent = new ProvenAgent();
  const factsOf = new WeakMap<TLSSocket, ClientFacts>();
  const underWay = new Set<AbortController>();
  /** What there is to say once the latest connection is gone; undefined before the first. */
  let lost: NotConnected | undefined;
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** Runs a task under the time limit, the caller's signal and `close`, and in its turn if there is one connection. */
  async function bounded<Outcome>(task: (signal: AbortSignal) => Promise<Outcome>, caller?: AbortSignal) {
    const bound = new AbortController();
    const stopTimer = clock.after(timeoutMs, () => bound.abort('timeout'));
    const abort = () => bound.abort('aborted');
    if (caller?.aborted) abort();
    if (closed) bound.abort('connector closed');
    caller?.addEventListener('abort', abort);
    underWay.add(bound);

    const running = singleConnection ? turn.then(() => task(bound.signal)) : task(bound.signal);
    turn = running.catch(() => undefined);
    return running.finally(() => {
      stopTimer();
      caller?.removeEventListener('abort', abort);
      underWay.delete(bound);
    });
  }

  async function dial(signal: AbortSignal): Promise<ConnectOutcome> {
    const opened = await openConnection(destination, signal);
    if (opened.outcome !== 'established') return opened;
    if (signal.aborted) {
      opened.socket.destroy();
      return abortedBy(signal);
    }

    const { socket, facts } = opened;
    factsOf.set(socket, facts);
    lost = { outcome: 'unreachable', because: 'closed' };
    socket.on('error', (error) => {
      lost = refusedOrClosed(tlsFailure(error));
    });
    agent.keep(socket);
    return opened;
  }

  async function open(signal: AbortSignal): Promise<ConnectOutcome> {
    const socket = agent.waiting();
    const facts = socket && factsOf.get(socket);
    return facts ? { outcome: 'established', facts, socket } : dial(signal);
  }

  async function attempt(
    wanted: HttpRequest,
    signal: AbortSignal,
  ): Promise<{ outcome: ExchangeOutcome; stale: boolean }> {
    if (signal.aborted) return { outcome: abortedBy(signal), stale: false };
    if (!agent.waiting()) {
      const opened: ConnectOutcome = singleConnection && lost ? lost : await dial(signal);
      if (opened.outcome !== 'established') return { outcome: opened, stale: false };
    }
    const { outcome, stale } = await exchange(agent, destination, wanted, answerLimitBytes, signal);
    if (outcome.outcome === 'cut') return { outcome, stale };
    return { outcome: { ...outcome, facts: factsOf.get(outcome.socket) as ClientFacts }, stale };
  }

  /** A kept connection that the server had closed is answered by one more attempt on a new one, if it does no harm. */
  async function request(wanted: HttpRequest, signal: AbortSignal): Promise<ExchangeOutcome> {
    const first = await attempt(wanted, signal);
    if (!first.stale || singleConnection || !isIdempotent(wanted)) return first.outcome;
    agent.dropWaiting();
    return (await attempt(wanted, signal)).outcome;
  }

  return {
    open: () => bounded(open),
    request: ({ signal, ...wanted }) => bounded((bound) => request(wanted, bound), signal),
    close() {
      closed = true;
      for (const bound of underWay) bound.abort('connector closed');
      agent.destroy();
    },
  };
}

/** How a connection ended that nothing was written on: by a late alert, or as any kept connection ends. */
function refusedOrClosed({ because, alert }: TlsFailure): NotConnected {
  return alert === undefined ? { outcome: 'unreachable', because } : { outcome: 'refused', because, alert };
}
