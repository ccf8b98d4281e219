/** Why an invocation was not answered by the service: what an application can tell apart. */
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
  /** It was refused and not executed, and its body is a stream that is gone by now. */
  | 'bodyUsed'
  /** The answer is a redirection, which `redirect: 'error'` does not allow. */
  | 'redirected'
  | 'offboarded'
  | 'closed';

/** What its caller can do about it. */
const advice: { [code in InvocationErrorCode]: string } = {
  noCommonMethod: 'the invoker and the AEF need a method that both support',
  refused: 'the operator of the peer knows why',
  gaveUp: 'call again once that is put right',
  mayHaveBeenExecuted: 'find out whether it was executed before you call again',
  bodyUsed: 'call again with a new stream',
  redirected: 'call again with the URL of its Location, or with another `redirect`',
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
