/**
 * The process that serves in the benchmark of negotiations: a core with its store, and beside it a server of node:https that puts
 * the same text into SQLite: all that comes within one turn, and while a commit is under way, is one transaction.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import SqliteDatabase from 'libsql/promise';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { exposing, type Known, negotiated, onboarded, registered, testbed } from '../testing/roles.ts';
import { serverProfile } from '../transport/tls-profile.ts';
import { cpuUsed } from './figure.ts';
import { serving } from './served.ts';

export type Negotiating = { port: number; barePort: number; ca: string; aefId: string; invokers: Known[] };

const invokers = 16;
const folder = mkdtempSync(join(tmpdir(), 'capif-bench-'));
const file = join(folder, 'store.db');

async function start(): Promise<Negotiating> {
  const at = await testbed({ record: () => {}, store: await openSqliteStore(file, Buffer.alloc(32)) });
  const { aefId, ...aef } = await exposing(at, { methods: ['PKI'], record: () => {} });
  const [own] = await registered(at, 'AEF');
  const known: Known[] = [];
  for (let n = 0; n < invokers; n += 1) known.push(await onboarded(at));
  for (const one of known) await negotiated(at, one, { aefId, ...aef });
  const { port, ca } = at.core;
  return { port, barePort: await bare({ ...own!.certificate, ca }), ca, aefId, invokers: known };
}

/** Answers each request with its own body, once what the core keeps of a context is durable under its path. */
async function bare(options: { key: string; cert: string; ca: string }): Promise<number> {
  const kept = await new SqliteDatabase(file, {}).prepare('select value from record where collection = ? limit 1');
  const { value } = (await kept.get('security-contexts')) as { value: string };
  const put = await durably(join(folder, 'bare.db'));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    await put(request.url!, value);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  }
  const tls = { ...serverProfile({ psk: false }), requestCert: true, rejectUnauthorized: false, ...options };
  const server = createServer(tls, answer);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

async function durably(file: string): Promise<(id: string, text: string) => Promise<void>> {
  const database = new SqliteDatabase(file, {});
  await database.exec('pragma journal_mode = WAL; pragma synchronous = FULL');
  await database.exec('create table kept (id text primary key, text text not null)');
  const begin = await database.prepare('begin');
  const put = await database.prepare('insert or replace into kept values (?, ?)');
  const waiting: [id: string, text: string][] = [];
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  async function commit(): Promise<void> {
    await running;
    await nextTurn();
    running = next!;
    next = undefined;
    begin.run();
    for (const row of waiting.splice(0)) put.run(...row);
    await database.exec('commit');
  }
  return (id, text) => {
    waiting.push([id, text]);
    next ??= commit();
    return next;
  };
}

serving(await start(), { used: cpuUsed }, () => rmSync(folder, { recursive: true }));
