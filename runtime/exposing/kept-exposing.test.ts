/** An AEF that goes on with its store: its identity, its methods, what it has to publish, and revocations (6.7, TS 29.222 6.2.2.3). */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { systemClock } from '../clock.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import {
  ask,
  client,
  closeAll,
  connected,
  exposing,
  initiated,
  invoking,
  onboarded,
  saying,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import type { ExposingFunctionOptions } from './exposing-function.ts';

let folder: string;
const file = () => join(folder, 'store.db');
const open = () => openSqliteStore(file(), Buffer.alloc(32, 1));
const lost: ExchangeOutcome = { outcome: 'cut', because: 'lost on its way', mayHaveBeenExecuted: true };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capif-aef-'));
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true });
});

/** An AEF, and what starts it again where it was; by `options`, otherwise than before. */
async function restartable(at: Testbed, options: Partial<ExposingFunctionOptions> = {}) {
  let store = await open();
  const running = { aef: await exposing(at, { ...options, store }) };
  async function restart(otherwise: Partial<ExposingFunctionOptions> = {}) {
    await running.aef.close();
    store.close();
    store = await open();
    running.aef = await exposing(at, { ...options, ...otherwise, store });
    return running.aef;
  }
  return { running, restart };
}

async function published(at: Testbed) {
  const { id, certificate } = await onboarded(at);
  const path = `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}`;
  const { body } = await ask(client(at, certificate), { method: 'GET', path });
  type Profile = { aefId: string; securityMethods: SecurityMethod[]; interfaceDescriptions: { port: number }[] };
  const { serviceAPIDescriptions } = body as { serviceAPIDescriptions: { aefProfiles: Profile[] }[] };
  return serviceAPIDescriptions.flatMap(({ aefProfiles }) =>
    aefProfiles.map(({ aefId, securityMethods, interfaceDescriptions }) => ({
      aefId,
      securityMethods,
      port: interfaceDescriptions[0]!.port,
    })),
  );
}

const has = (at: Testbed, type: string, from = 0) => at.lines.slice(from).some(({ event }) => event.type === type);

test('after a restart it is the same AEF, at the same place, with the methods of the last change (6.7)', async () => {
  const at = await testbed();
  const { running, restart } = await restartable(at);
  const { aefId, port } = running.aef;
  const invoker = await invoking(at);
  expect(await saying(invoker, running.aef)).toBe('PSK');
  await running.aef.changeMethods(['OAUTH']);
  expect(await saying(invoker, running.aef)).toBe('OAUTH');
  const before = at.lines.length;
  const aef = await restart();
  expect({ aefId: aef.aefId, port: aef.port, methods: aef.snapshot().context.methods }).toEqual({
    aefId,
    port,
    methods: ['OAUTH'],
  });
  expect(await saying(invoker, aef)).toBe('OAUTH');
  expect(await saying(await invoking(at), aef)).toBe('OAUTH');
  expect(await published(at)).toEqual([{ aefId, port, securityMethods: ['OAUTH'] }]);
  // What the core knows is not published again.
  const publisher = at.lines.slice(before).filter(({ role }) => role === 'apiPublishingFunction');
  expect(publisher.map(({ event }) => event.type)).toEqual(['resumed']);
  await aef.changeMethods(['PKI']);
  expect(at.core.methodsOf(aefId)).toEqual(['PKI']);
  expect(at.errors).toEqual([]);
});

