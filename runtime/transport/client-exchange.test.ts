/** What becomes of a request: on kept connections that turn out closed, and with answers that break off or do not end. */

import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { closeAll, closed, connecting, get, post, serving } from '../testing/servers.ts';

afterEach(closeAll);

describe('a kept connection', () => {
  /** Answers the first request of a connection and breaks off when the second arrives. */
  async function onceOnly() {
    const served = new WeakSet<object>();
    const requests: string[] = [];
    const { port, handshakes } = await serving((request, response) => {
      requests.push(String(request.method));
      if (served.has(request.socket)) request.socket.destroy();
      else response.end();
      served.add(request.socket);
    });
    return { port, handshakes, requests };
  }

  test('that turns out closed loses a POST, which is not sent again', async () => {
    const { port, requests } = await onceOnly();
    const client = connecting(port);
    await client.request(get);
    expect(await client.request(post)).toEqual({ outcome: 'cut', because: 'ECONNRESET', mayHaveBeenExecuted: true });
    expect(requests).toEqual(['GET', 'POST']);
  });

  test('that turns out closed is replaced, once, for a GET', async () => {
    const { port, requests, handshakes } = await onceOnly();
    const client = connecting(port);
    await client.request(get);
    expect(await client.request(get)).toMatchObject({ outcome: 'answered' });
    expect(requests).toEqual(['GET', 'GET', 'GET']);
    expect(handshakes).toHaveLength(2);
  });

  test('that turns out closed is not replaced by another of the same age', async () => {
    const { port, requests } = await onceOnly();
    const client = connecting(port);
    await Promise.all([client.request(get), client.request(get)]);
    expect(await client.request(get)).toMatchObject({ outcome: 'answered' });
    expect(requests).toHaveLength(4);
  });

  test('that breaks off within its answer is not replaced, even for a GET', async () => {
    let requests = 0;
    const { port, raw } = await serving((_request, response) => {
      requests += 1;
      if (requests === 1) response.end();
      else response.writeHead(200, { 'content-length': 100 }).write('half');
    });
    const client = connecting(port);
    const first = await client.request(get);
    if (first.outcome === 'answered') first.socket.once('data', () => raw[0]?.resetAndDestroy());
    expect(await client.request(get)).toMatchObject({ outcome: 'cut', because: 'ECONNRESET' });
    expect(requests).toBe(2);
  });

  test.each([0, 1])('number %d of two that is gone is passed over', async (gone) => {
    const { port } = await serving((_request, response) => response.end());
    const client = connecting(port);
    const kept: TLSSocket[] = [];
    const request = async () => {
      const answer = await client.request(get);
      if (answer.outcome === 'answered') kept.push(answer.socket);
    };
    await Promise.all([request(), request()]);
    kept[gone]?.destroy();
    expect(await client.request(post)).toMatchObject({ outcome: 'answered', socket: kept[1 - gone] });
  });

  test('is never replaced where there may be one only', async () => {
    const { port, requests } = await onceOnly();
    const client = connecting(port, { singleConnection: true });
    await client.request(get);
    expect(await client.request(get)).toMatchObject({ outcome: 'cut', because: 'ECONNRESET' });
    expect(await client.request(get)).toMatchObject({ outcome: 'unreachable' });
    expect(requests).toEqual(['GET', 'GET']);
    expect(await client.open()).toMatchObject({ outcome: 'established' });
    expect(await client.request(get)).toMatchObject({ outcome: 'answered' });
  });

  test('that was closed while it waited is replaced', async () => {
    const { port, handshakes, hangUp } = await serving((_request, response) => response.end());
    const client = connecting(port);
    const opened = await client.open();
    await hangUp();
    if (opened.outcome === 'established') await closed(opened.socket);
    expect(await client.request(post)).toMatchObject({ outcome: 'answered' });
    expect(handshakes).toHaveLength(2);
  });

  /** Whether a POST goes over the connection of the last one, or over a new one that was opened, after so much silence. */
  async function isUsedAfter(silenceMs: number, keepAlive?: string, first: 'request' | 'open' = 'request') {
    let now = 0;
    const { port, raw } = await serving((_request, response) => {
      if (keepAlive !== undefined) response.setHeader('keep-alive', keepAlive);
      response.end();
    });
    const client = connecting(port, { clock: { ...systemClock, now: () => now } });
    await (first === 'open' ? client.open() : client.request(post));
    now += silenceMs;
    expect(await client.request(post)).toMatchObject({ outcome: 'answered' });
    return raw.length === 1;
  }

  test('is not used once the time that the server announced is nearly over', async () => {
    const used = async (keepAlive: string, ...silencesMs: number[]) =>
      Promise.all(silencesMs.map((silenceMs) => isUsedAfter(silenceMs, keepAlive)));
    expect(await used('timeout=9', 7_999, 8_000)).toEqual([true, false]);
    expect(await used('max=7, timeout=60', 58_999, 59_000)).toEqual([true, false]);
    expect(await used('timeout=2', 999, 1_000)).toEqual([true, false]);
    expect(await used('timeout=1', 500)).toEqual([false]);
  });

  test('of which the server has said nothing is used for four seconds', async () => {
    const silent = 'max=100';
    expect(await Promise.all([3_999, 4_000].map((ms) => isUsedAfter(ms, silent)))).toEqual([true, false]);
    expect(await Promise.all([3_999, 4_000].map((ms) => isUsedAfter(ms, silent, 'open')))).toEqual([true, false]);
  });

  test('that fails on its first request is not replaced', async () => {
    let connections = 0;
    const { port } = await serving((request) => {
      connections += 1;
      request.socket.destroy();
    });
    expect(await connecting(port).request(get)).toMatchObject({ outcome: 'cut', because: 'ECONNRESET' });
    expect(connections).toBe(1);
  });

  test('is the only one, however many requests are made at once', async () => {
    const { port, handshakes } = await serving((_request, response) => response.end());
    const client = connecting(port, { singleConnection: true });
    const answers = await Promise.all([client.request(get), client.open(), client.request(post), client.request(get)]);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['answered', 'established', 'answered', 'answered']);
    expect(new Set(answers.map((answer) => 'socket' in answer && answer.socket)).size).toBe(1);
    expect(handshakes).toHaveLength(1);
  });

  test('is used by one request at a time; others get their own', async () => {
    const { port, handshakes } = await serving((_request, response) => response.end());
    const client = connecting(port);
    const answers = await Promise.all([client.open(), ...Array.from({ length: 8 }, () => client.request(get))]);
    expect(answers.slice(1).every(({ outcome }) => outcome === 'answered')).toBe(true);
    const before = handshakes.length;
    for (let n = 0; n < 4; n += 1) await client.request(post);
    expect(handshakes).toHaveLength(before);
  });

  test('is never a resumption, though the server offers tickets', async () => {
    const { port, handshakes } = await serving((_request, response) => {
      response.setHeader('connection', 'close');
      response.end();
    });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = connecting(port, { tls: { minVersion: version, maxVersion: version } });
      for (let n = 0; n < 3; n += 1) await client.request(get);
    }
    expect(handshakes).toEqual(Array(6).fill(false));
  });
});

