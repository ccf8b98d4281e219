/** One HTTP request over a proven connection, and what is known of it afterwards. */

import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { type PresentedCertificate, tlsFailure } from './tls-failure.ts';

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
  statusText: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  socket: TLSSocket;
  /** Where the answer is from, if redirections led there. */
  redirectedTo?: string;
  /** Of a redirection: why it was not followed. */
  notFollowed?: string;
}

/** The connection broke, or was given up, after something may have been written: the server may have acted on it. */
export interface Cut {
  outcome: 'cut';
  because: string;
  alert?: number;
  /** The certificate of the client, if the alert says that the server refused that one. */
  own?: PresentedCertificate;
  mayHaveBeenExecuted: true;
  /** The server did answer, but not in HTTP, or too much: asking again would only execute the request again. */
  wasUnusable?: true;
}

/** `stale`: the kept connection had been closed by the server, most likely before it saw the request (RFC 9112 9.6). */
interface Exchanged {
  outcome: Answer | Cut;
  stale: boolean;
}

/** Of 1xx answers to one request (RFC 9110 15.2). */
const interimMax = 16;

/** The agent must have a connection at hand; the answer may have `limitBytes` of body; the signal's reason is a text. */
export function exchange(
  agent: Agent,
  { host, port }: { host: string; port: number },
  { method, path, headers = {}, body }: HttpRequest,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const request = httpsRequest({ agent, host, port, method, path, headers: { ...headers, ...framing(body) } });
    let answer: Answer | undefined;
    let failure: NodeJS.ErrnoException | undefined;
    let answering = false;
    let isUnusable = false;
    let interim = 0;

    function giveUp(because: string): void {
      failure ??= new Error(because);
      request.destroy();
    }
    function refuse(because: string): void {
      isUnusable = true;
      giveUp(because);
    }
    const abort = () => giveUp(String(signal.reason));
    signal.addEventListener('abort', abort);

    const received: Buffer[] = [];
    const receive = (chunk: Buffer): unknown => received.push(chunk);
    let used: TLSSocket | undefined;
    request.on('socket', (socket) => {
      used = socket as TLSSocket;
      used.on('data', receive);
    });
    request.on('information', () => {
      interim += 1;
      if (interim > interimMax) refuse(`more than ${interimMax} interim answers`);
    });
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      refuse('an upgrade that was not asked for');
    });
    request.on('response', (response) => {
      answering = true;
      const { statusCode: status = 0 } = response;
      if (status < 200 || status > 599) refuse(`an answer with status ${status}`);
      const tooLarge = () => refuse(`answer larger than ${limitBytes} bytes`);
      readAnswer(response, limitBytes, tooLarge, (read) => {
        if (read instanceof Error) failure ??= read;
        else if (!failure) answer = read;
      });
    });
    request.on('error', (error) => {
      failure ??= error;
    });

    // Not on 'end': only now is a connection that stays open back with the agent for the next request.
    request.on('close', () => {
      signal.removeEventListener('abort', abort);
      used?.off('data', receive);
      if (answer && !endsWith(Buffer.concat(received), answer)) answer.socket.destroy();
      const stale = request.reusedSocket && !answering && isClosed(failure);
      isUnusable ||= failure?.code?.startsWith('HPE_') ?? false;
      resolve({ outcome: answer ?? { ...cut(failure), ...(isUnusable ? { wasUnusable: true } : {}) }, stale });
    });
    request.end(body);
  });
}

/** To its end, or to the error that cuts it. */
function readAnswer(
  response: IncomingMessage,
  limitBytes: number,
  tooLarge: () => void,
  done: (read: Answer | Error) => void,
): void {
  const { statusCode: status = 0, statusMessage: statusText = '', headers } = response;
  const socket = response.socket as TLSSocket;
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > limitBytes) tooLarge();
  });
  response.on('error', done);
  response.on('end', () =>
    done({ outcome: 'answered', status, statusText, headers, body: Buffer.concat(chunks), socket }),
  );
}

/** For every method: node:http frames the body of none that has one seldom, such as DELETE (RFC 9112 6.3). */
const framing = (body: HttpRequest['body']) =>
  body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };

/**
 * Whether nothing came after the answer. Node's parser keeps the beginning of another answer to itself, and fails at
 * anything longer.
 */
function endsWith(received: Buffer, { headers, body }: Answer): boolean {
  const end = Buffer.from('\r\n\r\n');
  const last = headers['transfer-encoding'] === undefined ? Buffer.concat([end, body]) : end;
  return received.subarray(-last.length).equals(last);
}

function isClosed(failure: NodeJS.ErrnoException | undefined): boolean {
  return failure?.code === 'ECONNRESET' || failure?.code === 'EPIPE';
}

function cut(failure: NodeJS.ErrnoException | undefined): Cut {
  return { outcome: 'cut', ...tlsFailure(failure ?? new Error('closed')), mayHaveBeenExecuted: true };
}
