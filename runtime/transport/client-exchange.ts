/** One HTTP request over a proven connection, and what is known of it afterwards. */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Bound } from './client-connection.ts';
import { framing, type HttpRequest, isStreamed, sendBody } from './request-to-send.ts';
import { type PresentedCertificate, tlsFailure } from './tls-failure.ts';

export interface Streaming {
  /** Whether the body of an answer may be handed on while it comes, going by its head; otherwise it is read whole. */
  streams?(head: Pick<Answer, 'status' | 'headers'>): boolean;
}

/** An answer, whole unless it is `streamed`; `socket` is the connection it came on. */
export interface Answer {
  outcome: 'answered';
  status: number;
  statusText: string;
  headers: IncomingHttpHeaders;
  /** Empty if it is in `streamed`. */
  body: Buffer;
  /** The body as it comes. Its connection is in use until it is closed: it is read to its end, or destroyed. */
  streamed?: Readable;
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

/**
 * The agent must have a connection at hand; the answer may have `limitBytes` of body, unless it is streamed. `onSent` hears that more of a streamed body has been sent.
 */
export function exchange(
  agent: Agent,
  { host, port }: { host: string; port: number },
  { method, path, headers = {}, body, streams = () => false }: HttpRequest & Streaming,
  limitBytes: number,
  bound: Bound,
  onSent: () => void = () => {},
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
    const release = bound.whenEnded(() => giveUp(String(bound.because)));

    let received: Buffer[] = [];
    const receive = (chunk: Buffer): void => {
      received.push(chunk);
      if (answer?.streamed) received = [Buffer.concat(received).subarray(-endOfChunks.length)];
    };
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
      // The answer to a body that is still being sent: the rest would be for nobody.
      response.on('end', () => isStreamed(body) && !request.writableEnded && request.destroy());
      const head = headOf(response);
      if (!failure && hasLongBody(head, method, limitBytes) && streams(head)) {
        answer = { ...head, body: Buffer.alloc(0), streamed: response };
        return resolve({ outcome: answer, stale: false });
      }
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
      release();
      used?.off('data', receive);
      if (answer && !endsWith(Buffer.concat(received), answer)) answer.socket.destroy();
      const stale = request.reusedSocket && !answering && isClosed(failure);
      isUnusable ||= failure?.code?.startsWith('HPE_') ?? false;
      resolve({ outcome: answer ?? { ...cut(failure), ...(isUnusable ? { wasUnusable: true } : {}) }, stale });
    });
    sendBody(request, body, { giveUp, onSent });
  });
}

/** More than the limit, or nobody knows yet how much. */
function hasLongBody({ status, headers }: Head, method: string, limitBytes: number): boolean {
  if (method === 'HEAD' || status === 204 || status === 304) return false;
  const length = headers['content-length'];
  return length === undefined || Number(length) > limitBytes;
}

/** To its end, or to the error that cuts it. */
function readAnswer(
  response: IncomingMessage,
  limitBytes: number,
  tooLarge: () => void,
  done: (read: Answer | Error) => void,
): void {
  const head = headOf(response);
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > limitBytes) tooLarge();
  });
  response.on('error', done);
  response.on('end', () => done({ ...head, body: Buffer.concat(chunks) }));
}

type Head = Pick<Answer, 'outcome' | 'status' | 'statusText' | 'headers' | 'socket'>;
const headOf = ({ statusCode = 0, statusMessage = '', headers, socket }: IncomingMessage): Head => ({
  outcome: 'answered',
  status: statusCode,
  statusText: statusMessage,
  headers,
  socket: socket as TLSSocket,
});

/** RFC 9112 7.1. */
const endOfChunks = Buffer.from('\r\n\r\n');

/**
 * Whether nothing came after the answer; false of one that was streamed without chunks, of which nobody knows. Node's parser keeps the beginning of another answer to itself, and fails at
 * anything longer.
 */
function endsWith(received: Buffer, { headers, body, streamed }: Answer): boolean {
  const isChunked = headers['transfer-encoding'] !== undefined;
  if (streamed && !isChunked) return false;
  const last = isChunked ? endOfChunks : Buffer.concat([endOfChunks, body]);
  return received.subarray(-last.length).equals(last);
}

function isClosed(failure: NodeJS.ErrnoException | undefined): boolean {
  return failure?.code === 'ECONNRESET' || failure?.code === 'EPIPE';
}

function cut(failure: NodeJS.ErrnoException | undefined): Cut {
  return { outcome: 'cut', ...tlsFailure(failure ?? new Error('closed')), mayHaveBeenExecuted: true };
}
