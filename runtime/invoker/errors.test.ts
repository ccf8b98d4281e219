/** Errors of the invoker say who answered what to which operation, and what an operator can do about it. */
import { createServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { foreignPeers, json } from '../testing/foreign-peers.ts';
import { closeAll, exposing, hello, invoking, quick, testbed } from '../testing/roles.ts';
import { listening, closeAll as stopServers } from '../testing/servers.ts';
import { InvocationError } from './fetch/invocation-error.ts';
import { createInvoker, type Invoker } from './invoker.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

/** A core that answers every request with this. */
async function coreThatSays(status: number, problem: object) {
  const authority = await createAuthority({ name: 'others', now: Date.now() });
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'ccf' },
    publicKey: publicKeyPem,
    names: { ip: ['127.0.0.1'] },
    usages: ['server'],
    now: Date.now(),
  });
  const server = createServer({ key: privateKeyPem, cert }, (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
  );
  return { host: '127.0.0.1', port: await listening(server), ca: authority.certificatePem };
}

function askingAt(core: { host: string; port: number; ca: string }, record = (_line: TraceLine) => {}): Invoker {
  return createInvoker({ core, onboardingToken: 'x', attemptsMax: 2, pause: quick, record });
}

async function failing(promise: Promise<unknown>): Promise<InvocationError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(InvocationError);
  return error;
}

test('a refusal has the status, cause and detail of the peer, and the operation (TS 29.122 5.2.6)', async () => {
  const core = await coreThatSays(400, { cause: 'QUOTA', detail: 'the quota of invokers is used up' });
  const error = await failing(askingAt(core).onboard());
  expect(error.message).toContain('CCF to POST onboardedInvokers: status 400, QUOTA: the quota of invokers is used up');
  expect(error.message).not.toContain('unreachable');
  expect(error.cause).toBeInstanceOf(Error);
});

test('a token is refused in the words of RFC 6749, and none stands in an error', async () => {
  const token = `${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`;
  const refusing = (problem: object) =>
    foreignPeers({
      method: 'OAUTH',
      answering: ({ operation }, response) => operation === 'token' && json(response, 400, problem),
    });
  const { invoke } = await refusing({ error: 'invalid_scope', error_description: 'no such API' });
  const error = await failing(invoke());
  expect(error.message).toContain('CCF to POST securities/token: status 400, invalid_scope: no such API');
  const echoing = await refusing({ detail: `the token ${token} is not valid` });
  expect((await failing(echoing.invoke())).message).toContain('the token (a token) is not valid');
});

test('an unreachable core, a wrong authority and a broken one have three different messages', async () => {
  const core = await coreThatSays(400, {});
  const lines: TraceLine[] = [];
  const stranger = await createAuthority({ name: 'stranger', now: Date.now() });
  const port = await listening(createTcpServer((socket) => socket.destroy()));
  const [gone, wrong, broken] = await Promise.all([
    failing(askingAt({ ...core, port: 1 }).onboard()),
    failing(askingAt({ ...core, ca: stranger.certificatePem }, (line) => lines.push(line)).onboard()),
    failing(askingAt({ ...core, port, ca: core.ca.replaceAll('M', '!') }).discover()),
  ]);
  expect(gone.message).toMatch(/unreachable: .*ECONNREFUSED/);
  expect(wrong.message).toMatch(/its certificate is not from the authority in `ca`/);
  expect(wrong.message).toMatch(/subject CN=ccf.*, issuer CN=others.*, SHA-256 ([0-9A-F]{2}:){31}/);
  expect(wrong.message).not.toMatch(/unreachable/);
  expect(lines.filter(({ event }) => event.type === 'tls.failed')).toHaveLength(1);
  expect(broken.message).toMatch(/^the `ca` of the core is not a certificate in PEM; call again once /);
  for (const { cause } of [gone, wrong, broken]) expect(cause).toBeInstanceOf(Error);
});

test('a signal counts from the call on, and the call rejects with its reason', async () => {
  const silent = await listening(createTcpServer());
  const at = await testbed();
  const waiting = createInvoker({ core: { host: '127.0.0.1', port: silent, ca: at.core.ca }, onboardingToken: 'x' });
  const reason = new Error('no longer wanted');
  const control = new AbortController();
  const call = waiting.fetch(hello, { aefId: 'aef-1', signal: control.signal });
  control.abort(reason);
  await expect(call).rejects.toBe(reason);
  waiting.close();

  const aef = await exposing(at, { methods: ['PKI'] });
  const invoker = await invoking(at);
  const soon = AbortSignal.timeout(0);
  await expect(invoker.fetch(hello, { aefId: aef.aefId, signal: soon })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  expect((await invoker.fetch(hello, { aefId: aef.aefId })).status).toBe(200);
});

test('every error has a cause, and says what happened and what to do', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const invoker = await invoking(at, { supported: ['PKI'] });
  const useless = await failing(invoker.fetch(hello, { aefId: aef.aefId }));
  expect(useless).toMatchObject({
    code: 'noCommonMethod',
    cause: { message: 'CCF to PUT trustedInvokers: status 201' },
  });
  expect(useless.message).toContain('; the invoker and the AEF need a method that both support');
  const unknown = await failing(invoker.fetch(hello, { aefId: 'aef-99' }));
  expect(unknown).toMatchObject({ code: 'refused', cause: expect.any(Error) });
  await invoker.offboard();
  for (const call of [invoker.fetch(hello, { aefId: aef.aefId }), invoker.onboard(), invoker.discover()]) {
    const cause = { message: 'CCF to DELETE onboardedInvokers: status 204' };
    expect(await failing(call)).toMatchObject({ code: 'offboarded', cause });
  }
  const other = await invoking(at);
  other.close();
  expect(await failing(other.onboard())).toMatchObject({ code: 'closed', cause: { message: 'close() was called' } });
});

test('a trace that cannot be written ends no invoker: it is told once', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'] });
  const told: unknown[] = [];
  let lines = 0;
  const invoker = await invoking(at, {
    record() {
      lines += 1;
      if (lines > 2) throw new Error('ENOSPC: no space left on device');
    },
    onError: (error) => told.push(error),
  });
  expect((await invoker.fetch(hello, { aefId: aef.aefId })).status).toBe(200);
  expect(told).toMatchObject([{ message: expect.stringContaining('ENOSPC'), cause: expect.any(Error) }]);
});
