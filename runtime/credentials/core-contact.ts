/** What a role needs to reach the core: where it is, whom to trust there, and the certificate that the core has issued. */
import { identityOf } from './certificate-identity.ts';

/** `ca`: the PEM certificate of the core's authority. */
export type CoreAddress = { host: string; port: number; ca: string };

/** PEM, both. */
export type OwnCertificate = { key: string; cert: string };

/** The server must be a core function of this authority; a certificate of the authority is not enough. */
export function checkCoreIdentity(_: string, presented: { subjectaltname?: string }): Error | undefined {
  return identityOf(presented)?.role === 'capifCoreFunction'
    ? undefined
    : new Error('the certificate is not that of a core');
}
