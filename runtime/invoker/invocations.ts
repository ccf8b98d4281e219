/**
 * The invocations of an application that are not answered yet: those that wait for the machine, and those under way on
 * CAPIF-2e. What becomes of them is told to the machine, whose effects say which go out, wait again, or are given up.
 */
import type { apiInvoker } from '../../machines/api-invoker.ts';
import type { Clock } from '../clock.ts';
import type { AnswersOf, Participant } from '../participant.ts';
import type { Answer } from '../transport/client-exchange.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { isRedirection } from '../transport/redirections.ts';
import { isIdempotent, isRepeatable } from '../transport/request-to-send.ts';
import { isOfService } from '../wire/problem-details.ts';
import type { AefConnection } from './aef-connection.ts';
import { InvocationError } from './fetch/invocation-error.ts';
import { RepeatedBody } from './fetch/repeated-body.ts';
import { responseOf } from './fetch/response.ts';
import type { WantedInvocation } from './fetch/wanted-invocation.ts';
import { explained, type Invocation, lineOf } from './invocation.ts';
import { factsWithReason } from './peer-answer.ts';
import { refusalIn, refusals } from './refusal-of-aef.ts';

/** What may be told of each invocation, in whatever state the machine is by then. */
export const answersToInvocation = {
  ServiceApiInvocation: ['ServiceApiInvocationResponse', 'invocation.failed', ...refusals],
} as const satisfies AnswersOf<typeof apiInvoker>;

export type InvocationsOptions = {
  apiInvokerId: string;
  aefId: string;
  /** Of the published interface. */
  origin: string;
  clock: Clock;
  timeoutMs: number;
  /** Whether an answer that is no refusal of this runtime's AEFs is a mismatch indication of another. */
  isMismatch: ((response: Response) => boolean | Promise<boolean>) | undefined;
  onError(error: unknown): void;
  tell: Participant<typeof apiInvoker, Invocation>['tell'];
};

export class Invocations {
  readonly #options: InvocationsOptions;
  #waiting: Invocation[] = [];
  /** Why no invocation goes out any more. */
  #end: InvocationError | undefined;

  constructor(options: InvocationsOptions) {
    this.#options = options;
  }

