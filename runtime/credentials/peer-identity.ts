/** Whose certificate it is that a peer presents: that of the core, an exposing function or an invoker (TS 33.310 6.1.3a). */
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import { type CertificateIdentity, identityOf, provenCertificate } from './certificate-identity.ts';
import type { CoreAddress } from './core-contact.ts';

type Presented = Pick<PeerCertificate, 'subject' | 'subjectaltname' | 'fingerprint256'>;
type IdentityCheck = (name: string, presented: Presented) => Error | undefined;

/** Says why a certificate of a trusted authority is not that of the core. */
export const coreIdentityCheck =
  ({ identity = 'name' }: Pick<CoreAddress, 'identity'>): IdentityCheck =>
  (name, presented) => {
    if (identity === 'name') return nameCheck(({ role }) => role === 'capifCoreFunction')(name, presented);
    if (identity === 'capifUri') {
      if (identityOf(presented)?.role === 'capifCoreFunction') return undefined;
      return new Error('it has no URI of a core');
    }
    if (hexadecimal(presented.fingerprint256) === hexadecimal(identity.sha256)) return undefined;
    return new Error('it is not the one that is pinned');
  };

/** The peer of a connection that it opened itself has proven to be the core. */
export function isCore(core: CoreAddress, socket: TLSSocket): boolean {
  const presented = provenCertificate(socket);
  return presented !== undefined && !coreIdentityCheck(core)(core.serverName ?? core.host, presented);
}

/** The server must be the AEF that the core has named: by its CAPIF URI or, where it has none, by its address. */
export const aefIdentityCheck = (aefId: string): IdentityCheck => {
  const isMeant = ({ role, id }: CertificateIdentity) => role === 'apiExposingFunction' && id === aefId;
  return (name, presented) =>
    identityOf(presented) && isMeant(identityOf(presented)!) ? undefined : nameCheck(isMeant)(name, presented);
};

/**
 * The API invoker ID that a certificate names: in our URI or, where it has none of CAPIF, as its common name. The
 * standard does not say where a core writes it (TS 33.122 6.1).
 */
export function invokerOf(presented: Presented): string | undefined {
  const claimed = identityOf(presented);
  if (claimed) return claimed.role === 'apiInvoker' ? claimed.id : undefined;
  const { CN } = presented.subject ?? {};
  return typeof CN === 'string' && CN !== '' ? CN : undefined;
}

/**
 * The certificate is for this name or address. One that also has a URI of CAPIF must be that of the party that is meant:
 * our authority gives certificates to several parties at one address.
 */
const nameCheck =
  (isMeant: (claimed: CertificateIdentity) => boolean): IdentityCheck =>
  (name, presented) => {
    const claimed = identityOf(presented);
    if (claimed && !isMeant(claimed)) return new Error(`it is that of the ${claimed.role} ${claimed.id}`);
    if (!checkServerIdentity(name, presented as PeerCertificate)) return undefined;
    return new Error(`it is for ${presented.subjectaltname ?? 'no name'}, not for ${name}`);
  };

const hexadecimal = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase();
