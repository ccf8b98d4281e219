/** What one TLS session knows of itself, read from the SSL_SESSION that OpenSSL serialises (its ssl/ssl_asn1.c). */
import type { TLSSocket } from 'node:tls';

export type TlsSession = {
  /** The protocol version on the wire: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3. */
  version: number;
  /** 0 to 32 octets; empty where the server resumes by ticket only. */
  sessionId: Buffer;
  /** 48 octets in TLS 1.2. In TLS 1.3 it is empty or a resumption secret, never a master secret. */
  masterSecret: Buffer;
  /** Whether the master secret is bound to the handshake that made it (RFC 7627). */
  extendedMasterSecret: boolean;
  /** Whether the server gave a ticket; a client then makes up a session id that the server never saw (RFC 5077, 3.4). */
  hasTicket: boolean;
};

export class MalformedTlsSession extends Error {
  override readonly name = 'MalformedTlsSession';
  readonly code = 'malformed';
}

/** Node 22 and 24 put this, two octets of length and the host name before the session of a client. */
const nodeWrapper = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

const tags = { integer: 0x02, octetString: 0x04, sequence: 0x30, ticket: 0xaa, flags: 0xad };
const extendedMasterSecretFlag = 0x01;

/**
 * Reads what `TLSSocket.getSession()` returns, on either end, from Node 20 on.
 *
 * @throws MalformedTlsSession where the octets are not such a session
 */
export function parseTlsSession(der: Buffer): TlsSession {
  const fields = elementsOf(expected(tags.sequence, elementsOf(withoutNodeWrapper(der))[0]));
  const [, version, , sessionId, masterSecret, ...optional] = fields;
  const ticket = optional.find((field) => field.tag === tags.ticket);
  const flags = optional.find((field) => field.tag === tags.flags);
  return {
    version: integer(expected(tags.integer, version)),
    sessionId: expected(tags.octetString, sessionId),
    masterSecret: expected(tags.octetString, masterSecret),
    extendedMasterSecret: flags !== undefined && (flagsOf(flags) & extendedMasterSecretFlag) !== 0,
    hasTicket: ticket !== undefined,
  };
}

type Element = { tag: number; content: Buffer };

function withoutNodeWrapper(session: Buffer): Buffer {
  if (!session.subarray(0, nodeWrapper.length).equals(nodeWrapper)) return session;
  const host = session.subarray(nodeWrapper.length);
  if (host.length < 2) throw new MalformedTlsSession('The TLS session ends within its wrapper');
  return host.subarray(2 + host.readUInt16BE(0));
}

/** The DER elements that follow one another in these octets. */
function elementsOf(octets: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < octets.length; ) {
    const tag = octets[at]!;
    const { length, start } = lengthAt(octets, at + 1);
    if (start + length > octets.length) throw new MalformedTlsSession('A field of the TLS session exceeds it');
    elements.push({ tag, content: octets.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

/** Without it, a connection of TLS 1.2 is not bound to its peer (RFC 7627), and neither is what is derived from it (A.1). */
export function hasBoundMasterSecret(socket: TLSSocket): boolean {
  const session = socket.getProtocol() === 'TLSv1.2' ? socket.getSession() : undefined;
  return !session || parseTlsSession(session).extendedMasterSecret;
}

/** The length that begins here (X.690, 8.1.3), and where the content after it starts. */
function lengthAt(octets: Buffer, at: number): { length: number; start: number } {
  const first = octets[at];
  if (first === undefined) throw new MalformedTlsSession('The TLS session ends before the length of a field');
  if (first < 0x80) return { length: first, start: at + 1 };
  const size = first & 0x7f;
  if (size === 0 || size > 4 || at + 1 + size > octets.length)
    throw new MalformedTlsSession('A field of the TLS session has no readable length');
  return { length: octets.readUIntBE(at + 1, size), start: at + 1 + size };
}

function expected(tag: number, element: Element | undefined): Buffer {
  if (element?.tag === tag) return element.content;
  throw new MalformedTlsSession(`The TLS session lacks the field of type ${tag} that OpenSSL writes there`);
}

function integer(content: Buffer): number {
  if (content.length > 0 && content.length <= 6) return content.readUIntBE(0, content.length);
  throw new MalformedTlsSession('A number in the TLS session is too large');
}

const flagsOf = (field: Element): number => integer(expected(tags.integer, elementsOf(field.content)[0]));
