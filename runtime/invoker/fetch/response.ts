/** The answer of a service as an application gets it: a `Response` as that of `fetch`, with the codings undone. */
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import type { Clock } from '../../clock.ts';
import type { Answer } from '../../transport/client-exchange.ts';
import { decoded } from './content-coding.ts';
import { InvocationError } from './invocation-error.ts';

export type Asked = {
  method: string;
  url: string;
  /** How it is named in errors. */
  line: string;
  signal: AbortSignal | undefined;
  clock: Clock;
  /** For how long the next part of a body is waited for. */
  timeoutMs: number;
};

/** Reading its body rejects with InvocationError if the answer breaks off, or with the reason of the signal. */
export function responseOf(asked: Asked, answer: Answer): Response {
  const { status, statusText, headers, redirectedTo } = answer;
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  const response = new Response(bodyOf(asked, answer), { status, statusText, headers: kept });
  // `Response` has no arguments for these.
  Object.defineProperty(response, 'url', { value: redirectedTo ?? asked.url });
  Object.defineProperty(response, 'redirected', { value: redirectedTo !== undefined });
  return response;
}

type Body = ConstructorParameters<typeof Response>[0];

function bodyOf(asked: Asked, { status, headers, body, streamed }: Answer): Body {
  const coding = headers['content-encoding'];
  // RFC 9110 6.4.1.
  if (asked.method === 'HEAD' || status === 204 || status === 205 || status === 304) return null;
  if (!streamed && coding === undefined) return new Uint8Array(body);
  return streamOf(decoded(streamed ?? Readable.from([body], { objectMode: false }), coding), asked);
}

/** An answer that the application has forgotten does not keep its connection. */
const forgotten = new FinalizationRegistry<Readable>((content) => content.destroy());

/** Nothing is asked for before the application reads; to cancel it ends the answer. */
function streamOf(content: Readable, { line, signal, clock, timeoutMs }: Asked): Body {
  const chunks = content[Symbol.asyncIterator]();
  const stream = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const stop = clock.after(timeoutMs, () => content.destroy(new Error('timeout')));
      try {
        const { done, value } = await chunks.next();
        if (!done) return controller.enqueue(new Uint8Array(value));
        controller.close();
        controller.byobRequest?.respond(0);
      } catch (cause) {
        signal?.throwIfAborted();
        const because = `the answer to ${line} broke off: ${(cause as Error).message}`;
        throw new InvocationError('mayHaveBeenExecuted', because, { cause });
      } finally {
        stop();
      }
    },
    cancel() {
      content.destroy();
    },
  });
  forgotten.register(stream, content);
  return stream as Body;
}
