/** AEFPSK: the key that an API invoker and the CAPIF core function derive from their CAPIF-1e TLS session (TS 33.122, A.1). */

import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { parseTlsSession, type TlsSession } from './tls-session.ts';

type AefPskUnavailableCode =
  | 'handshakeIncomplete'
  | 'unsupportedProtocol'
  | 'resumedSession'
  | 'noSession'
  | 'noExtendedMasterSecret'
  | 'sessionIdFromTicket'
  | 'emptySessionId'
  | 'masterSecretLength'
  | 'inputTooLong';

/** Why no AEFPSK can be derived: a stable `code`, and a message without any key material. */
export class AefPskUnavailable extends Error {
  override readonly name = 'AefPskUnavailable';
  readonly code: AefPskUnavailableCode;

  constructor(code: AefPskUnavailableCode, because: string) {
    super(because);
    this.code = code;
  }
}

type AefPskInputs = {
  /** The master secret of the CAPIF-1e TLS session: 48 octets. */
  masterSecret: Buffer;
  /** The session id of its full handshake: 1 to 32 octets. */
  sessionId: Buffer;
  /** P0, the "service API interface information"; see `serviceApiInterface`. */
  serviceApiInterface: string;
};

type DerivedAefPsk = {
  /** 32 octets. */
  key: Buffer;
  derivation: 'Annex A' | 'TLS 1.3 exporter (our extension)';
};

const tls12 = 0x0303;
const masterSecretOctets = 48;
const aefPskOctets = 32;
const exporterLabel = 'EXPORTER-3GPP-CAPIF-AEFPSK';

/**
 * The "service API interface information" of A.1, whose form no clause gives: `https://host:port` with the host in
 * lower case, an IPv6 address compressed and in brackets, and the port always written. Both ends have to agree on it
 * to the letter, so it is written here and nowhere else.
 *
 * @throws TypeError where host and port are not those of an interface
 */
export function serviceApiInterface({ host, port }: { host: string; port: number }): string {
  const authority = isIPv6(host) ? `[${host}]` : host.replace(/\.$/, '');
  const isHost = /^(\[[^\]]+\]|[^:/?#@[\]\\\s]+)$/.test(authority) && URL.canParse(`https://${authority}`);
  if (!isHost) throw new TypeError(`"${host}" is not the host of a service API interface`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`${port} is not the port of a service API interface`);
  return `https://${new URL(`https://${authority}`).hostname}:${port}`;
}

/**
 * The 32 octets of `HMAC-SHA-256(master secret, FC || P0 || L0 || P1 || L1)` with FC = 0x7A (TS 33.122, A.1 and
 * TS 33.220, B.2).
 *
 * @throws AefPskUnavailable where a master secret has not 48 octets, a session id is empty, or an input exceeds its L
 */
export function aefPskFrom({ masterSecret, sessionId, serviceApiInterface }: AefPskInputs): Buffer {
  if (masterSecret.length !== masterSecretOctets)
    throw new AefPskUnavailable(
      'masterSecretLength',
      `A TLS master secret has ${masterSecretOctets} octets; this one has ${masterSecret.length}`,
    );
  if (sessionId.length === 0)
    throw new AefPskUnavailable(
      'emptySessionId',
      'The TLS session has no session id: the server has to turn tickets off (SSL_OP_NO_TICKET)',
    );
  return createHmac('sha256', masterSecret)
    .update(Buffer.of(0x7a))
    .update(parameter(p0(serviceApiInterface)))
    .update(parameter(sessionId))
    .digest();
}

/** Strings enter the KDF as UTF-8 of their NFKC form (TS 33.220, B.2.1.2). */
const p0 = (serviceApiInterface: string): Buffer => Buffer.from(serviceApiInterface.normalize('NFKC'), 'utf8');

/** A parameter and, after it, its length in two octets. */
function parameter(value: Buffer): Buffer {
  if (value.length > 0xffff)
    throw new AefPskUnavailable('inputTooLong', 'A parameter of the KDF has at most 65535 octets');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([value, length]);
}

/**
 * The AEFPSK of the connection that carried the security method negotiation, equal on both of its ends.
 *
 * TLS 1.2 gives Annex A exactly. In TLS 1.3 a session id and a master secret do not exist, and what `getSession()`
 * holds instead is the same constant for all clients on a fresh server connection; so the exporter of RFC 8446, 7.5
 * takes their place.
 *
 * @throws AefPskUnavailable if the two ends of this connection share no secret of their own
 */
export function deriveAefPsk(socket: TLSSocket, serviceApiInterface: string): DerivedAefPsk {
  if (!socket.getPeerFinished())
    throw new AefPskUnavailable('handshakeIncomplete', 'The TLS handshake is not complete, or the connection is gone');
  const protocol = socket.getProtocol();
  if (protocol === 'TLSv1.3')
    return {
      key: socket.exportKeyingMaterial(aefPskOctets, exporterLabel, p0(serviceApiInterface)),
      derivation: 'TLS 1.3 exporter (our extension)',
    };
  if (protocol !== 'TLSv1.2')
    throw new AefPskUnavailable('unsupportedProtocol', `AEFPSK needs TLS 1.2 or 1.3, not ${protocol}`);
  const { masterSecret, sessionId } = fullHandshakeOf(socket);
  return { key: aefPskFrom({ masterSecret, sessionId, serviceApiInterface }), derivation: 'Annex A' };
}

/** The session of a TLS 1.2 connection, if it came from a full handshake and binds its keys to it. */
function fullHandshakeOf(socket: TLSSocket): TlsSession {
  if (socket.isSessionReused())
    throw new AefPskUnavailable('resumedSession', 'The TLS session was resumed; A.1 asks for a full handshake');
  const der = socket.getSession();
  if (!der) throw new AefPskUnavailable('noSession', 'The TLS connection has no session');
  const session = parseTlsSession(der);
  if (session.version !== tls12)
    throw new AefPskUnavailable('unsupportedProtocol', 'The session of this TLS 1.2 connection is of another version');
  if (!session.extendedMasterSecret)
    throw new AefPskUnavailable(
      'noExtendedMasterSecret',
      'The peer did not negotiate the extended master secret (RFC 7627), so other connections might share this key',
    );
  if (session.hasTicket)
    throw new AefPskUnavailable(
      'sessionIdFromTicket',
      'The server gave a ticket, so it does not know the session id: it has to turn tickets off (SSL_OP_NO_TICKET)',
    );
  return session;
}
