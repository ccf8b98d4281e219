/** What counts as proven, tried on servers that are less careful than ours. */

import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type TestAuthority, type TestCredentials, testAuthority } from '../testing/pki.ts';
import { type ConnectionFacts, connectionFacts, type PskClaim } from './connection-facts.ts';

const psk = Buffer.alloc(32, 7);
const pskSuites = 'TLS_AES_128_GCM_SHA256:ECDHE-PSK-CHACHA20-POLY1305';
const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const closing: (() => void)[] = [];
let authority: TestAuthority;
let server: TestCredentials;

beforeAll(async () => {
  authority = await testAuthority('facts');
  server = await authority.server('server');
});

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Seen {
  facts: ConnectionFacts;
  /** What they would be if the client had named `invoker-1` before its ticket, as no client of OpenSSL does. */
  ifClaimed: ConnectionFacts;
  claim: PskClaim | undefined;
  /** What the facts would be if node:tls said `authorized` and no claim was noted, as Node 20 and 22 can do. */
  ifAuthorized: ConnectionFacts;
  resumed: boolean;
}

/** A server with tickets, with every suite, with a PSK for `invoker-1`; it tells what it saw of each connection. */
async function carelessServer(options: TlsOptions = {}) {
  const claims = new WeakMap<TLSSocket, PskClaim>();
  const seen: Seen[] = [];
  const https = createServer({
    ...server,
    ca: authority.ca,
    requestCert: true,
    rejectUnauthorized: false,
    pskCallback(socket, identity) {
      const known = identity === 'invoker-1';
      claims.set(socket, { identity, credential: known ? 3 : undefined });
      return known ? psk : null;
    },
    ...options,
  });
  https.on('secureConnection', (socket) => {
    const claim = claims.get(socket);
    const facts = connectionFacts(socket, claim);
    const ifClaimed = connectionFacts(socket, { identity: 'invoker-1', credential: 3 });
    socket.authorized = true;
    const ifAuthorized = connectionFacts(socket);
    seen.push({ facts, ifAuthorized, ifClaimed, claim, resumed: socket.isSessionReused() });
  });
  https.on('request', (_request, response) => response.end('served'));
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  closing.push(() => https.close());
  const { port } = https.address() as AddressInfo;
  return { port, seen };
}

const trusting = () => ({ ca: authority.ca, checkServerIdentity: () => undefined });

const offering = (identity: string): ConnectionOptions => ({ pskCallback: () => ({ psk, identity }) });

/** One request on a connection of its own, resolved with the answer's body. */
const get = (port: number, options: ConnectionOptions) =>
  new Promise<string>((resolve, reject) => {
    const agent = new Agent({ ...trusting(), ...options });
    request({ agent, host: '127.0.0.1', port }, (response) => {
      response.on('data', (chunk) => resolve(String(chunk)));
      response.on('end', () => agent.destroy());
    })
      .on('error', reject)
      .end();
  });

test.each([
  ['TLSv1.2', 'ECDHE-PSK-CHACHA20-POLY1305', 'TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256'],
  ['TLSv1.3', 'TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
] as const)('a PSK that was used is a proof in %s', async (version, ciphers, suite) => {
  const { port, seen } = await carelessServer({ ciphers });
  await get(port, { ...offering('invoker-1'), minVersion: version, maxVersion: version, ciphers });
  expect(seen[0]?.facts).toEqual({
    tls: version,
    suite,
    proof: { by: 'PSK', identity: 'invoker-1', credential: 3 },
  });
});

test('naming an identity without having its key is no proof, though the server looks the key up', async () => {
  const { port, seen } = await carelessServer();
  const pretending: ConnectionOptions = {
    pskCallback: () => ({ psk: Buffer.alloc(32, 0xee), identity: 'invoker-1' }),
    ciphers: 'TLS_AES_256_GCM_SHA384',
  };
  expect(await get(port, pretending)).toBe('served');
  expect(seen[0]?.claim).toEqual({ identity: 'invoker-1', credential: 3 });
  expect(seen[0]?.facts.proof).toEqual({ by: 'nothing', because: 'psk not proven' });
});

test('an unknown identity is no proof', async () => {
  const { port, seen } = await carelessServer({ ciphers: 'TLS_AES_128_GCM_SHA256' });
  await get(port, offering('nobody'));
  expect(seen[0]?.facts.proof).toEqual({ by: 'nothing', because: 'psk not proven' });
});

test.each(versions)('`authorized` without a certificate is no proof on a PSK connection of %s', async (version) => {
  const { port, seen } = await carelessServer({ ciphers: pskSuites });
  await get(port, { ...offering('invoker-1'), ciphers: pskSuites, minVersion: version, maxVersion: version });
  expect(seen[0]?.ifAuthorized.proof).toEqual({ by: 'nothing' });
});

test.each(versions)('a connection resumed by ticket proves no PSK in %s', async (version) => {
  const { port, seen } = await carelessServer({ ciphers: pskSuites });
  const options = {
    ...trusting(),
    ...offering('invoker-1'),
    ciphers: pskSuites,
    minVersion: version,
    maxVersion: version,
  };
  const first = connect({ host: '127.0.0.1', port, ...options });
  const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
  first.destroy();
  const { pskCallback: _, ...withoutKey } = options;
  await get(port, { ...(version === 'TLSv1.2' ? options : withoutKey), session });
  expect(seen.map(({ resumed, facts }) => [resumed, facts.proof.by])).toEqual([
    [version === 'TLSv1.3', 'PSK'],
    [true, 'nothing'],
  ]);
});

test('a ticket of a SHA-384 connection does not make a proof of an identity that is only named', async () => {
  const { port, seen } = await carelessServer();
  const options = { ...trusting(), ciphers: 'TLS_AES_256_GCM_SHA384' };
  const first = connect({ host: '127.0.0.1', port, ...options });
  const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
  first.destroy();
  await get(port, { ...options, session });
  expect(seen[1]).toMatchObject({ resumed: true, ifClaimed: { proof: { by: 'nothing', because: 'psk not proven' } } });
});

describe.each(versions)('in %s', (version) => {
  const only = { minVersion: version, maxVersion: version };

  test('a certificate of the authority is a proof, and its names can be read', async () => {
    const { port, seen } = await carelessServer();
    await get(port, { ...(await authority.client('invoker-2')), ...only });
    const proof = seen[0]?.facts.proof;
    expect(proof?.by).toBe('certificate');
    expect(proof?.by === 'certificate' && proof.certificate.subjectaltname).toBe('URI:urn:capif:invoker-2');
  });

  test('a certificate of another authority is not a proof, and the facts say why', async () => {
    const { port, seen } = await carelessServer();
    const stranger = await (await testAuthority('stranger')).client('invoker-2');
    await get(port, { ...stranger, ...only });
    expect(seen[0]?.facts.proof).toEqual({ by: 'nothing', because: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  test('a client without a credential proves nothing', async () => {
    const { port, seen } = await carelessServer();
    await get(port, only);
    expect(seen[0]?.facts.proof).toEqual({ by: 'nothing' });
  });
});

test('facts cannot be changed', async () => {
  const { port, seen } = await carelessServer();
  await get(port, {});
  const facts = seen[0]?.facts;
  expect(Object.isFrozen(facts) && Object.isFrozen(facts?.proof)).toBe(true);
});
