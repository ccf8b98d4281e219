/** Who a certificate speaks for: one URI `urn:capif:ROLE:ID` among its subject alternative names (our choice). */

import type { PeerCertificate, TLSSocket } from 'node:tls';

const certificateRoles = [
  'apiInvoker',
  'capifCoreFunction',
  'apiExposingFunction',
  'apiPublishingFunction',
  'apiManagementFunction',
] as const;

type CertificateRole = (typeof certificateRoles)[number];

export type CertificateIdentity = {
  role: CertificateRole;
  /** 1 to 64 letters, digits, dots, underscores and hyphens. */
  id: string;
};

const uriPrefix = 'urn:capif:';

/** Also safe as a common name, where a leading `#` would be read as hexadecimal. */
export const isCertificateId = (text: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(text);

/** The URI of an identity, or undefined where the role or the id is not one. */
export function uriOf({ role, id }: CertificateIdentity): string | undefined {
  const uri = `${uriPrefix}${role}:${id}`;
  return identityIn(uri) && uri;
}

/**
 * The identity a certificate names, if it names exactly one. It proves nothing by itself: anyone may present
 * the certificate. For the peer of a connection ask `provenIdentity`.
 */
export function identityOf(certificate: { subjectaltname?: string | undefined }): CertificateIdentity | undefined {
  const { subjectaltname } = certificate;
  // Node quotes a name that could be mistaken for several. No certificate of ours has such a name.
  if (!subjectaltname || subjectaltname.includes('"')) return undefined;
  const [uri, ...others] = subjectaltname.split(', ').filter((name) => /^URI:urn:capif:/i.test(name));
  if (!uri || others.length > 0) return undefined;
  return identityIn(uri.slice('URI:'.length));
}

type Proven = { certificate: PeerCertificate; identity: CertificateIdentity | undefined };
/** What connections have proven, which no connection changes: a certificate is read once. */
const proven = new WeakMap<TLSSocket, Proven>();

function provenBy(socket: TLSSocket): Proven | undefined {
  if (socket.authorized !== true) return undefined;
  const known = proven.get(socket);
  if (known) return known;
  const certificate = socket.getPeerCertificate();
  if (!certificate?.raw) return undefined;
  const read = { certificate, identity: identityOf(certificate) };
  proven.set(socket, read);
  return read;
}

/**
 * The certificate of a trusted authority that the peer of this connection has proven, after its handshake, or undefined.
 * `authorized` alone would not do: on Node 20 and 22 it is true for PSK connections and for some resumed ones that
 * have no certificate at all.
 */
export const provenCertificate = (socket: TLSSocket): PeerCertificate | undefined => provenBy(socket)?.certificate;

/** The identity in it. */
export const provenIdentity = (socket: TLSSocket): CertificateIdentity | undefined => provenBy(socket)?.identity;

function identityIn(uri: string): CertificateIdentity | undefined {
  if (!uri.startsWith(uriPrefix)) return undefined;
  const [named, id = '', ...more] = uri.slice(uriPrefix.length).split(':');
  const role = certificateRoles.find((role) => role === named);
  return role && isCertificateId(id) && more.length === 0 ? { role, id } : undefined;
}
