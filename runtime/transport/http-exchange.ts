/** The server's side of one HTTP exchange: a bounded body in, JSON or a problem out. */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** `aborted`: the client went before the end, so there is nobody to answer. */
export type BodyRead = { body: Buffer } | { tooLarge: true } | { aborted: true };

/** As `BodyRead`; `malformed` says what is wrong with the text. */
export type JsonRead = { json: unknown } | { malformed: string } | { tooLarge: true } | { aborted: true };

/** ProblemDetails of TS 29.122 5.2.1.2.12, as far as we send it. */
export interface Problem {
  status: number;
  title: string;
  detail?: string;
  cause?: string;
  invalidParams?: { param: string; reason?: string }[];
}

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

/** Reads the body as JSON in UTF-8 (RFC 8259). */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<JsonRead> {
  const read = await readBody(request, limitBytes);
  if (!('body' in read)) return read;
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(read.body)) };
  } catch (error) {
    return { malformed: (error as Error).message };
  }
}

/** Answers with JSON, or with no body at all for `undefined`; does nothing if the client has gone. */
export function sendJson(response: ServerResponse, status: number, body: unknown, headers?: OutgoingHttpHeaders): void {
  send(response, status, 'application/json', body, headers);
}

/** Answers with a problem (TS 29.122 5.2.6); does nothing if the client has gone. */
export function sendProblem(response: ServerResponse, problem: Problem, headers?: OutgoingHttpHeaders): void {
  send(response, problem.status, 'application/problem+json', problem, headers);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: unknown,
  headers: OutgoingHttpHeaders | undefined,
): void {
  if (response.destroyed) return;
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  const contentHeaders = { 'content-type': type, 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, { ...contentHeaders, ...headers }).end(text);
}
