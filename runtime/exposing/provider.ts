/** Enrolment of an API provider's functions at the core (TS 29.222 5.11, 8.9): keys in, identities and certificates out. */
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { CoreAddress, OwnCertificate } from '../credentials/core-contact.ts';
import type { KeyPair } from '../credentials/key-pairs.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import { redirecting } from '../transport/redirections.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { readProblemDetails } from '../wire/problem-details.ts';
import { readRegisterApiProviderResponse, writeRegisterApiProviderRequest } from '../wire/provider-management-api.ts';

type EnrolledFunction = { id: string; certificate: OwnCertificate };

export type Provider = {
  aef: EnrolledFunction;
  apf: EnrolledFunction;
  /** PEM; verifies the access tokens of this core. */
  tokenKeyPem: string;
};

export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError';
}

/** The core does not answer, or not now: it may later. */
export class CoreAway extends EnrolmentError {}

export type ProviderKeys = { aef: KeyPair; apf: KeyPair };
export type EnrolmentOptions = { core: CoreAddress; registrationSecret: string; tls: TlsVersions; timeoutMs: number };

/** Over server-authenticated TLS, as for an invoker's onboarding. Rejects with EnrolmentError. */
export async function enrolProvider(
  { core, registrationSecret, tls, timeoutMs }: EnrolmentOptions,
  keys: ProviderKeys,
): Promise<Provider> {
  const over = redirecting({
    ...core,
    credential: { by: 'nothing' },
    checkServerIdentity: coreIdentityCheck(core),
    tls,
    timeoutMs,
  });
  try {
    const functions = [
      { role: 'AEF' as const, publicKeyPem: keys.aef.publicKeyPem },
      { role: 'APF' as const, publicKeyPem: keys.apf.publicKeyPem },
    ];
    const outcome = await over.request(writeRegisterApiProviderRequest({ registrationSecret, functions }));
    if (outcome.outcome === 'refused') throw new EnrolmentError(`the core cannot be reached: ${outcome.because}`);
    if (outcome.outcome !== 'answered') throw new CoreAway(`the core cannot be reached: ${outcome.because}`);
    if (outcome.status === 503) throw new CoreAway('the core cannot register providers at present');
    if (outcome.status !== 201) {
      const problem = readProblemDetails(outcome);
      const because =
        (problem.outcome === 'read' && (problem.value.detail ?? problem.value.title)) || 'it does not say why';
      throw new EnrolmentError(`the core refuses the registration with status ${outcome.status}: ${because}`);
    }
    const read = readRegisterApiProviderResponse(outcome);
    if (read.outcome === 'malformed') throw new EnrolmentError(`the core's answer is malformed: ${read.because}`);
    const enrolled = (role: 'AEF' | 'APF', key: string): EnrolledFunction => {
      const found = read.value.functions.find((one) => one.role === role);
      if (!found) throw new EnrolmentError(`the core's answer has no ${role}`);
      return { id: found.apiProviderFunctionId, certificate: { key, cert: found.certificatePem } };
    };
    return {
      aef: enrolled('AEF', keys.aef.privateKeyPem),
      apf: enrolled('APF', keys.apf.privateKeyPem),
      tokenKeyPem: publicKeyOf(outcome.socket),
    };
  } finally {
    over.close();
  }
}

/** The core signs tokens with the key of its certificate, which this connection has just authenticated. */
function publicKeyOf(socket: TLSSocket): string {
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  return certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
