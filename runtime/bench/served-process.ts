/**
 * The process that serves in a benchmark: a core, an AEF for each method, one with a trace, and beside each a server of
 * node:https that does the same TLS and decides nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
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
  name: SecurityMethod | 'traced';
  aefId: string;
  port: number;
  barePort: number;
  proof: Proof;
  headers: Record<string, string>;
};
export type Place = { host: string; port: number; ca: string; onboardingToken: string; served: Served[] };

const answer = 'hello';
const traces = mkdtempSync(join(tmpdir(), 'capif-bench-'));

async function start(): Promise<Place> {
  const at = await testbed({ record: () => {} });
  const [own] = await registered(at, 'AEF');
  const served: Served[] = [];
  for (const name of [...all, 'traced'] as const) served.push(await servedWith(at, name, own!));
  const { host, port, ca } = at.core;
  return { host, port, ca, onboardingToken: await at.core.onboardingToken('bench'), served };
}

async function servedWith(at: Testbed, name: Served['name'], { certificate: own }: Known): Promise<Served> {
  const method = name === 'traced' ? 'PKI' : name;
  const aef = await exposing(at, {
    methods: [method],
    record: name === 'traced' ? traceFile(join(traces, 'trace.ndjson')).record : () => {},
    serve: () => ({ status: 200, body: answer, headers: { 'content-type': 'text/plain' } }),
  });
  const by = await onboarded(at);
  const headers = method === 'OAUTH' ? bearer(await tokenFor(at, by, aef)) : {};
  const key = method === 'OAUTH' ? undefined : (await negotiated(at, by, aef, [method])).key;
  await initiated(at, by, aef);
  const proof: Proof =
    method === 'PSK' && key
      ? { by: 'PSK', identity: by.id, key: key.toString('base64') }
      : { by: 'certificate', ...by.certificate };
  const barePort = await bare({ ...own, ca: at.core.ca, pskCallback: () => key ?? Buffer.alloc(0) });
  return { name, aefId: aef.aefId, port: aef.port, barePort, proof, headers };
}

function bare(options: { key: string; cert: string; ca: string; pskCallback(): Buffer }): Promise<number> {
  const tls = { ...serverProfile({ psk: true }), requestCert: true, rejectUnauthorized: false, ...options };
  const server = createServer(tls, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': answer.length }).end(answer);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

serving(await start(), { used: cpuUsed }, () => rmSync(traces, { recursive: true }));
