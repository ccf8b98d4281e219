/** The body of an HTTP request, up to a limit. */

import type { IncomingMessage } from 'node:http';

/** `aborted`: the client closed before the end, so no answer is possible. */
type BodyRead = { body: Buffer } | { tooLarge: true } | { aborted: true };

/** How much of a body that is too large is waited for: a client that still writes may never read its answer (RFC 9112 9.6). */
const thrownAwayBytes = 4 * 1024 * 1024;

/** Reads the body, once. Answer `tooLarge` with 413 and `connection: close`: what is beyond the limit is thrown away. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<BodyRead> {
  return new Promise((resolve) => {
    if (request.destroyed) return resolve({ aborted: true });

    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) chunks.push(chunk);
      else chunks = [];
      if (bytes > limitBytes + thrownAwayBytes) resolve({ tooLarge: true });
    });
    request.on('end', () => resolve(bytes > limitBytes ? { tooLarge: true } : { body: Buffer.concat(chunks) }));
    request.on('close', () => resolve({ aborted: true }));
  });
}
