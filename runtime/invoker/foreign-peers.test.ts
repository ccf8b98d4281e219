/** The invoker beside a core and an AEF that answer otherwise than ours. */
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { foreignPeers, json } from '../testing/foreign-peers.ts';
import { closeAll } from '../testing/roles.ts';
import { closeAll as stopServers } from '../testing/servers.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

test('a first negotiation that is answered with 404 is refused, and the next one is served (6.3.1)', async () => {
  const { invoke, count } = await foreignPeers({
    answering: ({ operation, nth }, response) =>
      operation === 'negotiate' && nth === 1 && json(response, 404, { detail: 'no such invoker' }),
  });
  await expect(invoke()).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('CCF to PUT trustedInvokers: status 404, no such invoker'),
  });
  expect((await invoke()).status).toBe(200);
  expect(count('negotiate')).toBe(2);
});

describe('onboarding, which is not idempotent (6.1)', () => {
  test('is sent once if its answer is lost, late or of no use', async () => {
    const lost = await foreignPeers({ answering: (_, response) => response.destroy() && true });
    await expect(lost.invoker.onboard()).rejects.toMatchObject({
      code: 'mayHaveBeenExecuted',
      cause: expect.any(Error),
    });
    const late = await foreignPeers({ answering: () => true, invoker: { timeoutMs: 300 } });
    await expect(late.invoker.onboard()).rejects.toMatchObject({
      code: 'mayHaveBeenExecuted',
      message: expect.stringContaining('timeout'),
    });
    const odd = await foreignPeers({ answering: (_, response) => json(response, 201, {}) });
    await expect(odd.invoker.onboard()).rejects.toMatchObject({
      code: 'mayHaveBeenExecuted',
      message: expect.stringContaining('/apiInvokerId is required'),
    });
    expect([lost, late, odd].map(({ count }) => count('onboard'))).toEqual([1, 1, 1]);
  });

  test('is not done with a certificate of another key', async () => {
    const { publicKeyPem } = await generateKeyPair();
    const peers = await foreignPeers({ onboardedKey: publicKeyPem });
    await expect(peers.invoker.onboard()).rejects.toMatchObject({
      code: 'mayHaveBeenExecuted',
      message: expect.stringContaining('not of the public key'),
    });
    expect(peers.count('onboard')).toBe(1);
  });

  test('may be refused, and deferred, which is not supported yet', async () => {
    const refusing = await foreignPeers({ answering: (_, response) => json(response, 400, { detail: 'no quota' }) });
    await expect(refusing.invoker.onboard()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/refuses to onboard .*CCF to POST onboardedInvokers: status 400, no quota/),
    });
    const deferring = await foreignPeers({ answering: (_, response) => json(response, 202, {}) });
    await expect(deferring.invoker.onboard()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/defers the onboarding.*status 202/),
    });
    expect([refusing, deferring].map(({ count }) => count('onboard'))).toEqual([1, 1]);
  });
});

test('Retry-After is waited for, in seconds or as a date, and for a minute at most (RFC 9110 10.2.3)', async () => {
  const startedAt = Date.parse('2026-11-26T12:00:00Z');
  const pauses: number[] = [];
  const clock = {
    now: () => startedAt,
    after(ms: number, call: () => void) {
      if (ms >= 10_000 && ms <= 60_000) pauses.push(ms);
      return systemClock.after(ms > 10_000 ? 1 : ms, call);
    },
  };
  const asking = ['11', 'Thu, 26 Nov 2026 12:00:12 GMT', '86400'];
  const { invoker, invoke } = await foreignPeers({
    answering: ({ operation, nth }, response) =>
      (operation === 'onboard' && nth <= 3 && json(response, 503, {}, { 'retry-after': asking[nth - 1]! })) ||
      (operation === 'discover' && nth === 1 && json(response, 503, {}, { 'retry-after': '15' })) ||
      (operation === 'negotiate' && nth === 1 && json(response, 429, {}, { 'retry-after': '13' })) ||
      (operation === 'initiate' && nth === 1 && json(response, 503, {}, { 'retry-after': '14' })),
    invoker: { clock, timeoutMs: 9_000, pause: { firstMs: 1, longestMs: 5, random: () => 0 } },
  });
  await invoker.onboard();
  expect(pauses).toEqual([11_000, 12_000, 60_000]);
  expect((await invoke()).status).toBe(200);
  expect(pauses.slice(3)).toEqual([15_000, 13_000, 14_000]);
});

