/**
 * The certificates that this core has issued. Only these count, until their party has ended: the authority may have
 * issued others, for a core that was there before, whose ids could be those of other parties.
 */
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type CertificateIdentity, provenIdentity } from '../../credentials/certificate-identity.ts';
import type { CertificateAuthority } from '../../credentials/certificates.ts';

type Wanted = Omit<Parameters<CertificateAuthority['issue']>[0], 'now'>;

export class IssuedCertificates {
  readonly #authority: CertificateAuthority;
  readonly #now: () => number;
  /** Party by fingerprint. */
  readonly #parties = new Map<string, string>();

  /** `now` in milliseconds since 1970. */
  constructor(authority: CertificateAuthority, now: () => number) {
    this.#authority = authority;
    this.#now = now;
  }

  /** PEM. Rejects with CertificateRequestRefused. */
  async issue(wanted: Wanted): Promise<string> {
    const certificate = await this.#authority.issue({ ...wanted, now: this.#now() });
    this.#parties.set(new X509Certificate(certificate).fingerprint256, wanted.subject.id);
    return certificate;
  }

  /** Who the peer has proven to be, by a certificate that counts. */
  proven(socket: TLSSocket): CertificateIdentity | undefined {
    const identity = provenIdentity(socket);
    return identity && this.#parties.has(socket.getPeerCertificate().fingerprint256) ? identity : undefined;
  }

  /** Its certificates count no more, on connections that are open neither. */
  end(party: string): void {
    for (const [fingerprint, one] of this.#parties) if (one === party) this.#parties.delete(fingerprint);
  }
}
