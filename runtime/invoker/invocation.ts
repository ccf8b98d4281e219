/** One invocation of an application: what it asks for, what it gets, and why it may get nothing. */
import type { ExchangeOutcome } from '../transport/connector.ts';
import { decoded } from './content-coding.ts';
import type { WantedInvocation } from './wanted-invocation.ts';

/** Why an invocation was not answered by the service. */
export type InvocationErrorCode =
  /** The invoker and the AEF have no security method in common (6.3.1). */
  | 'noCommonMethod'
  /** The core or the AEF does not grant it (6.5.2, 6.8). */
  | 'refused'
  /** Attempts are used up. */
  | 'gaveUp'
  /**
   * The connection broke after the request was written, and the request is not idempotent; or the answer cannot be used.
   * The request is not repeated.
   */
  | 'mayHaveBeenExecuted'
  | 'offboarded'
  | 'closed';

export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly code: InvocationErrorCode;
  constructor(code: InvocationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The end that a machine gives, and what the transport saw last, which explains it. */
export function explained(code: InvocationErrorCode, because: string, trouble: string | undefined): InvocationError {
  if (trouble === undefined) return new InvocationError(code, because);
  return new InvocationError(code, `${because} (${trouble})`, { cause: new Error(trouble) });
}

export type Invocation = Omit<WantedInvocation, 'body'> & {
  body: Buffer | undefined;
  resolve(response: Response): void;
  /** Of the signal, its reason. */
  reject(error: unknown): void;
};

/** Without the query, which may hold secrets of the application. */
export const lineOf = ({ method, path }: Invocation) => `${method} ${path.split('?')[0]}`;

export async function responseOf({
  status,
  headers,
  body,
}: ExchangeOutcome & { outcome: 'answered' }): Promise<Response> {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  const empty = status === 204 || status === 205 || status === 304;
  const content = empty ? null : new Uint8Array(await decoded(body, headers['content-encoding']));
  return new Response(content, { status, headers: kept });
}
