/** Initiations by the thousand, which anybody may send: core and AEF are asked little, and others are answered (6.2.2.2). */
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  ask,
  clientOf,
  closeAll,
  closeLater,
  connected,
  exposing,
  initiated,
  negotiated,
  onboarded,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import type { Connector } from '../transport/connector.ts';
import { writeAuthenticationInitiationRequest } from '../wire/aef-security-api.ts';

afterEach(closeAll);

/** In front of the core: counts connections, and while it holds, the core hears nothing. */
async function relayTo({ port }: { port: number }) {
  const open = new Set<Socket>();
  const held: (() => void)[] = [];
  const relay = {
    port: 0,
    mostOpen: 0,
    holds: false,
    letGo() {
      relay.holds = false;
      for (const pass of held.splice(0)) pass();
    },
  };
  const server = createServer((client) => {
    open.add(client);
    relay.mostOpen = Math.max(relay.mostOpen, open.size);
    const core = dial({ port, host: '127.0.0.1' });
    core.pipe(client);
    client.on('data', (bytes) => {
      if (relay.holds) held.push(() => core.write(bytes));
      else core.write(bytes);
    });
    for (const socket of [client, core]) socket.on('error', () => {});
    core.once('close', () => client.destroy());
    client.once('close', () => {
      open.delete(client);
      core.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  relay.port = (server.address() as AddressInfo).port;
  closeLater(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return relay;
}

const initiating = (over: Connector, apiInvokerId: string) =>
  ask(over, writeAuthenticationInitiationRequest({ apiInvokerId, supportedFeatures: '0' }));
const begun = (at: Testbed) =>
  at.lines.filter(({ role, event }) => role === 'invokerAdmission' && event.type === 'begin').length;
const questions = (at: Testbed) =>
  at.lines
    .flatMap(({ effects }) => effects)
    .filter((effect) => JSON.stringify(effect).includes('"SecurityInformationRequest"')).length;

test('strangers without end while the core is silent: few questions, 503, and invokers are served meanwhile', async () => {
  const at = await testbed();
  const relay = await relayTo(at.core);
  const core = { host: '127.0.0.1', port: relay.port, ca: at.core.ca };
  const aef = await exposing(at, { core, methods: ['PKI'], timeoutMs: 60_000 });
  const [by, another] = [await onboarded(at), await onboarded(at)];
  const known = await connected(at, by, aef, 'PKI');
  expect((await known.invoke()).status).toBe(200);
  await negotiated(at, another, aef, ['PKI']);

  relay.holds = true;
  const before = { begun: begun(at), asked: questions(at) };
  const over = clientOf(aef, at, { by: 'nothing' });
  const waiting = Array.from({ length: 100 }, (_, n) => initiating(over, `stranger-${n}`));
  await expect.poll(() => begun(at) - before.begun, { timeout: 10_000 }).toBe(100);
  for (let n = 0; n < 100; n += 1) expect((await initiating(over, `stranger-${n}`)).status).toBe(503);
  expect(begun(at) - before.begun).toBe(100);
  expect((await known.invoke()).status).toBe(200);

  // The invoker itself is asked about before strangers that have waited for longer.
  const own = initiated(at, another, aef);
  await expect.poll(() => questions(at) - before.asked).toBe(101);
  relay.letGo();
  expect((await own).status).toBe(200);
  for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
  expect(relay.mostOpen).toBeLessThanOrEqual(8);
  // There is room again. Of more strangers than these, few leave lines.
  expect((await initiating(over, 'stranger-1')).status).toBe(200);
  expect(begun(at) - before.begun).toBe(101);
  expect(at.errors).toEqual([]);
}, 60_000);

test('90 initiations in the name of one invoker are one question, and one more', async () => {
  const at = await testbed();
  const relay = await relayTo(at.core);
  const core = { host: '127.0.0.1', port: relay.port, ca: at.core.ca };
  const aef = await exposing(at, { core, methods: ['PSK'], timeoutMs: 60_000 });
  const by = await onboarded(at);
  await negotiated(at, by, aef, ['PSK']);
  relay.holds = true;
  const over = clientOf(aef, at, { by: 'nothing' });
  const answers = Array.from({ length: 90 }, () => initiating(over, by.id));
  const came = () => at.lines.filter(({ event }) => event.type === 'AuthenticationInitiationRequest').length;
  await expect.poll(came, { timeout: 10_000 }).toBe(90);
  relay.letGo();
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  expect(questions(at)).toBe(2);
}, 60_000);
