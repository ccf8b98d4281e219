/** One invocation of an application: what it asks for, what it gets, and why it may get nothing. */
import type { TransportFacts } from '../../machines/trace.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import { decoded } from './content-coding.ts';
import { lastOf, troubleIn } from './peer-answer.ts';
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

/** What its caller can do about it. */
const advice: { [code in InvocationErrorCode]: string } = {
  noCommonMethod: 'the invoker and the AEF need a method that both support',
  refused: 'the operator of the peer knows why',
  gaveUp: 'call again once that is put right',
  mayHaveBeenExecuted: 'find out whether it was executed before you call again',
  offboarded: 'a new invoker can be onboarded',
  closed: 'a new invoker can be made',
};

/** The message says what happened and what to do; `cause` is the last thing that a peer did, or what else led to this. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly code: InvocationErrorCode;
  constructor(code: InvocationErrorCode, because: string, options: { cause: unknown }) {
    super(`${because}; ${advice[code]}`, options);
    this.code = code;
  }
}

/** The end that a machine gives, and what the transport saw last, which explains it. */
export function explained(
  code: InvocationErrorCode,
  because: string,
  last: TransportFacts | undefined,
): InvocationError {
  const trouble = last && troubleIn(last);
  const cause = new Error(last ? lastOf(last) : because);
  return new InvocationError(code, trouble === undefined ? because : `${because} (${trouble})`, { cause });
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
