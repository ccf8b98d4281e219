/** The invocations that an application has asked for and that have not been answered: waiting, or under way. */
import type { OutgoingHttpHeaders } from 'node:http';

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

/** RFC 9110 9.2.2: those that may be made twice. */
const idempotentMethods = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];
export const isIdempotent = ({ method }: Pick<Invocation, 'method'>) => idempotentMethods.includes(method);

export function createWaitingInvocations() {
  let waiting: Invocation[] = [];

  function abort(invocation: Invocation): void {
    if (!waiting.includes(invocation)) return;
    waiting = waiting.filter((one) => one !== invocation);
    invocation.reject(new InvocationError('aborted', 'the invocation was aborted'));
  }

  return {
    /** The promise is that of the application; `added` is called once the invocation waits. */
    add(path: string, { method = 'GET', headers = {}, body, signal }: InvocationInit, added: () => void) {
      return new Promise<Response>((resolve, reject) => {
        const onAbort = () => abort(invocation);
        const ended =
          <T>(end: (how: T) => void) =>
          (how: T) => {
            signal?.removeEventListener('abort', onAbort);
            end(how);
          };
        const asked = { method: method.toUpperCase(), path, headers, body, signal };
        const invocation: Invocation = { ...asked, resolve: ended(resolve), reject: ended(reject) };
        if (signal?.aborted) return reject(new InvocationError('aborted', 'the invocation was aborted'));
        signal?.addEventListener('abort', onAbort);
        waiting.push(invocation);
        added();
      });
    },
    /** Back to the others: it was not executed, or may be executed again. */
    putBack(invocation: Invocation): void {
      waiting.push(invocation);
      if (invocation.signal?.aborted) abort(invocation);
    },
    takeAll(): Invocation[] {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    rejectAll(code: InvocationErrorCode, because: string): void {
      const rejected = waiting;
      waiting = [];
      for (const { reject } of rejected) reject(new InvocationError(code, because));
    },
  };
}
