/**
 * Three replicas of `capif core` behind a load balancer, one PostgreSQL: while a storm rages, replicas are killed, the
 * database is restarted, and one is cut off from it. Nothing that was acknowledged is lost, and nobody is served who was
 * revoked. `CAPIF_KILLS=50` kills 50 times.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { securityMethods } from '../../machines/vocabulary.ts';
import { control } from '../operating/control-socket.ts';
import { CoreStorm } from '../testing/core-storm.ts';
import { type Cuttable, cuttable } from '../testing/replicas/cuttable.ts';
import { type LoadBalancer, loadBalancer } from '../testing/replicas/load-balancer.ts';
import { type PostgresServer, postgresServer, withoutPostgres } from '../testing/replicas/postgres.ts';
import { processFolder, type RoleProcess } from '../testing/role-processes.ts';

const kills = Number(process.env.CAPIF_KILLS ?? 3);
const { folder, start, close } = processFolder();
const env = { CAPIF_STORE_KEY: Buffer.alloc(32, 3).toString('base64') };
const leaseMs = 1_000;

if (withoutPostgres) console.warn(`skipped: ${withoutPostgres}`);

/** `database`: its own way there. */
type Replica = { name: string; port: number; process: RoleProcess; database: Cuttable };

describe.skipIf(withoutPostgres)('replicas of a core', () => {
  let database: PostgresServer;
  let balancer: LoadBalancer;
  const replicas: Replica[] = [];
  const inFolder = (name: string) => readFileSync(join(folder, replicas[0]!.name, name), 'utf8').trim();
  const storm = new CoreStorm({
    address: () => ({ host: '127.0.0.1', port: balancer.port, ca: inFolder('authority.certificate.pem') }),
    registrationSecret: () => inFolder('registration-secret'),
    control: async (command, argument) => (await answered(command, argument)).answer,
  });

  /** By the replica that is active. */
  async function answered(command: string, argument: unknown): Promise<{ by: Replica; answer: unknown }> {
    const refusals: unknown[] = [];
    for (const by of replicas) {
      try {
        return { by, answer: await control(join(folder, by.name), command, argument) };
      } catch (error) {
        refusals.push(error);
      }
    }
    throw new Error(`no replica is active: ${refusals.join('; ')}`);
  }

  async function startReplica({ name, port, database: way }: Omit<Replica, 'process'>): Promise<Replica> {
    const to = `--database postgres://capif@127.0.0.1:${way.port}/postgres --database-lease ${leaseMs}`;
    const process = start(`capif core --log-level silent --folder ${name} --bind 127.0.0.1:${port} ${to}`, env);
    const said = await process.until(/on \S+:\d+.*\n/);
    return { name, port: Number(/on \S+:(\d+)/.exec(said)![1]), process, database: way };
  }

  /** Resolves when one of them is active and answers its operator. */
  const someoneIsActive = () =>
    expect.poll(() => answered('list', null).then(() => 'active', String), { timeout: 30_000 }).toBe('active');

  beforeAll(async () => {
    database = await postgresServer();
    balancer = await loadBalancer(() => replicas.map(({ port }) => port));
    for (const name of ['core-1', 'core-2', 'core-3'])
      replicas.push(await startReplica({ name, port: 0, database: await cuttable(database.port) }));
    await storm.begin();
  }, 90_000);
  afterAll(async () => {
    await close();
    await storm.close();
    balancer.close();
    for (const { database: way } of replicas) way.close();
    await database.close();
  });

  async function kill(replica: Replica): Promise<void> {
    await replica.process.kill();
    Object.assign(replica, await startReplica(replica));
  }
  async function restartDatabase(): Promise<void> {
    await database.stop(true);
    await delay(Math.random() * 2 * leaseMs);
    await database.start();
  }
  /** It answers nothing from what it remembers, once another may be active. */
  async function cutOff({ port, database: way }: Replica): Promise<void> {
    way.holdBack();
    await expect.poll(() => statusAt(port), { timeout: 10_000 }).not.toBe(200);
    way.cut();
  }
  const faults = [
    async () => kill((await answered('list', null)).by),
    restartDatabase,
    async () => cutOff((await answered('list', null)).by),
    () => kill(replicas[Math.floor(Math.random() * replicas.length)]!),
  ];

  test(
    `after each of ${kills} faults, all that was acknowledged is there, and everybody converges (6.1, 6.7, 6.8)`,
    async () => {
      for (let n = 1; n <= kills; n += 1) {
        const method = securityMethods[n % securityMethods.length]!;
        const changed = storm.changeMethod(method);
        const ending = new AbortController();
        const raging = storm.rage(ending.signal, () => true);
        await delay(Math.random() * 1000);
        await faults[n % faults.length]!();
        await delay(Math.random() * 1000);
        ending.abort();
        await raging;
        await someoneIsActive();
        await changed;
        await storm.check(method);
      }
      console.log(`${kills} faults: ${storm.acknowledged}: all there`);
    },
    90_000 + kills * 60_000,
  );
});

/** Of a request that everybody may make; 0 where there is no answer. */
const statusAt = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const options = { port, path: '/.well-known/jwks.json', rejectUnauthorized: false, agent: false };
    request(options, (answer) => resolve(answer.resume().statusCode!))
      .on('error', () => resolve(0))
      .end();
  });
