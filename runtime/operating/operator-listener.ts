/** `GET /health` and `GET /metrics` for those who run a role: plain HTTP on a loopback address, apart from CAPIF. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export type OperatorListener = { port: number; close(): void };

/** Rejects if the port is not free. `isReady` is false while the role starts or stops: then the health is 503. */
export async function operatorListener(
  port: number,
  { isReady, metrics }: { isReady(): boolean; metrics: Metrics },
): Promise<OperatorListener> {
  const server: Server = createServer(async ({ method, url }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (url === '/health') {
      const status = isReady() ? 'ready' : 'not ready';
      return response
        .writeHead(isReady() ? 200 : 503, { 'content-type': 'application/json' })
        .end(`{"status":"${status}"}`);
    }
    if (url !== '/metrics') return response.writeHead(404).end();
    const { contentType, text } = await metrics.exposition();
    response.writeHead(200, { 'content-type': contentType }).end(text);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => reject(new Error(`health and metrics have no port: ${message}`)));
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
