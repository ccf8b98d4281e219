/** One HTTP request over a proven connection, and what is known of it afterwards. */

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { tlsFailure } from './tls-failure.ts';

export interface HttpRequest {
  method: string;
  path: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
}

/** A whole answer; `socket` is the connection it came on. */
export interface Answer {
  outcome: 'answered';
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  socket: TLSSocket;
}

/** The connection broke, or was given up, after something may have been written: the server may have acted on it. */
export interface Cut {
  outcome: 'cut';
  because: string;
  alert?: number;
  mayHaveBeenExecuted: true;
}

/** `stale`: the kept connection had been closed by the server, most likely before it saw the request (RFC 9112 9.6). */
interface Exchanged {
  outcome: Answer | Cut;
  stale: boolean;
}

/** The agent must have a connection at hand; the answer may have `limitBytes` of body; the signal's reason is a text. */
export function exchange(
  agent: Agent,
  { host, port }: { host: string; port: number },
  { method, path, headers = {}, body }: HttpRequest,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const request = httpsRequest({ agent, host, port, method, path, headers });
    let answer: Answer | undefined;
    let failure: NodeJS.ErrnoException | undefined;
    let answering = false;

    function giveUp(because: string): void {
      failure ??= new Error(because);
      request.destroy();
    }
    const abort = () => giveUp(String(signal.reason));
    signal.addEventListener('abort', abort);

    request.on('response', (response) => {
      answering = true;
      const socket = response.socket as TLSSocket;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > limitBytes) giveUp(`answer larger than ${limitBytes} bytes`);
      });
      response.on('error', (error) => {
        failure ??= error;
      });
      response.on('end', () => {
        if (failure) return;
        const { statusCode: status = 0, headers } = response;
        answer = { outcome: 'answered', status, headers, body: Buffer.concat(chunks), socket };
      });
    });
    request.on('error', (error) => {
      failure ??= error;
    });

    // Not on 'end': only now is a connection that stays open back with the agent for the next request.
    request.on('close', () => {
      signal.removeEventListener('abort', abort);
      const stale = request.reusedSocket && !answering && isClosed(failure);
      resolve({ outcome: answer ?? cut(failure), stale });
    });
    request.end(body);
  });
}

function isClosed(failure: NodeJS.ErrnoException | undefined): boolean {
  return failure?.code === 'ECONNRESET' || failure?.code === 'EPIPE';
}

function cut(failure: NodeJS.ErrnoException | undefined): Cut {
  return { outcome: 'cut', ...tlsFailure(failure ?? new Error('closed')), mayHaveBeenExecuted: true };
}
