/** A POST over HTTP without TLS, for destinations that an operator has allowed to be notified so. */
import { type IncomingHttpHeaders, request } from 'node:http';
import type { HttpRequest } from '../../wire/http-message.ts';

type Exchanged =
  | { outcome: 'answered'; status: number; headers: IncomingHttpHeaders }
  | { outcome: 'unreachable'; because: string };

/** Of the answer, the body is not read. */
export function plainExchange(
  { host, port }: { host: string; port: number },
  { body, headers = {}, ...wanted }: HttpRequest,
  signal: AbortSignal,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ outcome: 'unreachable', because: error.message });
    try {
      const sent = request({ host, port, agent: false, signal, headers, ...wanted });
      sent.on('error', failed);
      // Also without an error, where the receiver changes the protocol.
      sent.on('close', () => failed(new Error('closed')));
      sent.on('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        resolve({ outcome: 'answered', status, headers });
        response.destroy();
      });
      sent.end(body);
    } catch (error) {
      failed(error as Error);
    }
  });
}
