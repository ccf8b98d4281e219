/** AEFPSK on real TLS connections: the same key on both ends, or none. */

import { connect } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loopback, noTicket } from '../testing/connections.ts';
import { aefPskFrom, deriveAefPsk } from './aef-psk.ts';
import { createAuthority } from './certificates.ts';
import { parseTlsSession, type TlsSession } from './tls-session.ts';

const p0 = 'https://aef.example.com:8443';
const tls12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
const tls13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;
/** Missing in node:crypto's constants. */
const SSL_OP_NO_EXTENDED_MASTER_SECRET = 1;

let connections: ReturnType<typeof loopback>;
beforeAll(async () => {
  connections = loopback(await createAuthority({ name: 'CAPIF test root', now: Date.now() }));
});
afterEach(() => connections.closeAll());

const refused = (code: string) => expect.objectContaining({ name: 'AefPskUnavailable', code });

describe('on a TLS 1.2 connection without tickets', () => {
  test('both ends derive the same key, by Annex A', async () => {
    const [client, server] = await connections.open(noTicket, { ...tls12 });
    const derived = deriveAefPsk(client, p0);
    expect(derived).toEqual(deriveAefPsk(server, p0));
    expect(derived.derivation).toBe('Annex A');
    expect(deriveAefPsk(client, 'https://aef.example.com:8444').key).not.toEqual(derived.key);
  });

  test('it does not matter which end turned the tickets off, nor that a host name wraps the session', async () => {
    const [client, server] = await connections.open(
      {},
      { ...tls12, ...noTicket, servername: 'ccf.example', checkServerIdentity: () => undefined },
    );
    expect(deriveAefPsk(client, p0)).toEqual(deriveAefPsk(server, p0));
  });

  test('two connections give different keys', async () => {
    const open = await connections.listen(noTicket);
    const [one] = await open({ ...tls12 });
    const [other] = await open({ ...tls12 });
    expect(deriveAefPsk(one, p0).key).not.toEqual(deriveAefPsk(other, p0).key);
  });

  test('a client without extended master secret is refused on both ends', async () => {
    const [client, server] = await connections.open(noTicket, {
      ...tls12,
      secureOptions: SSL_OP_NO_EXTENDED_MASTER_SECRET,
    });
    expect(() => deriveAefPsk(server, p0)).toThrow(refused('noExtendedMasterSecret'));
    expect(() => deriveAefPsk(client, p0)).toThrow(refused('noExtendedMasterSecret'));
  });

  test('a connection that is gone has no key', async () => {
    const [client] = await connections.open(noTicket, { ...tls12 });
    client.destroy();
    expect(() => deriveAefPsk(client, p0)).toThrow(refused('handshakeIncomplete'));
  });

  test('a handshake that is under way has no key', async () => {
    const client = connect({ host: '127.0.0.1', port: 9 });
    client.once('error', () => undefined);
    expect(() => deriveAefPsk(client, p0)).toThrow(refused('handshakeIncomplete'));
  });
});

describe('on a TLS 1.2 connection with tickets', () => {
  test('the server has no session id and the client has made one up, so both refuse', async () => {
    const [client, server] = await connections.open({}, { ...tls12 });
    expect(() => deriveAefPsk(server, p0)).toThrow(refused('emptySessionId'));
    expect(() => deriveAefPsk(client, p0)).toThrow(refused('sessionIdFromTicket'));
  });

  test('a resumed session is refused on both ends', async () => {
    const open = await connections.listen({});
    const [first] = await open({ ...tls12 });
    const [client, server] = await open({ ...tls12, session: first.getSession()! });
    expect(() => deriveAefPsk(server, p0)).toThrow(refused('resumedSession'));
    expect(() => deriveAefPsk(client, p0)).toThrow(refused('resumedSession'));
  });
});

describe('on a TLS 1.3 connection', () => {
  test('both ends derive the same key, by the exporter', async () => {
    const [client, server] = await connections.open(noTicket, { ...tls13 });
    const derived = deriveAefPsk(client, p0);
    expect(derived).toEqual(deriveAefPsk(server, p0));
    expect(derived.derivation).toBe('TLS 1.3 exporter (our extension)');
    expect(derived.key).toHaveLength(32);
    expect(deriveAefPsk(client, 'https://aef.example.com:8444').key).not.toEqual(derived.key);
  });

  test('two connections give different keys', async () => {
    const open = await connections.listen(noTicket);
    const [one] = await open({ ...tls13 });
    const [other] = await open({ ...tls13 });
    expect(deriveAefPsk(one, p0).key).not.toEqual(deriveAefPsk(other, p0).key);
  });

  test('the session of the server, from which Annex A would give all clients the same key, is not used', async () => {
    const seen: { session: TlsSession; key: Buffer }[] = [];
    const open = await connections.listen({ ...noTicket, ...tls13 }, (socket) => {
      seen.push({ session: parseTlsSession(socket.getSession()!), key: deriveAefPsk(socket, p0).key });
    });
    const [client] = await open({});
    const [
      {
        session: { masterSecret, sessionId },
        key,
      } = expect.unreachable(),
    ] = seen;

    expect(masterSecret).toHaveLength(0);
    expect(() => aefPskFrom({ masterSecret, sessionId, serviceApiInterface: p0 })).toThrow(
      refused('masterSecretLength'),
    );
    expect(key).toEqual(deriveAefPsk(client, p0).key);
  });
});
