/** What the roles cost beside node:https with the same TLS: CPU time of the AEF, and of the invoker. */
import { once } from 'node:events';
import { Agent, type AgentOptions, request } from 'node:https';
import { connect } from 'node:tls';
import { createInvoker } from '../invoker/invoker.ts';
import type { ClientCredential } from '../transport/client-contexts.ts';
import { connector } from '../transport/connector.ts';
import { clientProfile } from '../transport/tls-profile.ts';
import { type Bench, compared, inParallel } from './figure.ts';
import { withServed } from './served.ts';
import type { Place, Proof, Served } from './served-process.ts';

const path = '/greetings/v1/hello';
/** Connections, and how many invocations each side makes before it is the turn of the other. */
const width = 8;
const invocations = 400;
const handshakes = 100;

/** The AEF under each method, with a trace, and at handshakes. */
export const aef = (runs: number): Promise<Bench[]> =>
  withServed<Place>('served-process', async ({ ca, served }, used) => {
    const benches: Bench[] = [];
    const untraced = served.find(({ name }) => name === 'PKI')!;
    for (const one of served) {
      const isTraced = one.name === 'traced';
      const own = agentOf(one, ca);
      const other = agentOf(isTraced ? untraced : one, ca);
      const otherPort = isTraced ? untraced.port : one.barePort;
      const task = (ours: boolean) =>
        inParallel(width, invocations, () => asked(ours ? own : other, ours ? one.port : otherPort, one.headers));
      const { ours, ratio } = await compared({ rounds: 4 * runs, times: invocations, task, used });
      const ratios: Record<string, number> = isTraced ? { untraced: ratio } : { https: ratio };
      benches.push({ name: `aef ${one.name}`, median: ours, unit: 'µs of CPU per GET', runs, ratios });
      own.destroy();
      other.destroy();
    }
    const opened = (ours: boolean) =>
      inParallel(width, handshakes, () => shaken(ours ? untraced.port : untraced.barePort, untraced.proof, ca));
    const { ours, ratio } = await compared({ rounds: 4 * runs, times: handshakes, task: opened, used });
    return [...benches, { name: 'handshake', median: ours, unit: 'µs of CPU', runs, ratios: { https: ratio } }];
  });

/** `fetch` of the invoker beside a client that keeps its connections and makes a Response; and the connector alone. */
export const invoker = (runs: number): Promise<Bench[]> =>
  withServed<Place>('served-process', async ({ host, port, ca, onboardingToken, served }) => {
    const one = served.find(({ name }) => name === 'PKI')!;
    const own = createInvoker({ core: { host, port, ca }, onboardingToken, supported: ['PKI'] });
    const agent = agentOf(one, ca);
    const { port: aefPort, proof, aefId } = one;
    const over = connector({ host: '127.0.0.1', port: aefPort, ca, credential: proof as ClientCredential });
    const bare = async () => (await responseOf(agent, one.barePort)).text();
    const plain = () => asked(agent, one.barePort, {});
    const fetched = async () => (await own.fetch(path, { aefId })).text();
    const exchanged = () => over.request({ method: 'GET', path });
    const rounds = 4 * runs;
    try {
      const turns = (task: () => Promise<unknown>, other: () => Promise<unknown>) =>
        compared({ rounds, times: invocations, task: (ours) => inParallel(width, invocations, ours ? task : other) });
      const whole = await turns(fetched, bare);
      const alone = await turns(exchanged, plain);
      const figure = { unit: 'µs of CPU per GET', runs };
      return [
        { name: 'fetch', median: whole.ours, ...figure, ratios: { https: whole.ratio } },
        { name: 'connector', median: alone.ours, ...figure, ratios: { https: alone.ratio } },
      ];
    } finally {
      own.close();
      over.close();
      agent.destroy();
    }
  });

function tlsOf(proof: Proof, ca: string): AgentOptions {
  const profile = { ...clientProfile({ psk: proof.by === 'PSK' }), ca };
  if (proof.by === 'certificate') return { ...profile, key: proof.key, cert: proof.cert };
  const psk = Buffer.from(proof.key, 'base64');
  return { ...profile, checkServerIdentity: () => undefined, pskCallback: () => ({ identity: proof.identity, psk }) };
}

const agentOf = ({ proof }: Served, ca: string): Agent =>
  new Agent({ keepAlive: true, maxSockets: width, maxCachedSessions: 0, ...tlsOf(proof, ca) });

type Whole = { status: number; headers: Record<string, string>; body: Buffer };

/** A GET by node:https alone, whose answer must be 200. */
function asked(agent: Agent, port: number, headers: Record<string, string>): Promise<Whole> {
  return new Promise((resolve, reject) => {
    const asking = request({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        if (status !== 200) return reject(new Error(`the answer is ${status}`));
        resolve({ status, headers: headers as Record<string, string>, body: Buffer.concat(chunks) });
      });
    });
    asking.on('error', reject).end();
  });
}

async function responseOf(agent: Agent, port: number): Promise<Response> {
  const { status, headers, body } = await asked(agent, port, {});
  return new Response(new Uint8Array(body), { status, headers });
}

/** A whole handshake, and the end of its connection. */
async function shaken(port: number, proof: Proof, ca: string): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, ...tlsOf(proof, ca) });
  await once(socket, 'secureConnect');
  const closed = once(socket, 'close');
  socket.end();
  await closed;
}
