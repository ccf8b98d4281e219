/** Who makes an invocation: what its TLS connection and its token prove, as one event for the machines (6.5.2, C.3). */

import type { PeerCertificate } from 'node:tls';
import type { ServiceApiInvocation } from '../../machines/messages.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Clock } from '../clock.ts';
import type { accessTokenVerifier } from '../credentials/access-token.ts';
import { permits } from '../credentials/access-token-scope.ts';
import type { CallHead } from '../transport/http-service.ts';
import type { Admissions } from './admissions.ts';

/** `mayInvoke`: token or rights name this API, or the rights are not known yet. */
export type Sender =
  | { apiInvokerId: string; method: SecurityMethod; credential: number; mayInvoke: boolean }
  | { unauthenticated: string };

export type SenderOptions = {
  aefId: string;
  apiName: string;
  admissions: Admissions;
  verifier: ReturnType<typeof accessTokenVerifier>;
  clock: Clock;
  /** The API invoker ID in a certificate of a trusted authority. */
  invokerOf(certificate: PeerCertificate): string | undefined;
};

export async function senderOf(
  { facts: { proof }, headersDistinct }: CallHead,
  options: SenderOptions,
): Promise<Sender> {
  const { aefId, apiName, admissions, verifier, clock } = options;
  const isNamed = (apiInvokerId: string) => admissions.apisOf(apiInvokerId)?.includes(apiName) ?? true;
  if (proof.by === 'PSK') {
    const { identity, credential } = proof;
    return { apiInvokerId: identity, method: 'PSK', credential, mayInvoke: isNamed(identity) };
  }
  if (headersDistinct.authorization) {
    const token = tokenIn(headersDistinct.authorization);
    if (!token) return { unauthenticated: 'the Authorization header is not one bearer token (RFC 6750 2.1)' };
    const verified = await verifier.verify(token, {
      aefId,
      now: clock.now(),
      certificate: proof.by === 'certificate' ? proof.certificate.raw : undefined,
    });
    if (verified.outcome === 'expired') return { unauthenticated: 'the access token has expired' };
    if (verified.outcome === 'invalid')
      return { unauthenticated: `the access token is not valid: ${verified.because}` };
    const { apiInvokerId, scope } = verified;
    // The token of a foreign core names no negotiation: it may be of one that the AEF has not heard of.
    const credential = verified.credential ?? admissions.credentialOf(apiInvokerId) + 1;
    return { apiInvokerId, method: 'OAUTH', credential, mayInvoke: permits(scope, aefId, apiName) };
  }
  const apiInvokerId = proof.by === 'certificate' ? options.invokerOf(proof.certificate) : undefined;
  if (apiInvokerId === undefined) return { unauthenticated: 'no TLS-PSK, no API invoker certificate, no access token' };
  const credential = admissions.credentialOf(apiInvokerId);
  return { apiInvokerId, method: 'PKI', credential, mayInvoke: isNamed(apiInvokerId) };
}

const tokenIn = (authorization: readonly string[]): string | undefined =>
  authorization.length === 1 ? /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization[0]!)?.[1] : undefined;

type Unsent = { type: 'invocation.unauthenticated' | 'invocation.unauthorized'; credential: number };

export function eventOf(sender: Sender): ServiceApiInvocation | Unsent {
  if ('unauthenticated' in sender) return { type: 'invocation.unauthenticated', credential: 0 };
  const { method, credential, mayInvoke } = sender;
  if (!mayInvoke) return { type: 'invocation.unauthorized', credential };
  return { type: 'ServiceApiInvocation', method, credential };
}