  /** Answered once the service has been invoked with whatever method is current; rejects with InvocationError. */
  add(wanted: Omit<WantedInvocation, 'body'>, body: Invocation['body']): Promise<Response> {
    return new Promise((resolve, reject) => {
      const { signal } = wanted;
      if (this.#end) return reject(this.#end);
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => this.#abort(invocation);
      const ended =
        <T>(end: (how: T) => void) =>
        (how: T) => {
          signal?.removeEventListener('abort', onAbort);
          if (body instanceof RepeatedBody) body.release();
          end(how);
        };
      const invocation: Invocation = { ...wanted, body, resolve: ended(resolve), reject: ended(reject) };
      signal?.addEventListener('abort', onAbort);
      this.#waiting.push(invocation);
      this.#options.tell({ type: 'serviceApi.wanted' });
    });
  }

  sendAll(over: AefConnection, credential: number): void {
    for (const invocation of this.#waiting.splice(0)) {
      this.#send(over, credential, invocation).catch((error) => invocation.reject(error));
    }
  }

  /** It was not executed, or may be executed again. */
  putBack(invocation: Invocation): void {
    if (this.#end) return invocation.reject(this.#end);
    if (!isRepeatable(invocation)) {
      const because = `${lineOf(invocation)} was not executed, and its body is a stream that cannot be sent again`;
      return invocation.reject(
        new InvocationError('bodyUsed', because, { cause: new Error('the stream is too long to be kept') }),
      );
    }
    this.#waiting.push(invocation);
    if (invocation.signal?.aborted) this.#abort(invocation);
  }

  /** Those that wait, and the one that was just refused, if there is one. */
  rejectAll(error: InvocationError, refused?: Invocation): void {
    refused?.reject(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The same for good, and for those under way unless they are served. */
  end(error: InvocationError): void {
    this.#end = error;
    this.rejectAll(error);
  }

  #abort(invocation: Invocation): void {
    if (!this.#waiting.includes(invocation)) return;
    this.#waiting = this.#waiting.filter((one) => one !== invocation);
    invocation.reject(invocation.signal?.reason);
  }

  async #send(over: AefConnection, credential: number, invocation: Invocation): Promise<void> {
    const { apiInvokerId, aefId, tell } = this.#options;
    const outcome = await over.invoke(invocation);
    if (this.#hasEnded) return invocation.reject(this.#end);
    const base = { referencePoint: 'CAPIF-2e', from: apiInvokerId, to: aefId, request: lineOf(invocation) };
    const facts = factsOf(outcome, base);
    if (outcome.outcome !== 'answered') {
      if (invocation.signal?.aborted) return invocation.reject(invocation.signal.reason);
      const broken = invocation.body instanceof RepeatedBody ? invocation.body.error : undefined;
      if (broken !== undefined) return invocation.reject(broken);
      return this.#failed(outcome, over, credential, invocation, facts);
    }

    const refusal = refusalIn(outcome, over.hasToken) ?? (await this.#foreignRefusal(invocation, outcome));
    if (this.#hasEnded) return invocation.reject(this.#end);
    if (refusal) {
      tell({ type: refusal, credential }, { exchange: invocation, facts: factsWithReason(outcome, base) });
      if (this.#end) invocation.reject(this.#end);
      return;
    }
    this.#answer(invocation, outcome);
    tell({ type: 'ServiceApiInvocationResponse', credential }, { facts });
  }

  #answer(invocation: Invocation, answer: Answer): void {
    if (invocation.redirect === 'error' && isRedirection(answer)) {
      const cause = new Error(`status ${answer.status} to ${answer.headers.location}`);
      return invocation.reject(new InvocationError('redirected', `${lineOf(invocation)} is redirected`, { cause }));
    }
    invocation.resolve(this.#responseOf(invocation, answer));
  }

  #responseOf(invocation: Invocation, answer: Answer): Response {
    const { method, path, signal } = invocation;
    const { origin, clock, timeoutMs } = this.#options;
    return responseOf({ method, url: origin + path, line: lineOf(invocation), signal, clock, timeoutMs }, answer);
  }

  /** The standard names no mismatch indication, so an application may know another than ours (6.7). */
  async #foreignRefusal(invocation: Invocation, answer: Answer): Promise<'IncorrectMethodFailure' | undefined> {
    const { isMismatch, onError } = this.#options;
    if (!isMismatch || answer.status < 400 || isOfService(answer.headers)) return undefined;
    try {
      return (await isMismatch(this.#responseOf(invocation, answer))) ? 'IncorrectMethodFailure' : undefined;
    } catch (error) {
      onError(error);
      return undefined;
    }
  }

  /** Nothing is told to the machine any more. */
  get #hasEnded(): boolean {
    return this.#end?.code === 'closed';
  }

  #failed(
    outcome: Exclude<ExchangeOutcome, { outcome: 'answered' }>,
    over: AefConnection,
    credential: number,
    invocation: Invocation,
    facts: ReturnType<typeof factsOf>,
  ): void {
    const { tell } = this.#options;
    const isRepeatable = outcome.outcome !== 'cut' || (isIdempotent(invocation) && !outcome.wasUnusable);
    if (isRepeatable) this.putBack(invocation);
    else {
      const because = `${lineOf(invocation)} got no answer that can be used and may have been executed`;
      invocation.reject(explained('mayHaveBeenExecuted', because, facts));
    }
    const refusedAtTls =
      outcome.outcome === 'refused' || (outcome.outcome === 'cut' && !outcome.wasUnusable && !over.wasAnswered());
    tell({ type: 'invocation.failed', credential, because: refusedAtTls ? 'handshake' : 'cut' }, { facts });
    if (this.#waiting.includes(invocation)) tell({ type: 'serviceApi.wanted' });
  }
}
