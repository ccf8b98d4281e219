/** Who makes an invocation: what its TLS connection and its token prove, as one event for the machines (6.5.2, C.3). */

import type { PeerCertificate } from 'node:tls';
import type { ServiceApiInvocation } from '../../machines/messages.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Clock } from '../clock.ts';
import type { accessTokenVerifier } from '../credentials/access-token.ts';
import type { CallHead } from '../transport/http-service.ts';
import { whenThere } from '../when-there.ts';
import type { Admissions } from './admissions/admissions.ts';

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

/** What a connection proves stays as it is: each certificate is read once. */
export function sendersOf(options: SenderOptions) {
  const read = new WeakMap<PeerCertificate, string | undefined>();
  function invokerOf(certificate: PeerCertificate): string | undefined {
    if (!read.has(certificate)) read.set(certificate, options.invokerOf(certificate));
    return read.get(certificate);
  }
  const remembering = { ...options, invokerOf };
  return (head: CallHead): Sender | Promise<Sender> => senderOf(head, remembering);
}

/** At once, unless a signature has to be verified. */
function senderOf(head: CallHead, options: SenderOptions): Sender | Promise<Sender> {
  const { proof } = head.facts;
  const { aefId, apiName, admissions, verifier, clock } = options;
  const isNamed = (apiInvokerId: string) => admissions.apisOf(apiInvokerId)?.includes(apiName) ?? true;
  if (proof.by === 'PSK') {
    const { identity, credential } = proof;
    return { apiInvokerId: identity, method: 'PSK', credential, mayInvoke: isNamed(identity) };
  }
  if (head.headers.authorization !== undefined) {
    const token = tokenIn(head.headersDistinct.authorization);
    if (!token) return { unauthenticated: 'the Authorization header is not one bearer token (RFC 6750 2.1)' };
    const verified = verifier.verify(token, {
      aefId,
      now: clock.now(),
      certificate: proof.by === 'certificate' ? proof.certificate.raw : undefined,
    });
    return whenThere(verified, (it) => bearerOf(it, options));
  }
  const apiInvokerId = proof.by === 'certificate' ? options.invokerOf(proof.certificate) : undefined;
  if (apiInvokerId === undefined) return { unauthenticated: 'no TLS-PSK, no API invoker certificate, no access token' };
  const credential = admissions.credentialOf(apiInvokerId);
  return { apiInvokerId, method: 'PKI', credential, mayInvoke: isNamed(apiInvokerId) };
}

function bearerOf(
  verified: Awaited<ReturnType<SenderOptions['verifier']['verify']>>,
  { apiName, admissions }: SenderOptions,
): Sender {
  if (verified.outcome === 'expired') return { unauthenticated: 'the access token has expired' };
  if (verified.outcome === 'invalid') return { unauthenticated: `the access token is not valid: ${verified.because}` };
  const { apiInvokerId, apiNames } = verified;
  // The token of a foreign core names no negotiation: it may be of one that the AEF has not heard of.
  const credential = verified.credential ?? admissions.credentialOf(apiInvokerId) + 1;
  return { apiInvokerId, method: 'OAUTH', credential, mayInvoke: apiNames.includes(apiName) };
}

const tokenIn = (authorization: readonly string[] = []): string | undefined =>
  authorization.length === 1 ? /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization[0]!)?.[1] : undefined;

type Unsent = { type: 'invocation.unauthenticated' | 'invocation.unauthorized'; credential: number };

export function eventOf(sender: Sender): ServiceApiInvocation | Unsent {
  if ('unauthenticated' in sender) return { type: 'invocation.unauthenticated', credential: 0 };
  const { method, credential, mayInvoke } = sender;
  if (!mayInvoke) return { type: 'invocation.unauthorized', credential };
  return { type: 'ServiceApiInvocation', method, credential };
}
