/**
 * A service behind the AEF that speaks plain HTTP or HTTPS. It gets each admitted invocation without the path of the API,
 * and with who invokes and under which method, in headers that no client can set. Bodies pass while they come, both ways.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream';
import { isIdempotent } from '../transport/request-to-send.ts';
import type { ServiceAnswer } from '../wire/http-message.ts';
import { problemAnswer } from '../wire/problem-details.ts';
import { headersOfGateway, notForService, resourcePath } from './request-listener.ts';
import type { AdmittedInvocation, ServiceHandler } from './service-invocations.ts';

type UpstreamOptions = {
  /** Where the service is; its path goes before that of the resource. */
  url: URL;
  timeoutMs: number;
  /** Hears why the service could not be reached. */
  onError(error: Error): void;
};

/** Of one connection alone (RFC 9110 7.6.1), beside those that `connection` names. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

export type Upstream = { serve: ServiceHandler; close(): void };

export function upstream({ url, timeoutMs, onError }: UpstreamOptions): Upstream {
  const isHttps = url.protocol === 'https:';
  const agent = isHttps ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const send = isHttps ? httpsRequest : httpRequest;

  function serve(invocation: AdmittedInvocation): Promise<ServiceAnswer> {
    const { method, body, signal } = invocation;
    return new Promise((resolve) => {
      const path = pathOf(url, invocation.url);
      const headers = headersTo(invocation);
      const begin = () => {
        let answer: IncomingMessage | undefined;
        let error = new Error('it has closed the connection, or changed the protocol');
        const request = send(url, { agent, method, path, headers, signal }, (begun) => {
          answer = begun;
          resolve({ status: begun.statusCode!, headers: Object.fromEntries(endToEnd(begun.headers)), body: begun });
        });
        request.setTimeout(timeoutMs, () => {
          // Where bytes wait for the invoker, it is not the service that is slow.
          if (!answer || answer.readableLength === 0) request.destroy(new Late(`no answer within ${timeoutMs} ms`));
        });
        request.on('error', (because) => {
          error = because;
        });
        request.once('close', () => {
          if (answer) return;
          // A service may close a kept connection just as a request comes: it is sent again (RFC 9112 9.3.1).
          const isStale = request.reusedSocket && !signal.aborted && !(error instanceof Late);
          if (isStale && isIdempotent(invocation) && !hasBody(invocation)) return begin();
          if (!signal.aborted) onError(error);
          // Where the service is, and what is wrong there, is for the operator alone.
          if (error instanceof Late) resolve(problemAnswer('GATEWAY_TIMEOUT', 'the service behind this AEF is late'));
          else resolve(problemAnswer('BAD_GATEWAY', 'the service behind this AEF has not answered'));
        });
        if (hasBody(invocation)) pipeline(body, request, () => {});
        else request.end();
      };
      begin();
    });
  }

  return { serve, close: () => agent.destroy() };
}

class Late extends Error {}

/** No path of an invocation leads out of that of the service: dot segments are taken out before (RFC 3986 5.2.4). */
function pathOf({ pathname: base }: URL, invoked: string): string {
  const resource = resourcePath(invoked);
  const query = resource.indexOf('?');
  const { pathname } = new URL(`http://service${query < 0 ? resource : resource.slice(0, query)}`);
  return base.replace(/\/$/, '') + pathname + (query < 0 ? '' : resource.slice(query));
}

function headersTo(invocation: AdmittedInvocation): Record<string, string | string[]> {
  const passed = endToEnd(invocation.headers).filter(
    ([name]) => name !== 'host' && name !== 'expect' && !notForService.test(name),
  );
  return { ...Object.fromEntries(passed), ...framing(invocation), ...headersOfGateway(invocation) };
}

/** As the body came: by its length, or in chunks. `connection` may name neither: what follows would be another request. */
function framing({ headers }: AdmittedInvocation): Record<string, string> {
  if (headers['transfer-encoding'] !== undefined) return { 'transfer-encoding': 'chunked' };
  const { 'content-length': length } = headers;
  return length === undefined ? {} : { 'content-length': length };
}

const hasBody = ({ headers }: AdmittedInvocation): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;

function endToEnd(headers: IncomingMessage['headers']): [name: string, value: string | string[]][] {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',');
  const own = new Set([...hopByHop, ...named.map((name) => name.trim())]);
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || own.has(name) ? [] : [[name, value] as [string, string | string[]]],
  );
}
