/** For tests of the invoker's `fetch`: a service behind an AEF that is not ours, which answers as the test says. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { InvokerOptions } from '../invoker/invoker.ts';
import { aefProfile, foreignPeers } from './foreign-peers.ts';
import { listening } from './servers.ts';

export const path = '/greetings/v1/hello';
export type Served = { request: IncomingMessage; response: ServerResponse };

/** The service answers as the test says; `sockets` counts the connections that it was invoked over. */
export async function serving(serve: RequestListener, options: Partial<InvokerOptions> = {}) {
  const at = { port: 0 };
  const peers = await foreignPeers({
    discovered: () => [{ apiName: 'greetings', apiId: 'a1', aefProfiles: [aefProfile(at.port, 'PKI')] }],
    invoker: options,
  });
  const sockets = new Set<unknown>();
  const identity = await peers.identity('apiExposingFunction', 'aef1');
  const server = createServer(
    { ...identity, ca: peers.authority.certificatePem, requestCert: true },
    (request, response) => {
      if (request.url?.includes('check-authentication')) {
        request.resume();
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"supportedFeatures":"0"}');
        return;
      }
      sockets.add(request.socket);
      serve(request, response);
    },
  );
  at.port = await listening(server);
  const { fetch } = peers.invoker;
  return { ...peers, fetch, sockets, url: `https://127.0.0.1:${at.port}` };
}

/** What each request of the test is answered with is up to the test: `next` resolves with it. */
export async function served(options: Partial<InvokerOptions> = {}) {
  const come: Served[] = [];
  let tell = () => {};
  const at = await serving((request, response) => {
    come.push({ request, response });
    tell();
  }, options);
  async function next(): Promise<Served> {
    while (come.length === 0) await new Promise<void>((resolve) => (tell = resolve));
    return come.shift()!;
  }
  return { ...at, next };
}

export const mismatch = (response: ServerResponse) =>
  response
    .writeHead(403, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ cause: 'SECURITY_METHOD_MISMATCH' }));

export const bodyOf = async (request: IncomingMessage) => (await request.setEncoding('utf8').toArray()).join('');
export const utf8 = (text: string) => new TextEncoder().encode(text);
export const megabyte = (text: string) => utf8(text.repeat(1024 * 1024));

export const movedTo = (status: number, location: string) => (response: ServerResponse) =>
  response.writeHead(status, { location }).end();
