/** What a negotiation costs the core, which is durable before it is answered, beside a server that keeps its text durably. */
import { Agent, type AgentOptions, request } from 'node:https';
import { clientProfile } from '../transport/tls-profile.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { writeSecurityMethodRequest, writeSecurityMethodUpdateRequest } from '../wire/security-api.ts';
import { type Bench, compared, inParallel } from './figure.ts';
import type { Negotiating } from './negotiating-process.ts';
import { withServed } from './served.ts';

/** How many each side makes before it is the turn of the other. */
const negotiations = 800;
const kinds = [
  { name: 'PUT', write: writeSecurityMethodRequest, keepAlive: true, times: negotiations },
  { name: 'update', write: writeSecurityMethodUpdateRequest, keepAlive: true, times: negotiations },
  { name: 'connected', write: writeSecurityMethodUpdateRequest, keepAlive: false, times: negotiations / 4 },
];

/** Of many invokers at once, over connections that each keeps, and over a new one for each, as our invoker does. */
export const negotiation = (runs: number): Promise<Bench[]> =>
  withServed<Negotiating>('negotiating-process', async ({ port, barePort, ca, aefId, invokers }, used) => {
    const profile: AgentOptions = { ...clientProfile({ psk: false, maxVersion: 'TLSv1.2' }), ca, maxCachedSessions: 0 };
    const benches: Bench[] = [];
    for (const { name, write, keepAlive, times } of kinds) {
      const clients = invokers.map(({ id, certificate }) => ({
        agent: new Agent({ ...profile, ...certificate, keepAlive, maxSockets: 1 }),
        wanted: write({
          apiInvokerId: id,
          entries: [{ aefId, supported: ['PSK', 'PKI', 'OAUTH'] }],
          notificationDestination: 'https://invoker.invalid/notifications',
        }),
      }));
      let turn = 0;
      const task = (ours: boolean) =>
        inParallel(clients.length, times, () => {
          turn = (turn + 1) % clients.length;
          const { agent, wanted } = clients[turn]!;
          return answered(agent, ours ? port : barePort, wanted);
        });
      const { ours, ratio, perSecond, speed } = await compared({ rounds: 4 * runs, times, task, used });
      const figure = { name: `negotiation ${name}`, runs };
      benches.push(
        { ...figure, median: perSecond, unit: 'a second', ratios: { 'durable https': speed } },
        { ...figure, median: ours, unit: 'µs of CPU', ratios: { 'durable https': ratio } },
      );
      for (const { agent } of clients) agent.destroy();
    }
    return benches;
  });

function answered(agent: Agent, port: number, { method, path, headers, body = '' }: HttpRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) };
    const asking = request({ agent, host: '127.0.0.1', port, method, path, headers: { ...headers, ...length } });
    asking.on('response', (response) => {
      const { statusCode: status = 0 } = response;
      if (status >= 300) reject(new Error(`the answer is ${status}`));
      response.on('end', resolve).resume();
    });
    asking.on('error', reject).end(body);
  });
}
