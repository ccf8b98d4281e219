/** One invocation of an application that is not answered yet, and the error that it may end with. */
import type { TransportFacts } from '../../machines/steps/trace.ts';
import { InvocationError, type InvocationErrorCode } from './fetch/invocation-error.ts';
import type { RepeatedBody } from './fetch/repeated-body.ts';
import type { WantedInvocation } from './fetch/wanted-invocation.ts';
import { lastOf, troubleIn } from './peer-answer.ts';

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
  body: Buffer | RepeatedBody | undefined;
  resolve(response: Response): void;
  /** Of the signal, its reason. */
  reject(error: unknown): void;
};

/** Without the query, which may hold secrets of the application. */
export const lineOf = ({ method, path }: Invocation) => `${method} ${path.split('?')[0]}`;
