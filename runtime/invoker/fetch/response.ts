/** The answer of a service as an application gets it: a `Response` as that of `fetch`, with the codings undone. */
import type { Answer } from '../../transport/client-exchange.ts';
import { decoded } from './content-coding.ts';

/** RFC 9110 6.4.1. */
const withoutContent = (asked: string, status: number) =>
  asked === 'HEAD' || status === 204 || status === 205 || status === 304;

/** Rejects if the content is not in the coding that its header names. */
export async function responseOf(asked: { method: string; url: string }, answer: Answer): Promise<Response> {
  const { status, statusText, headers, body } = answer;
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  const content = withoutContent(asked.method, status)
    ? null
    : new Uint8Array(await decoded(body, headers['content-encoding']));
  const response = new Response(content, { status, statusText, headers: kept });
  // `Response` has no argument for these.
  const redirectedTo = answer.redirectedTo;
  Object.defineProperty(response, 'url', { value: redirectedTo ?? asked.url });
  Object.defineProperty(response, 'redirected', { value: redirectedTo !== undefined });
  return response;
}
