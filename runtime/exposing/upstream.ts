/**
 * A service behind the AEF that speaks plain HTTP or HTTPS. It gets each admitted invocation without the path of the API,
 * and with who invokes and under which method, in headers that no client can set.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ServiceAnswer } from '../wire/http-message.ts';
import { problemAnswer } from '../wire/problem-details.ts';
import type { AdmittedInvocation, ServiceHandler } from './service-invocations.ts';

type UpstreamOptions = {
  /** Where the service is; its path goes before that of the resource. */
  url: URL;
  timeoutMs: number;
  answerLimitBytes: number;
  /** Hears why the service could not be reached. */
  onError(error: Error): void;
};

/** Of one connection alone (RFC 9110 7.6.1), beside those that `connection` names. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
const ofGateway = /^x-capif-/;

export type Upstream = { serve: ServiceHandler; close(): void };

export function upstream({ url, timeoutMs, answerLimitBytes, onError }: UpstreamOptions): Upstream {
  const isHttps = url.protocol === 'https:';
  const agent = isHttps ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const send = isHttps ? httpsRequest : httpRequest;

  function serve(invocation: AdmittedInvocation): Promise<ServiceAnswer> {
    return new Promise((resolve) => {
      const failed = (error: Error) => {
        onError(error);
        const isLate = error instanceof Late;
        resolve(
          problemAnswer(isLate ? 'GATEWAY_TIMEOUT' : 'BAD_GATEWAY', `the service behind this AEF: ${error.message}`),
        );
      };
      const request = send(
        url,
        { agent, method: invocation.method, path: pathOf(url, invocation.url), headers: headersTo(invocation) },
        (answer) => readAnswer(answer, answerLimitBytes).then(resolve, failed),
      );
      request.setTimeout(timeoutMs, () => request.destroy(new Late(`no answer within ${timeoutMs} ms`)));
      request.on('error', failed);
      request.end(invocation.body);
    });
  }

  return { serve, close: () => agent.destroy() };
}

class Late extends Error {}

/** `/greetings/v1/hello?to=me` at the AEF is `/hello?to=me` at the service. */
function pathOf({ pathname }: URL, invoked: string): string {
  const [path = '', ...query] = invoked.split('?');
  const resource = path.split('/').slice(3).join('/');
  return [`${pathname.replace(/\/$/, '')}/${resource}`, ...query].join('?');
}

function headersTo({
  headers,
  body,
  apiInvokerId,
  securityMethod,
}: AdmittedInvocation): Record<string, string | string[]> {
  const passed = endToEnd(headers).filter(
    ([name]) => name !== 'host' && name !== 'content-length' && !ofGateway.test(name),
  );
  return {
    ...Object.fromEntries(passed),
    ...(body.length > 0 && { 'content-length': String(body.length) }),
    'x-capif-api-invoker-id': apiInvokerId,
    'x-capif-security-method': securityMethod,
  };
}

function endToEnd(headers: IncomingMessage['headers']): [name: string, value: string | string[]][] {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',');
  const own = new Set([...hopByHop, ...named.map((name) => name.trim())]);
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || own.has(name) ? [] : [[name, value] as [string, string | string[]]],
  );
}

async function readAnswer(answer: IncomingMessage, limitBytes: number): Promise<ServiceAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) {
      answer.destroy();
      throw new Error(`its answer is larger than ${limitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return {
    status: answer.statusCode!,
    headers: Object.fromEntries(endToEnd(answer.headers)),
    body: Buffer.concat(chunks),
  };
}
