/**
 * The certificates that this core has issued. Only these count, until their party has ended: the authority may have
 * issued others, for a core that was there before, whose ids could be those of other parties.
 */
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type CertificateIdentity, provenCertificate, provenIdentity } from '../../credentials/certificate-identity.ts';
import type { CertificateAuthority } from '../../credentials/certificates.ts';
import type { Collection, Store } from '../../store/store.ts';

type Wanted = Omit<Parameters<CertificateAuthority['issue']>[0], 'now'>;

export class IssuedCertificates {
  readonly #authority: CertificateAuthority;
  readonly #now: () => number;
  /** Party by fingerprint, and the fingerprints of each party: of the certificate that it uses, and of the latest. */
  readonly #parties = new Map<string, string>();
  readonly #fingerprints = new Map<string, string[]>();
  readonly #put: Collection<string[]>['put'];

  /** `now` in milliseconds since 1970. */
  constructor(authority: CertificateAuthority, now: () => number, store: Store) {
    this.#authority = authority;
    this.#now = now;
    const { kept, put } = store.collection<string[]>('certificates');
    this.#put = put;
    for (const [party, fingerprints] of kept) {
      this.#fingerprints.set(party, fingerprints);
      for (const fingerprint of fingerprints) this.#parties.set(fingerprint, party);
    }
  }

  /** PEM. One that was issued before, and has not been used, counts no more. Rejects with CertificateRequestRefused. */
  async issue(wanted: Wanted): Promise<string> {
    const certificate = await this.#authority.issue({ ...wanted, now: this.#now() });
    const { fingerprint256 } = new X509Certificate(certificate);
    const { id } = wanted.subject;
    const [inUse, ...unused] = this.#fingerprints.get(id) ?? [];
    for (const one of unused) this.#parties.delete(one);
    this.#parties.set(fingerprint256, id);
    this.#fingerprints.set(id, inUse === undefined ? [fingerprint256] : [inUse, fingerprint256]);
    this.#keep(id);
    return certificate;
  }

  /** Who the peer has proven to be, by a certificate that counts. */
  proven(socket: TLSSocket): CertificateIdentity | undefined {
    const certificate = provenCertificate(socket);
    return certificate && this.#parties.has(certificate.fingerprint256) ? provenIdentity(socket) : undefined;
  }

  /** A finished handshake: once a party has used its latest certificate, those before it count no more. */
  used(socket: TLSSocket): void {
    const party = this.proven(socket)?.id;
    const all = party === undefined ? undefined : this.#fingerprints.get(party);
    if (!party || !all || all.at(-1) !== provenCertificate(socket)?.fingerprint256) return;
    if (all.length === 1) return;
    for (const earlier of all.splice(0, all.length - 1)) this.#parties.delete(earlier);
    this.#keep(party);
  }

  /** Its certificates count no more, on connections that are open neither. */
  end(party: string): void {
    for (const fingerprint of this.#fingerprints.get(party) ?? []) this.#parties.delete(fingerprint);
    this.#fingerprints.delete(party);
    this.#keep(party);
  }

  #keep(party: string): void {
    this.#put(party, () => this.#fingerprints.get(party));
  }
}
