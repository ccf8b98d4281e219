/**
 * A service that is a request listener of node:http, as an Express application is. It gets the request itself: its path as
 * that of the resource, and who invokes, and under which method, in headers that no client can set.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { StreamedCall } from '../transport/http-service.ts';
import { answerOfService } from '../wire/problem-details.ts';

type Invoker = { apiInvokerId: string; securityMethod: SecurityMethod };

/**
 * The token is for this AEF: a service that had it could invoke in the invoker's name. To CGI and its heirs, `_` is the same
 * as `-` (RFC 3875 4.1.18).
 */
export const notForService = /^(authorization|x[-_]capif[-_].*)$/i;

export const headersOfGateway = ({ apiInvokerId, securityMethod }: Invoker): Record<string, string> => ({
  'x-capif-api-invoker-id': apiInvokerId,
  'x-capif-security-method': securityMethod,
});

/** `/greetings/v1/hello?to=me` at the AEF is `/hello?to=me` at the service. */
export function resourcePath(invoked: string): string {
  const [path = '', ...query] = invoked.split('?');
  return [`/${path.split('/').slice(3).join('/')}`, ...query].join('?');
}

/** The listener answers from now on. Rejects if it fails before it has returned, or what it has returned rejects. */
export async function handOver({ request, response }: StreamedCall, by: Invoker, listener: RequestListener) {
  request.url = resourcePath(request.url ?? '/');
  replaceHeaders(request, headersOfGateway(by));
  for (const [name, value] of Object.entries(answerOfService({ status: 200 }).headers ?? {}))
    response.setHeader(name, value);
  await (listener(request, response) as unknown);
}

/** In all forms in which an application may read them. */
function replaceHeaders(request: IncomingMessage, own: Record<string, string>): void {
  for (const headers of [request.headers, request.headersDistinct])
    for (const name of Object.keys(headers)) if (notForService.test(name)) delete headers[name];
  Object.assign(request.headers, own);
  for (const [name, value] of Object.entries(own)) request.headersDistinct[name] = [value];
  const raw = request.rawHeaders;
  const kept = raw.filter((_, n) => !notForService.test(raw[n - (n % 2)]!));
  request.rawHeaders = [...kept, ...Object.entries(own).flat()];
}
