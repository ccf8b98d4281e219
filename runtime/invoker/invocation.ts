/** One invocation of an application: what it asks for, what it gets, and why it may get nothing. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { ExchangeOutcome } from '../transport/connector.ts';

/** Why an invocation was not answered by the service. */
export type InvocationErrorCode =
  /** The invoker and the AEF have no security method in common (6.3.1). */
  | 'noCommonMethod'
  /** The core or the AEF does not grant it (6.5.2, 6.8). */
  | 'refused'
  /** Attempts are used up. */
  | 'gaveUp'
  /** The connection broke after the request was written; it is not repeated, because it is not idempotent. */
  | 'mayHaveBeenExecuted'
  | 'aborted'
  | 'offboarded'
  | 'closed';

export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly code: InvocationErrorCode;
  constructor(code: InvocationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type InvocationInit = {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  signal?: AbortSignal;
};

export type Invocation = {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  body: string | Buffer | undefined;
  signal: AbortSignal | undefined;
  resolve(response: Response): void;
  reject(error: InvocationError): void;
};

/** Without the query, which may hold secrets of the application. */
export const lineOf = ({ method, path }: Invocation) => `${method} ${path.split('?')[0]}`;

export function responseOf({ status, headers, body }: ExchangeOutcome & { outcome: 'answered' }): Response {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : new Uint8Array(body), { status, headers: kept });
}
