/** What the listeners accept, found by trying everything. */

import { execFile, execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, getCiphers } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testAuthority } from '../testing/pki.ts';
import { clientProfile, serverProfile } from './tls-profile.ts';

const psk = Buffer.alloc(32, 7);
const oldVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const;
let plain: Server;
let withPsk: Server;

beforeAll(async () => {
  const authority = await testAuthority('profile');
  const ecdsa = await authority.server('ecdsa');
  const rsa = await authority.server('rsa', 'RSA');
  const credentials = { key: [ecdsa.key, rsa.key], cert: [ecdsa.cert, rsa.cert] };
  plain = await listening(createServer({ ...serverProfile({ psk: false }), ...credentials }));
  withPsk = await listening(createServer({ ...serverProfile({ psk: true }), ...credentials, pskCallback: () => psk }));
});

afterAll(() => {
  plain.close();
  withPsk.close();
});

const listening = (server: Server) =>
  new Promise<Server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** The standard name of the suite that a handshake with these options ends with, or undefined if there is none. */
const handshake = (server: Server, options: ConnectionOptions) =>
  new Promise<string | undefined>((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port: portOf(server),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk, identity: 'anyone' }),
      ...options,
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.on('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`);
      socket.destroy();
    });
  });

/** Every suite that Node knows, one at a time, in every version. */
async function accepted(server: Server) {
  const found: string[] = [];
  for (const name of getCiphers().map((listed) => listed.toUpperCase())) {
    const is13 = name.startsWith('TLS_');
    for (const version of is13 ? (['TLSv1.3'] as const) : oldVersions) {
      const ciphers = is13 ? name : `${name}:@SECLEVEL=0`;
      const suite = await handshake(server, { ciphers, minVersion: version, maxVersion: version });
      if (suite) found.push(suite);
    }
  }
  return found.sort();
}

const byCertificate = [
  'TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLSv1.2 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLSv1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLSv1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLSv1.2 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];

test('a listener without PSK accepts the ECDHE AEAD suites and nothing else (TS 33.210 6.2)', async () => {
  expect(await accepted(plain)).toEqual([
    ...byCertificate,
    'TLSv1.3 TLS_AES_128_GCM_SHA256',
    'TLSv1.3 TLS_AES_256_GCM_SHA384',
    'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256',
  ]);
});

test('a listener with PSK adds one suite to TLS 1.2 and gives up SHA-384 in TLS 1.3', async () => {
  expect(await accepted(withPsk)).toEqual([
    ...byCertificate.slice(0, 3),
    'TLSv1.2 TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256',
    ...byCertificate.slice(3),
    'TLSv1.3 TLS_AES_128_GCM_SHA256',
    'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256',
  ]);
});

test('the probe would see more: from a server that takes anything it gets old versions and weak suites', async () => {
  const { key, cert } = await (await testAuthority('weak')).server('weak', 'RSA');
  const anything = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0', pskCallback: () => psk } as const;
  const weak = await listening(createServer({ ...anything, key, cert }));
  const found = await accepted(weak);
  weak.close();
  expect(found).toContain('TLSv1 TLS_RSA_WITH_AES_128_CBC_SHA');
  expect(found).toContain('TLSv1.1 TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA');
  expect(found).toContain('TLSv1.2 TLS_PSK_WITH_AES_128_GCM_SHA256');
});

test('the listener chooses the suite, the mandatory one first (RFC 8446 9.1)', async () => {
  const ciphers = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
  expect(await handshake(plain, { ciphers })).toBe('TLSv1.3 TLS_AES_128_GCM_SHA256');
});

test('both ends of the profile can be pinned to one version', async () => {
  const pinned = (version: 'TLSv1.2' | 'TLSv1.3') =>
    handshake(plain, clientProfile({ psk: false, minVersion: version, maxVersion: version }));
  expect(await pinned('TLSv1.2')).toMatch(/^TLSv1.2 /);
  expect(await pinned('TLSv1.3')).toMatch(/^TLSv1.3 /);
});

test('a client with PSK offers in TLS 1.2 nothing that works without the key', async () => {
  const profile = clientProfile({ psk: true, maxVersion: 'TLSv1.2' });
  expect(await handshake(plain, profile)).toBeUndefined();
  expect(await handshake(withPsk, profile)).toBe('TLSv1.2 TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256');
});

test('a client cannot renegotiate', async () => {
  const socket = connect({
    host: '127.0.0.1',
    port: portOf(plain),
    maxVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const failed = new Promise<Error>((resolve) => socket.once('error', resolve));
  const renegotiated = new Promise<'renegotiated'>((resolve) => {
    socket.renegotiate({}, (error) => error ?? resolve('renegotiated'));
  });
  expect(await Promise.race([failed, renegotiated])).toBeInstanceOf(Error);
  socket.destroy();
});

describe('groups', () => {
  test.each(['X25519', 'P-256', 'P-384'])('%s is accepted', async (ecdhCurve) => {
    expect(await handshake(plain, { ecdhCurve })).toBeDefined();
  });
  test.each(['P-521', 'X448'])('%s is not', async (ecdhCurve) => {
    expect(await handshake(plain, { ecdhCurve })).toBeUndefined();
  });
});

/** The names of all PSK suites that the openssl command could offer, or why there are none. */
function opensslPskSuites(): { suites: string[] } | { missing: string } {
  try {
    const listed = execFileSync('openssl', ['ciphers', '-s', '-psk', '-tls1_2', 'PSK:@SECLEVEL=0'], {
      encoding: 'utf8',
    });
    return { suites: listed.trim().split(':') };
  } catch (error) {
    return { missing: `openssl cannot be run: ${(error as NodeJS.ErrnoException).code}` };
  }
}

const openssl = opensslPskSuites();
if ('missing' in openssl) console.log(`skipped: PSK suites by openssl s_client, as ${openssl.missing}`);

test.skipIf('missing' in openssl)('openssl s_client finds the same single PSK suite', async () => {
  const suites = 'suites' in openssl ? openssl.suites : [];
  const tries = suites.map(async (suite) => ((await sClient(withPsk, suite)) ? [suite] : []));
  expect((await Promise.all(tries)).flat()).toEqual(['ECDHE-PSK-CHACHA20-POLY1305']);
});

const sClient = (server: Server, suite: string) =>
  new Promise<boolean>((resolve) => {
    const where = ['-connect', `127.0.0.1:${portOf(server)}`, '-tls1_2', '-cipher', `${suite}:@SECLEVEL=0`];
    const client = execFile('openssl', ['s_client', ...where, '-psk', psk.toString('hex')], (_error, stdout) =>
      resolve(stdout.includes(`Cipher is ${suite}`)),
    );
    client.stdin?.end();
  });
