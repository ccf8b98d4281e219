/** What the core is to others: its certificate, and the key that signs its tokens; and whom its listener lets in. */
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { accessTokenIssuer } from '../credentials/access-token.ts';
import type { CertificateAuthority } from '../credentials/certificates.ts';
import type { KeyPair } from '../credentials/key-pairs.ts';
import { hasBoundMasterSecret } from '../credentials/tls-session.ts';
import type { CoreFunctionOptions, Settled } from './core-options.ts';
import type { Enrolment } from './parties/enrolment.ts';
import type { IssuedCertificates } from './parties/issued-certificates.ts';

/** One key pair for both. */
export async function identityOfCore(authority: CertificateAuthority, keys: KeyPair, { host, names, clock }: Settled) {
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'ccf' },
    publicKey: keys.publicKeyPem,
    names: namesOf(host, names),
    usages: ['server', 'client'],
    now: clock.now(),
  });
  const certificate = { key: keys.privateKeyPem, cert };
  return { certificate, tokenKeyPem: keys.publicKeyPem, issuer: accessTokenIssuer(keys) };
}

/** An address that is bound may be no address at all (0.0.0.0), or a name. */
function namesOf(host: string, { dns = [], ip = [] }: NonNullable<CoreFunctionOptions['names']>) {
  return isIP(host) ? { dns, ip: [host, ...ip] } : { dns: [host, ...dns], ip };
}

/** TLS 1.2 without extended master secret is not accepted: AEFPSK is derived from the master secret (A.1). */
export function acceptProven(socket: TLSSocket, enrolment: Enrolment, certificates: IssuedCertificates): boolean {
  if (!hasBoundMasterSecret(socket)) return false;
  certificates.used(socket);
  enrolment.connected(socket);
  return true;
}
