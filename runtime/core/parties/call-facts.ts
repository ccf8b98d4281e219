/** What the core saw of a call, for the trace: who asked what, over which connection. */
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import { provenIdentity } from '../../credentials/certificate-identity.ts';
import type { CallHead } from '../../transport/http-service.ts';

export function callFacts(referencePoint: string, { method, url, socket, facts }: CallHead): TransportFacts {
  const from = provenIdentity(socket)?.id ?? 'unknown';
  const request = `${method} ${url.split('?')[0]}`;
  return { referencePoint, from, to: 'CCF', request, tls: facts.tls, suite: facts.suite };
}
