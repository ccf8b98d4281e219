/** How long an invoker waits for an AEF that strangers flood, beside how long it waits otherwise. */
import { once } from 'node:events';
import type { AgentOptions } from 'node:https';
import { Agent, request } from 'node:https';
import { setTimeout as passing } from 'node:timers/promises';
import { clientProfile } from '../transport/tls-profile.ts';
import { type Bench, median } from './figure.ts';
import type { Flood, Flooding } from './flooding-process.ts';
import { served } from './served.ts';
import type { Place } from './served-process.ts';

/** What floods, and how many of them at once. */
const floods: Record<Flood, number> = {
  idle: 10_000,
  hellos: 100,
  handshakes: 100,
  headers: 1_000,
  bodies: 1_000,
  initiations: 100,
};
const measuredMs = 4_000;
const restMs = 10_000;

/** Over a connection that is kept, and over new ones: quiet and flooded in turns, and the ratio of the p99 of a turn. */
export async function flooded(runs: number): Promise<Bench[]> {
  const target = await served<Place>('served-process');
  const flooding = await served<null>('flooding-process');
  try {
    const { ca, served: all } = target.place;
    const { port, proof } = all.find(({ name }) => name === 'PKI')!;
    if (proof.by !== 'certificate') throw new Error('the invoker proves itself by its certificate');
    const tls = { ...clientProfile({ psk: false }), ca, key: proof.key, cert: proof.cert, maxCachedSessions: 0 };
    await waits(port, tls);
    const benches: Bench[] = [];
    for (const [flood, width] of Object.entries(floods) as [Flood, number][]) {
      const rounds: { quiet: Waits; flooded: Waits }[] = [];
      for (let run = 0; run < runs; run += 1) {
        const quiet = await waits(port, tls);
        await flooding.ask('begin', { flood, port, width } satisfies Flooding);
        const under = await waits(port, tls);
        const begun = await flooding.ask<number>('end');
        rounds.push({ quiet, flooded: under });
        process.stderr.write(`${flood}: ${begun} begun; quiet ${told(quiet)}; flooded ${told(under)}\n`);
        // What is left of the flood ends.
        await passing(restMs);
      }
      for (const kind of ['kept', 'fresh'] as const)
        benches.push({
          name: `floods ${flood}, ${kind}`,
          median: median(rounds.map((round) => round.flooded[kind])),
          unit: 'ms, p99',
          runs,
          ratios: { quiet: median(rounds.map((round) => round.flooded[kind] / round.quiet[kind])) },
        });
    }
    return benches;
  } finally {
    await flooding.close();
    await target.close();
  }
}

/** The p99 in ms over a kept connection and over new ones. Throws where one is not answered with 200. */
type Waits = { kept: number; fresh: number };
const told = ({ kept, fresh }: Waits) => `${kept.toFixed(1)} and ${fresh.toFixed(1)} ms`;

async function waits(port: number, tls: AgentOptions): Promise<Waits> {
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1 });
  const end = performance.now() + measuredMs;
  const each = async (pauseMs: number, ask: () => Promise<void>) => {
    const taken: number[] = [];
    while (performance.now() < end) {
      const started = performance.now();
      await ask();
      taken.push(performance.now() - started);
      await passing(pauseMs);
    }
    return taken.toSorted((one, other) => one - other)[Math.floor(taken.length * 0.99)]!;
  };
  const anew = async () => {
    const once = new Agent({ ...tls });
    await answered(once, port);
    once.destroy();
  };
  const [kept, fresh] = await Promise.all([each(2, () => answered(agent, port)), each(40, anew)]);
  agent.destroy();
  return { kept, fresh };
}

async function answered(agent: Agent, port: number): Promise<void> {
  const asking = request({ agent, host: '127.0.0.1', port, path: '/greetings/v1/hello' }).end();
  const [response] = await once(asking, 'response');
  if (response.statusCode !== 200) throw new Error(`the answer is ${response.statusCode}`);
  const ended = once(response, 'end');
  response.resume();
  await ended;
}
