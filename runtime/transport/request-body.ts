/** The body of an HTTP request: whole, up to a limit, or as a stream. */

import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';

/** `aborted`: the client closed before the end, so no answer is possible. */
type BodyRead = { body: Buffer } | { tooLarge: true } | { aborted: true };

/** How much of a body that is too large is waited for: a client that still writes may never read its answer (RFC 9112 9.6). */
const thrownAwayBytes = 4 * 1024 * 1024;
/** How long a body that is read whole may take. */
const wholeWithinMs = 30_000;

/** RFC 9112 6.3: a request says in its head that it has a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;

/** Reads the body, once. Answer `tooLarge` with 413 and `connection: close`: what is beyond the limit is thrown away. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<BodyRead> {
  return new Promise((resolve) => {
    if (request.destroyed) return resolve({ aborted: true });

    let chunks: Buffer[] = [];
    let bytes = 0;
    const late = setTimeout(() => request.socket.destroy(), wholeWithinMs);
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) chunks.push(chunk);
      else chunks = [];
      if (bytes > limitBytes + thrownAwayBytes) resolve({ tooLarge: true });
    });
    request.on('end', () => {
      clearTimeout(late);
      resolve(bytes > limitBytes ? { tooLarge: true } : { body: Buffer.concat(chunks) });
    });
    request.on('close', () => {
      clearTimeout(late);
      resolve({ aborted: true });
    });
  });
}

/** More came than the limit allows. */
export class BodyTooLarge extends Error {}

/**
 * The body while it comes, as fast as it is read. Who destroys it cuts no connection: what still comes is thrown away. It
 * ends with an error if the client goes away, and with BodyTooLarge beyond the limit.
 */
export function streamedBody(request: IncomingMessage, limitBytes: number): Readable {
  let bytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes <= limitBytes) done(null, chunk);
      else done(new BodyTooLarge(`the body may have at most ${limitBytes} bytes`));
    },
  });
  // Whoever reads it hears of errors; where nobody does, they matter to nobody.
  body.on('error', () => {});
  body.once('close', () => {
    request.unpipe(body);
    if (!request.complete) throwAway(request);
  });
  request.once('close', () => {
    if (!request.complete) body.destroy(new Error('the client has gone away'));
  });
  return request.pipe(body);
}

/** For who reads the request itself: beyond the limit its connection is cut, as nobody else may answer. */
export function limited(request: IncomingMessage, limitBytes: number): IncomingMessage {
  const push = request.push.bind(request);
  let bytes = 0;
  const count = (more: number) => {
    bytes += more;
    if (bytes > limitBytes) request.destroy(new BodyTooLarge(`the body may have at most ${limitBytes} bytes`));
  };
  request.push = (chunk: Buffer | null) => {
    count(chunk?.length ?? 0);
    return bytes <= limitBytes && push(chunk);
  };
  count(request.readableLength);
  return request;
}

function throwAway(request: IncomingMessage): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > thrownAwayBytes) request.socket.destroy();
  });
  request.resume();
}
