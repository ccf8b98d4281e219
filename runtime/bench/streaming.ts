/**
 * Bodies of 1 GiB through an AEF that passes them on, to and from the invoker's `fetch`, beside a client and a proxy of node:https that
 * do the same: MB a second of both in turns, and by how much the memory of either process grows meanwhile.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as passing } from 'node:timers/promises';
import { createInvoker } from '../invoker/invoker.ts';
import { clientProfile } from '../transport/tls-profile.ts';
import { type Bench, median } from './figure.ts';
import { served } from './served.ts';
import type { Place } from './served-process.ts';

const bodyBytes = 2 ** 30;
const warmUpBytes = 2 ** 26;
const chunk = Buffer.alloc(2 ** 16, 'x');
/** Of heap that is collected later, and of buffers of sockets. A body that is kept takes sixteen times as much. */
const leewayBytes = 64 * 2 ** 20;
const sampledEachMs = 200;
const path = '/greetings/v1/hello';

/** As a side sends and receives: how many bytes have come at the other end. */
type Side = { up(bytes: number): Promise<number>; down(bytes: number): Promise<number> };

function* body(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk;
}
const streamOf = (bytes: number) => Readable.from(body(bytes), { objectMode: false });

async function countOf(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const part of stream) bytes += part.length;
  return bytes;
}

/** Says how many bytes have come, or sends as many as it is asked for. */
const service = createServer(async (asked, answer) => {
  if (asked.method === 'PUT') return answer.end(String(await countOf(asked)));
  const bytes = Number(new URLSearchParams(asked.url!.split('?')[1]).get('bytes'));
  answer.writeHead(200, { 'content-length': bytes });
  await pipeline(streamOf(bytes), answer).catch(() => {});
});

export async function streaming(runs: number): Promise<Bench[]> {
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const upstreamPort = (service.address() as AddressInfo).port;
  const target = await served<Place>('served-process', upstreamPort);
  const { host, port, ca, onboardingToken, served: all } = target.place;
  const { aefId, barePort, proof } = all.find(({ name }) => name === 'streamed')!;
  if (proof.by !== 'certificate') throw new Error('the invoker proves itself by its certificate');
  const invoker = createInvoker({ core: { host, port, ca }, onboardingToken, supported: ['PKI'] });
  const tls = { ...clientProfile({ psk: false }), ca, key: proof.key, cert: proof.cert };
  const agent = new Agent({ ...tls, keepAlive: true });
  const both = { ours: byFetch(invoker, aefId), theirs: byHttps(agent, barePort) };
  const memory = async () => [process.memoryUsage().rss, await target.ask<number>('rss')];
  try {
    const benches: Bench[] = [];
    for (const way of ['up', 'down'] as const) {
      for (const side of Object.values(both)) await moved(side, way, warmUpBytes);
      const before = await memory();
      const grown = [0, 0];
      let isMoving = true;
      const watching = (async () => {
        for (; isMoving; await passing(sampledEachMs))
          for (const [n, rss] of (await memory()).entries()) grown[n] = Math.max(grown[n]!, rss - before[n]!);
      })();
      const rates = { ours: [] as number[], theirs: [] as number[] };
      for (let run = 0; run < runs; run += 1)
        for (const name of ['ours', 'theirs'] as const) rates[name].push(await moved(both[name], way, bodyBytes));
      isMoving = false;
      await watching;
      process.stderr.write(
        `${way}: memory of the client grows by ${inMiB(grown[0]!)}, of the AEF by ${inMiB(grown[1]!)}\n`,
      );
      if (grown.some((bytes) => bytes > leewayBytes)) throw new Error('a body is kept in memory');
      const [ours, theirs] = [median(rates.ours), median(rates.theirs)];
      benches.push({ name: `streaming ${way}`, median: ours, unit: 'MB/s', runs, ratios: { https: ours / theirs } });
    }
    return benches;
  } finally {
    agent.destroy();
    invoker.close();
    await target.close();
    service.close();
  }
}

const inMiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** MB a second. */
async function moved(side: Side, way: keyof Side, bytes: number): Promise<number> {
  const started = performance.now();
  const come = await side[way](bytes);
  if (come !== bytes) throw new Error(`${come} bytes have come of ${bytes}`);
  return bytes / 1_000 / (performance.now() - started);
}

const byFetch = (invoker: ReturnType<typeof createInvoker>, aefId: string): Side => ({
  async up(bytes) {
    const sent = Readable.toWeb(streamOf(bytes)) as ReadableStream<Uint8Array>;
    return Number(await (await invoker.fetch(path, { aefId, method: 'PUT', body: sent, duplex: 'half' })).text());
  },
  async down(bytes) {
    const { body } = await invoker.fetch(`${path}?bytes=${bytes}`, { aefId });
    return countOf(body as ReadableStream<Uint8Array>);
  },
});

function byHttps(agent: Agent, port: number): Side {
  const asked = async (method: string, target: string, sent: Readable): Promise<IncomingMessage> => {
    const asking = request({ agent, host: '127.0.0.1', port, method, path: target });
    const begun = once(asking, 'response');
    await pipeline(sent, asking);
    const [answer] = (await begun) as [IncomingMessage];
    return answer;
  };
  return {
    async up(bytes) {
      let text = '';
      for await (const part of await asked('PUT', path, streamOf(bytes))) text += part;
      return Number(text);
    },
    down: async (bytes) => countOf(await asked('GET', `${path}?bytes=${bytes}`, Readable.from([]))),
  };
}
