/** A request as it goes out: its body, and whether it may go out twice. */
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';

export interface HttpRequest {
  method: string;
  path: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer | StreamedBody;
}

/** A body of unknown length. */
export interface StreamedBody {
  /** It can be sent from its beginning: nothing of it has been sent, or all that has been is kept. */
  readonly isRepeatable: boolean;
  /** From its beginning. */
  chunks(): AsyncIterable<Uint8Array>;
}

export const isStreamed = (body: HttpRequest['body']): body is StreamedBody =>
  typeof body === 'object' && !Buffer.isBuffer(body);

/** For every method: node:http frames the body of none that has one seldom, such as DELETE (RFC 9112 6.3). */
export function framing(body: HttpRequest['body']): OutgoingHttpHeaders {
  if (body === undefined) return {};
  return isStreamed(body) ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(body) };
}

/** `onSent` hears of each chunk of a stream, `giveUp` why the stream has no end. */
export function sendBody(
  request: ClientRequest,
  body: HttpRequest['body'],
  { giveUp, onSent }: { giveUp(because: string): void; onSent(): void },
): void {
  if (!isStreamed(body)) {
    request.end(body);
    return;
  }
  const source = Readable.from(body.chunks());
  source.on('error', (error) => giveUp(`the body of the request broke off: ${error.message}`));
  source.on('data', onSent);
  request.on('close', () => source.destroy());
  source.pipe(request);
}

/** Whether a request may be sent twice (RFC 9110 9.2.2). */
const idempotentMethods = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
export const isIdempotent = ({ method }: { method: string }): boolean => idempotentMethods.has(method);

/** Its body, if it has one, can be sent as often as it takes. */
export const isRepeatable = ({ body }: { body?: HttpRequest['body'] | undefined }): boolean =>
  !isStreamed(body) || body.isRepeatable;