describe('a token (6.5.2.3, C.5)', () => {
  /** Timers that are due only when told to. */
  function settableClock() {
    const due = new Map<number, () => void>();
    const after = (ms: number, call: () => void) => {
      if (ms < 20_000) return systemClock.after(ms, call);
      due.set(ms, call);
      return () => due.delete(ms);
    };
    return { clock: { now: Date.now, after }, due };
  }

  test('is replaced before it ends', async () => {
    const { clock, due } = settableClock();
    const { invoke, asked, count } = await foreignPeers({ method: 'OAUTH', expiresIn: 60, invoker: { clock } });
    await invoke();
    expect([...due.keys()]).toEqual([54_000]);
    due.get(54_000)!();
    await expect.poll(() => count('token')).toBe(2);
    await invoke();
    const sent = asked.filter(({ operation }) => operation === 'invoke').map(({ headers }) => headers.authorization);
    expect(sent).toEqual(['Bearer a.b.c1', 'Bearer a.b.c2']);
  });

  test('of many years, or of no time at all, is used until it is refused', async () => {
    for (const expiresIn of [10 ** 9, 0]) {
      const { invoke, count } = await foreignPeers({ method: 'OAUTH', expiresIn });
      for (let n = 0; n < 3; n += 1) expect((await invoke()).status).toBe(200);
      expect(count('token')).toBe(1);
    }
  });

  const challenge = 'Bearer realm="x", error="invalid_token", error_description="ended"';
  test('that a foreign AEF refuses in the words of RFC 6750 is replaced, and the invocation goes out again', async () => {
    const { invoke, asked, count } = await foreignPeers({
      method: 'OAUTH',
      answering: ({ operation, headers }, response) =>
        operation === 'invoke' &&
        headers.authorization === 'Bearer a.b.c1' &&
        json(response, 401, { status: 401 }, { 'www-authenticate': challenge }),
    });
    expect(await (await invoke({ method: 'POST', body: 'x' })).text()).toBe('served');
    expect(count('token')).toBe(2);
    expect(asked.at(-1)).toMatchObject({ body: 'x', headers: { authorization: 'Bearer a.b.c2' } });
  });

  test('is not what a service refuses under another method, or without that word', async () => {
    const answering = (value: string) => ({
      answering: ({ operation }: { operation: string }, response: Parameters<typeof json>[0]) =>
        operation === 'invoke' && json(response, 401, {}, { 'www-authenticate': value }),
    });
    const byCertificate = await foreignPeers({ method: 'PKI', ...answering(challenge) });
    const byToken = await foreignPeers({ method: 'OAUTH', ...answering('Bearer realm="x"') });
    expect([(await byCertificate.invoke()).status, (await byToken.invoke()).status]).toEqual([401, 401]);
  });
});

test('307 and 308 are followed in every operation, and no token goes to another party (TS 29.222 7.3)', async () => {
  for (const method of ['PKI', 'OAUTH'] as const) {
    const moved: string[] = [];
    const { invoke, invoker } = await foreignPeers({
      method,
      answering({ operation, path }, response) {
        if (path.includes('moved=1')) return false;
        moved.push(operation);
        const location = `${path}${path.includes('?') ? '&' : '?'}moved=1`;
        return json(response, moved.length % 2 ? 307 : 308, {}, { location });
      },
    });
    expect((await invoke({ method: 'POST', body: 'x' })).status).toBe(200);
    await invoker.offboard();
    const onToken = method === 'OAUTH' ? ['token'] : ['initiate'];
    expect(moved).toEqual(['onboard', 'discover', 'negotiate', ...onToken, 'invoke', 'offboard']);
  }
});

test('an AEF redirects an invocation to nobody else, not even to the core: the application gets the redirection', async () => {
  const peers = await foreignPeers({
    method: 'OAUTH',
    answering: ({ operation }, response) =>
      operation === 'invoke' && json(response, 307, {}, { location: `https://127.0.0.1:${peers.corePort}/x` }),
  });
  const response = await peers.invoke();
  expect([response.status, response.headers.get('location')]).toEqual([307, `https://127.0.0.1:${peers.corePort}/x`]);
  expect(peers.count('invoke')).toBe(1);
});

test('notifications go to where the application takes them (TS 29.222 8.4.4.2.2, 8.5.4.2.2)', async () => {
  const notificationDestination = 'https://application.example/notifications';
  const { invoke, asked } = await foreignPeers({ invoker: { notificationDestination } });
  await invoke();
  const told = asked.filter(({ body }) => body.includes('notificationDestination'));
  expect(told.map(({ operation }) => operation)).toEqual(['onboard', 'subscribe', 'subscribe', 'negotiate']);
  for (const { body } of told) expect(JSON.parse(body)).toMatchObject({ notificationDestination });
});

test('close ends a discovery that waits, and one that is postponed for ever ends by itself', async () => {
  const postponing = (headers: Record<string, string>) =>
    foreignPeers({
      answering: ({ operation }, response) => operation === 'discover' && json(response, 503, {}, headers),
    });
  const waiting = await postponing({ 'retry-after': '60' });
  const discovery = waiting.invoker.discover();
  await expect.poll(() => waiting.count('discover')).toBe(1);
  waiting.invoker.close();
  await expect(discovery).rejects.toMatchObject({ code: 'closed' });
  expect(waiting.count('discover')).toBe(1);

  const { invoker, count } = await postponing({});
  await expect(invoker.discover()).rejects.toMatchObject({
    code: 'gaveUp',
    message: expect.stringContaining('CCF to GET allServiceAPIs: status 503'),
  });
  expect(count('discover')).toBe(5);
});
