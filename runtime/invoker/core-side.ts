/**
 * The invoker's side of CAPIF-1e: one mutually authenticated TLS connection per negotiation (6.3, B.2), the requests
 * that go over it, and the AEFPSK that is derived from it (A.1).
 */
import type { TLSSocket } from 'node:tls';
import type { Message } from '../../machines/messages.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Clock } from '../clock.ts';
import { scopeOf } from '../credentials/access-token-scope.ts';
import { deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import { identityOf } from '../credentials/certificate-identity.ts';
import type { ConnectOutcome } from '../transport/client-connection.ts';
import { type Connector, connector, type ExchangeOutcome } from '../transport/connector.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { readAccessTokenResponse, writeAccessTokenRequest } from '../wire/access-token-api.ts';
import {
  readSecurityMethodResponse,
  readSecurityMethodUpdateResponse,
  writeSecurityMethodRequest,
  writeSecurityMethodUpdateRequest,
} from '../wire/security-api.ts';
import type { OwnCertificate } from './aef-side.ts';

export type CoreAddress = { host: string; port: number; ca: string };

/** The server must be a core function of this authority, not merely someone with a certificate of it. */
export function checkCoreIdentity(_: string, presented: { subjectaltname?: string }): Error | undefined {
  return identityOf(presented)?.role === 'capifCoreFunction'
    ? undefined
    : new Error('the certificate is not that of a core');
}

export type CoreSideOptions = {
  core: CoreAddress;
  apiInvokerId: string;
  aefId: string;
  apiName: string;
  address: { host: string; port: number };
  certificate: OwnCertificate;
  notificationDestination: string;
  tls: TlsVersions;
  timeoutMs: number;
  clock: Clock;
};

type Answered = ExchangeOutcome & { outcome: 'answered' };

/** A message for the machine, or undefined where the core did not answer in a way that we understand. */
export type Heard = { message: Message | undefined; outcome: ExchangeOutcome; because?: string };

export function createCoreSide(options: CoreSideOptions) {
  const { core, apiInvokerId, aefId, apiName, address, certificate, notificationDestination } = options;
  const { tls, timeoutMs, clock } = options;
  const scope = scopeOf(aefId, [apiName]);
  let connection: Connector | undefined;
  let socket: TLSSocket | undefined;
  let negotiations = 0;
  let accessToken: string | undefined;

  function over(): Connector {
    if (!connection) throw new Error('the CAPIF-1e connection is not open');
    return connection;
  }

  function understood(answer: Answered): Pick<Heard, 'message' | 'because'> {
    const { status } = answer;
    if (status === 404) return { message: { type: 'SecurityContextNotFound' } };
    if (status === 401 || status === 403) return { message: { type: 'SecurityMethodRefused' } };
    const read = status === 201 ? readSecurityMethodResponse(answer) : readSecurityMethodUpdateResponse(answer);
    if (read.outcome === 'malformed') return { message: undefined, because: read.because };
    const entry = read.value.entries.find((one) => one.aefId === aefId);
    if (!entry) return { message: undefined, because: `no answer about ${aefId}` };
    negotiations += 1;
    if (!entry.selected) return { message: { type: 'NoCommonMethod' } };
    const credential = entry.credential ?? negotiations;
    return { message: { type: 'SecurityMethodResponse', selected: entry.selected, credential } };
  }

  return {
    async open(): Promise<{ outcome: ConnectOutcome; current: boolean }> {
      const opening = connector({
        ...core,
        credential: { by: 'certificate', ...certificate },
        checkServerIdentity: checkCoreIdentity,
        singleConnection: true,
        tls,
        timeoutMs,
        clock,
      });
      connection?.close();
      connection = opening;
      const outcome = await opening.open();
      return { outcome, current: connection === opening };
    },

    /** PUT for the first negotiation, POST …/update for the others (TS 29.222 8.5.2.3). */
    async negotiate(first: boolean, supported: readonly SecurityMethod[]): Promise<Heard & { current: boolean }> {
      const asked = over();
      const write = first ? writeSecurityMethodRequest : writeSecurityMethodUpdateRequest;
      const entries = [{ aefId, supported }];
      const outcome = await asked.request(write({ apiInvokerId, entries, notificationDestination }));
      const current = connection === asked;
      if (outcome.outcome !== 'answered') return { message: undefined, outcome, current };
      socket = outcome.socket;
      return { ...understood(outcome), outcome, current };
    },

    async requestToken(): Promise<Heard & { current: boolean }> {
      const asked = over();
      const outcome = await asked.request(
        writeAccessTokenRequest({ securityId: apiInvokerId, clientId: apiInvokerId, scope }),
      );
      const current = connection === asked;
      if (outcome.outcome !== 'answered') return { message: undefined, outcome, current };
      if (outcome.status === 400 || outcome.status === 401 || outcome.status === 403) {
        return { message: { type: 'AccessTokenRefused' }, outcome, current };
      }
      const read = readAccessTokenResponse(outcome);
      if (read.outcome === 'malformed') return { message: undefined, outcome, current, because: read.because };
      accessToken = read.value.token;
      return { message: { type: 'AccessTokenResponse' }, outcome, current };
    },

    accessToken: () => accessToken,
    /** From the session that carried the latest negotiation. Throws AefPskUnavailable. */
    aefPsk: () => {
      if (!socket) throw new Error('nothing has been negotiated yet');
      return deriveAefPsk(socket, serviceApiInterface(address)).key;
    },

    close(): void {
      connection?.close();
      connection = undefined;
      socket = undefined;
    },
  };
}