test('a change that the core did not have is published after the restart, and the old method serves until then (6.7)', async () => {
  const at = await testbed();
  let isLost = false;
  // Its pauses have no end before the restart.
  const { running, restart } = await restartable(at, {
    network: (_, send) => (isLost ? Promise.resolve(lost) : send()),
    clock: { ...systemClock, after: () => () => {} },
  });
  await running.aef.settled();
  const invoker = await invoking(at);
  expect(await saying(invoker, running.aef)).toBe('PSK');
  isLost = true;
  running.aef.changeMethods(['PKI']).catch(() => {});
  await expect.poll(() => has(at, 'publication.failed')).toBe(true);

  const pending: (readonly SecurityMethod[])[] = [];
  const aef = await restart({
    clock: systemClock,
    onMethodsPending: (stillAccepted) => pending.push(stillAccepted),
  });
  expect(pending).toEqual([['PSK']]);
  expect(at.core.methodsOf(aef.aefId)).toEqual(['PSK']);
  expect(await saying(invoker, aef)).toBe('PSK');
  isLost = false;
  await aef.settled();
  expect(pending).toEqual([['PSK'], []]);
  expect(at.core.methodsOf(aef.aefId)).toEqual(['PKI']);
  expect(await saying(invoker, aef)).toBe('PKI');
});

test('a publication under way when the AEF ended is repeated with its revision, and makes no second service API', async () => {
  const at = await testbed();
  const seen: number[] = [];
  const network: ExposingFunctionOptions['network'] = async (revision, send) => {
    seen.push(revision);
    await send();
    return new Promise<ExchangeOutcome>(() => {});
  };
  const { restart } = await restartable(at, { network });
  await expect.poll(() => has(at, 'ServiceApiPublishRequest')).toBe(true);
  const aef = await restart({
    network: (revision, send) => {
      seen.push(revision);
      return send();
    },
  });
  await aef.settled();
  expect(seen).toEqual([1, 1]);
  expect(await published(at)).toHaveLength(1);
});

test('methods that were withdrawn by command stay so after the restart (6.7)', async () => {
  const at = await testbed();
  let isLost = false;
  const { running, restart } = await restartable(at, {
    network: (_, send) => (isLost ? new Promise<ExchangeOutcome>(() => {}) : send()),
  });
  await running.aef.settled();
  isLost = true;
  const before = at.lines.length;
  running.aef.changeMethods(['PKI']).catch(() => {});
  await expect.poll(() => has(at, 'SecurityMethodsChanged', before)).toBe(true);
  await nextTurn();
  await running.aef.withdrawOldMethods();
  const aef = await restart();
  expect(aef.snapshot().context.accepted).toEqual(['PKI']);
});

test('a revoked invoker stays so after a restart of the AEF; as written, it does not (TS 29.222 6.2.2.3)', async () => {
  const at = await testbed();
  const { running, restart } = await restartable(at, { methods: ['OAUTH'] });
  const [by, another] = [await onboarded(at), await onboarded(at)];
  const kept = await connected(at, by, running.aef, 'OAUTH');
  const served = await connected(at, another, running.aef, 'OAUTH');
  await at.core.revoke(by.id, running.aef.aefId);
  await expect.poll(() => has(at, 'RevokeAuthorizationResponse')).toBe(true);
  const aef = await restart();
  expect(await kept.again().invoke()).toMatchObject({ status: 403, body: { cause: 'NOT_AUTHORIZED' } });
  expect((await initiated(at, by, aef)).status).toBe(401);
  expect((await served.again().invoke()).status).toBe(200);
  await restart({ amendments: [] });
  expect((await kept.again().invoke()).status).toBe(200);
});

test('an AEF that has moved says so to the core, in a new publication (TS 29.222 5.3.2.5)', async () => {
  const at = await testbed();
  const { running, restart } = await restartable(at);
  const { port } = running.aef;
  const squatter = createServer();
  await running.aef.close();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  const aef = await restart();
  expect(aef.port).not.toBe(port);
  expect(await published(at)).toMatchObject([{ port: aef.port }]);
  expect(await saying(await invoking(at), aef)).toBe('PSK');
  await new Promise((resolve) => squatter.close(resolve));
});

test('its private keys are in no file as they are (5.6)', async () => {
  const at = await testbed();
  const { running } = await restartable(at);
  await running.aef.changeMethods(['PKI']);
  const text = readFileSync(file(), 'latin1') + readFileSync(`${file()}-wal`, 'latin1');
  expect(text).toContain(running.aef.aefId);
  expect(text).not.toContain('PRIVATE KEY');
});