describe('an answer', () => {
  test('that breaks off in the middle does not count', async () => {
    const { port } = await serving((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    });
    expect(await connecting(port).request(get)).toEqual({
      outcome: 'cut',
      because: expect.stringMatching(/^(closed|ECONNRESET)$/),
      mayHaveBeenExecuted: true,
    });
  });

  test('that is too long does not count', async () => {
    const { port } = await serving((_request, response) => response.end('x'.repeat(1001)));
    const because = 'answer larger than 1000 bytes';
    expect(await connecting(port, { answerLimitBytes: 1000 }).request(get)).toMatchObject({ outcome: 'cut', because });
    expect(await connecting(port, { answerLimitBytes: 1001 }).request(get)).toMatchObject({ outcome: 'answered' });
  });

  test('that does not come in time leaves open what was done', async () => {
    const { port } = await serving(() => {});
    const client = connecting(port, { timeoutMs: 100 });
    expect((await client.open()).outcome).toBe('established');
    expect(await client.request(post)).toEqual({ outcome: 'cut', because: 'timeout', mayHaveBeenExecuted: true });
  });

  test('that the caller no longer wants is given up', async () => {
    const caller = new AbortController();
    const { port } = await serving(() => caller.abort());
    const client = connecting(port);
    expect(await client.request({ ...post, signal: caller.signal })).toMatchObject({
      outcome: 'cut',
      because: 'aborted',
    });
    const late = await client.request({ ...post, signal: caller.signal });
    expect(late).toEqual({ outcome: 'unreachable', because: 'aborted' });
  });
});
