/** AEF_Security_API (TS 29.222 9.1): what invokers and the core ask of an exposing function beside its services. */
import type { PeerCertificate } from 'node:tls';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import { isCore } from '../credentials/peer-identity.ts';
import { withDurableAnswers } from '../store/durable-answers.ts';
import type { Store } from '../store/store.ts';
import type { Call, CallHead, Route } from '../transport/http-service.ts';
import {
  readAuthenticationInitiationRequest,
  readRevokeAuthorizationRequest,
  writeAuthenticationInitiationResponse,
  writeRevokeAuthorizationResponse,
} from '../wire/aef-security-api.ts';
import { malformedAnswer, problemAnswer } from '../wire/problem-details.ts';
import type { Admissions } from './admissions/admissions.ts';
import type { InitiationLimit } from './initiation-limit.ts';

type AefRoutesOptions = {
  aefId: string;
  core: CoreAddress;
  admissions: Admissions;
  limit: InitiationLimit;
  /** Ends the rights of an invoker at the services of this AEF that have these APIs; false if there is none. */
  revoke(apiInvokerId: string, apiIds: readonly string[], facts: TransportFacts): boolean;
  invokerOf(certificate: PeerCertificate): string | undefined;
  /** A revocation is acknowledged once it is durable. */
  store: Store;
  onError(error: unknown): void;
};

export function aefRoutes(options: AefRoutesOptions): Route[] {
  const { aefId, core, admissions, limit, revoke, invokerOf, store, onError } = options;
  const seen = ({ facts: { tls, suite } }: Call, referencePoint: string, from: string) => ({
    referencePoint,
    from,
    to: aefId,
    tls,
    suite,
  });
  /** The invoker that the connection proves to come from. */
  function provenInvoker({ facts: { proof } }: CallHead): string | undefined {
    if (proof.by === 'PSK') return proof.identity;
    return proof.by === 'certificate' ? invokerOf(proof.certificate) : undefined;
  }
  const initiation: Route = {
    method: 'POST',
    path: '/aef-security/v1/check-authentication',
    consumes: 'application/json',
    // Anybody may send it: an id and a list of features.
    bodyLimitBytes: 4096,
    refuse: (head) =>
      provenInvoker(head) === undefined && admissions.hasNoRoomForStrangers() ? limit.noRoom(head) : undefined,
    async answer(call) {
      const read = readAuthenticationInitiationRequest(call.body);
      if (read.outcome === 'malformed') return malformedAnswer(read);
      const { apiInvokerId } = read.value;
      const isOwn = provenInvoker(call) === apiInvokerId;
      const refused = isOwn ? undefined : limit.refusal(call);
      if (refused) return refused;
      const message = await admissions.initiate(apiInvokerId, seen(call, 'CAPIF-2e', apiInvokerId), isOwn);
      if (!message) return limit.noRoom(call);
      // Anybody else would learn which invokers there are: a stranger finds out only with its key or its token.
      if (message.type === 'AuthenticationInitiationRefused' && isOwn)
        return problemAnswer('NOT_AUTHENTICATED', 'the core gives no security information about this API invoker');
      return writeAuthenticationInitiationResponse({ supportedFeatures: '0' });
    },
  };
  const revocation: Route = {
    method: 'POST',
    path: '/aef-security/v1/revoke-authorization',
    consumes: 'application/json',
    bodyLimitBytes: 64 * 1024,
    refuse(head) {
      if (!isCore(core, head.socket)) {
        return problemAnswer('NOT_AUTHENTICATED', 'only the CAPIF core function may revoke, by its certificate');
      }
      return undefined;
    },
    answer(call) {
      const read = readRevokeAuthorizationRequest(call.body);
      if (read.outcome === 'malformed') return malformedAnswer(read);
      const { apiInvokerId, apiIds, aefId: asked = aefId } = read.value.revokeInfo;
      if (asked !== aefId || !revoke(apiInvokerId, apiIds, seen(call, 'CAPIF-3', 'CCF')))
        return problemAnswer('NOT_FOUND', 'this AEF exposes none of these service APIs; nothing is revoked');
      return writeRevokeAuthorizationResponse({ supportedFeatures: '0' });
    },
  };
  return [initiation, ...withDurableAnswers([revocation], store, onError)];
}
