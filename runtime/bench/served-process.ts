/**
 * The process that serves in a benchmark: a core, an AEF for each method, one with a trace, and beside each a server of
 * node:https that does the same TLS and decides nothing. If it is given the port of a service, one more AEF and one more server pass
 * invocations on to that.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type RequestListener, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { ServiceHandler } from '../exposing/exposing-function.ts';
import { upstream } from '../exposing/upstream.ts';
import {
  all,
  bearer,
  exposing,
  initiated,
  type Known,
  negotiated,
  onboarded,
  registered,
  type Testbed,
  testbed,
  tokenFor,
} from '../testing/roles.ts';
import { traceFile } from '../trace-file.ts';
import { serverProfile } from '../transport/tls-profile.ts';
import { cpuUsed } from './figure.ts';
import { serving } from './served.ts';

/** What a client proves itself with; the key of a PSK is in Base64. */
export type Proof = { by: 'certificate'; key: string; cert: string } | { by: 'PSK'; identity: string; key: string };
export type Served = {
  name: SecurityMethod | 'traced' | 'streamed';
  aefId: string;
  port: number;
  barePort: number;
  proof: Proof;
  headers: Record<string, string>;
};
export type Place = { host: string; port: number; ca: string; onboardingToken: string; served: Served[] };

const answer = 'hello';
const upstreamPort = JSON.parse(process.argv[2] ?? 'null') as number | null;
const traces = mkdtempSync(join(tmpdir(), 'capif-bench-'));

async function start(): Promise<Place> {
  const at = await testbed({ record: () => {} });
  const [own] = await registered(at, 'AEF');
  const served: Served[] = [];
  const names = [...all, 'traced', ...(upstreamPort === null ? [] : ['streamed' as const])] as const;
  for (const name of names) served.push(await servedWith(at, name, own!));
  const { host, port, ca } = at.core;
  return { host, port, ca, onboardingToken: await at.core.onboardingToken('bench'), served };
}

async function servedWith(at: Testbed, name: Served['name'], { certificate: own }: Known): Promise<Served> {
  const method = name === 'traced' || name === 'streamed' ? 'PKI' : name;
  const aef = await exposing(at, {
    methods: [method],
    record: name === 'traced' ? traceFile(join(traces, 'trace.ndjson')).record : () => {},
    serve: name === 'streamed' ? passedOn() : sayHello,
  });
  const by = await onboarded(at);
  const headers = method === 'OAUTH' ? bearer(await tokenFor(at, by, aef)) : {};
  const key = method === 'OAUTH' ? undefined : (await negotiated(at, by, aef, [method])).key;
  await initiated(at, by, aef);
  const proof: Proof =
    method === 'PSK' && key
      ? { by: 'PSK', identity: by.id, key: key.toString('base64') }
      : { by: 'certificate', ...by.certificate };
  const tls = { ...own, ca: at.core.ca, pskCallback: () => key ?? Buffer.alloc(0) };
  const barePort = await bare(tls, name === 'streamed' ? barelyPassedOn : barelySaidHello);
  return { name, aefId: aef.aefId, port: aef.port, barePort, proof, headers };
}

const sayHello: ServiceHandler = () => ({ status: 200, body: answer, headers: { 'content-type': 'text/plain' } });
const passedOn = () =>
  upstream({ url: new URL(`http://127.0.0.1:${upstreamPort}`), timeoutMs: 30_000, onError: console.error }).serve;

const barelySaidHello: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': answer.length }).end(answer);
};
const barelyPassedOn: RequestListener = (asked, response) => {
  const { method, url, headers } = asked;
  const sent = request({ host: '127.0.0.1', port: upstreamPort!, method, path: url, headers }, (answered) => {
    response.writeHead(answered.statusCode!, answered.headers);
    pipeline(answered, response, () => {});
  });
  pipeline(asked, sent, () => {});
};

type BareTls = { key: string; cert: string; ca: string; pskCallback(): Buffer };
function bare(options: BareTls, listener: RequestListener): Promise<number> {
  const tls = { ...serverProfile({ psk: true }), requestCert: true, rejectUnauthorized: false, ...options };
  const server = createServer(tls, listener);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

serving(await start(), { used: cpuUsed, rss: () => process.memoryUsage().rss }, () =>
  rmSync(traces, { recursive: true }),
);
