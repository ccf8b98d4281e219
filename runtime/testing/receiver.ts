/** For tests: whoever is notified, over TLS, as other people might run it. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { closeLater } from './roles.ts';
import { authority, closeAll, serving } from './servers.ts';

/** For a core that notifies receivers. */
export const notifications = { trustAnchors: [authority.ca], hosts: ['127.0.0.1', 'localhost'] };

type Received = { path: string; body: unknown };
/** The nth answer, from 1: a status, or whatever the test does with the response. */
type Answering = (n: number, response: ServerResponse, request: IncomingMessage) => number | undefined;

export async function receiver(answer: Answering = () => 204) {
  const received: Received[] = [];
  let n = 0;
  const listener: RequestListener = async (request, response) => {
    const text = (await request.setEncoding('utf8').toArray()).join('');
    received.push({ path: request.url ?? '', body: JSON.parse(text) });
    n += 1;
    const status = answer(n, response, request);
    if (status !== undefined) response.writeHead(status).end();
  };
  const { port } = await serving(listener);
  closeLater(closeAll);
  return {
    received,
    uri: (path = '/notified', host = '127.0.0.1') => `https://${host}:${port}${path}`,
    bodies: () => received.map(({ body }) => body),
  };
}
