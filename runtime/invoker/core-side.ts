/**
 * The invoker's side of CAPIF-1e: one mutually authenticated TLS connection per negotiation (6.3, B.2), the requests
 * that go over it, and the AEFPSK that is derived from it (A.1). It performs what the machine asks for, and tells it
 * what happened.
 */
import type { TLSSocket } from 'node:tls';
import type { apiInvoker } from '../../machines/api-invoker.ts';
import type {
  MessageToCore,
  MessageToInvoker,
  SecurityMethodRequest,
  SecurityMethodUpdateRequest,
} from '../../machines/messages.ts';
import type { Clock } from '../clock.ts';
import { scopeOf } from '../credentials/access-token-scope.ts';
import { AefPskUnavailable, deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import type { CoreAddress, OwnCertificate } from '../credentials/core-contact.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import type { AnswersOf, Participant } from '../participant.ts';
import { waitAskedForMs } from '../transport/answer-headers.ts';
import { tlsOutcome } from '../transport/client-connection.ts';
import type { Connector, ExchangeOutcome } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { redirecting } from '../transport/redirections.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { readAccessTokenResponse, writeAccessTokenRequest } from '../wire/access-token-api.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import {
  readSecurityMethodResponse,
  readSecurityMethodUpdateResponse,
  writeSecurityMethodRequest,
  writeSecurityMethodUpdateRequest,
} from '../wire/security-api.ts';
import { factsWithReason, isRefusal } from './peer-answer.ts';
import type { Service } from './services.ts';
import { isAbout, securityInfoPerApi, subjectOf } from './subject-of-negotiation.ts';

export type CoreSideOptions = {
  core: CoreAddress;
  apiInvokerId: string;
  service: Service;
  certificate: OwnCertificate;
  notificationDestination: string;
  tls: TlsVersions;
  timeoutMs: number;
  clock: Clock;
  tell: Participant<typeof apiInvoker, never>['tell'];
  /** The core has given a credential: its life begins, which may have a length of its own. */
  onCredential(ownMs?: number): void;
  /** The core has asked for a pause. */
  onPostponed(ms: number): void;
};

const answersToFirst = [
  'SecurityMethodResponse',
  'NoCommonMethod',
  'SecurityMethodRefused',
  'exchange.failed',
] as const;
/** What this side may tell of each request on CAPIF-1e. */
export const answersOfCore = {
  'openTls capifCoreFunction': ['tls.established', 'tls.failed'],
  SecurityMethodRequest: answersToFirst,
  SecurityMethodUpdateRequest: [...answersToFirst, 'SecurityContextNotFound'],
  AccessTokenRequest: ['AccessTokenResponse', 'AccessTokenRefused', 'exchange.failed'],
  deriveAefPsk: ['aefPsk.derived', 'aefPsk.failed'],
} as const satisfies AnswersOf<typeof apiInvoker>;

type Request = Exclude<keyof typeof answersOfCore, 'openTls capifCoreFunction' | 'deriveAefPsk'>;
type Answered = ExchangeOutcome & { outcome: 'answered' };
type Understood<R extends Request> =
  | { message: Extract<MessageToInvoker, { type: (typeof answersOfCore)[R][number] }> }
  | { because: string };

export class CoreSide {
  readonly #options: CoreSideOptions;
  #connection: Connector | undefined;
  /** The connection that carried the latest negotiation. */
  #socket: TLSSocket | undefined;
  #negotiations = 0;
  #aefPsk: { credential: number; key: Buffer } | undefined;
  #accessToken: string | undefined;
  #closed = false;

  constructor(options: CoreSideOptions) {
    this.#options = options;
  }

  async openConnection(): Promise<void> {
    const { core, certificate, tls, timeoutMs, clock, tell } = this.#options;
    const opening = redirecting({
      ...core,
      credential: { by: 'certificate', ...certificate },
      checkServerIdentity: coreIdentityCheck(core),
      singleConnection: true,
      tls,
      timeoutMs,
      clock,
    });
    this.#connection?.close();
    this.#connection = opening;
    const outcome = await opening.open();
    if (this.#connection !== opening || this.#closed) return;
    tell(tlsOutcome(outcome), { facts: factsOf(outcome, this.#base) });
  }

  /** PUT for the first negotiation, POST …/update for the others (TS 29.222 8.5.2.3). */
  send(message: MessageToCore): Promise<void> {
    const { apiInvokerId, service } = this.#options;
    switch (message.type) {
      case 'SecurityMethodRequest':
        return this.#ask<typeof message.type>(
          writeSecurityMethodRequest(this.#negotiation(message)),
          'PUT trustedInvokers',
          (answer) => this.#selectionIn(answer, message, readSecurityMethodResponse),
        );
      case 'SecurityMethodUpdateRequest':
        return this.#ask<typeof message.type>(
          writeSecurityMethodUpdateRequest(this.#negotiation(message)),
          'POST trustedInvokers/update',
          (answer) =>
            answer.status === 404
              ? { message: { type: 'SecurityContextNotFound' } }
              : this.#selectionIn(answer, message, readSecurityMethodUpdateResponse),
        );
      case 'AccessTokenRequest': {
        const scope = scopeOf(service.aefId, [service.apiName]);
        const request = writeAccessTokenRequest({ securityId: apiInvokerId, clientId: apiInvokerId, scope });
        return this.#ask<typeof message.type>(request, 'POST securities/token', (answer) => this.#tokenIn(answer));
      }
      default:
        throw new Error(`an invoker does not send ${message.type} about an AEF`);
    }
  }

  deriveAefPsk(credential: number): void {
    const { service, tell } = this.#options;
    if (!this.#socket) throw new Error('nothing has been negotiated yet');
    try {
      this.#aefPsk = { credential, key: deriveAefPsk(this.#socket, serviceApiInterface(service)).key };
      tell({ type: 'aefPsk.derived' });
    } catch (error) {
      if (!(error instanceof AefPskUnavailable)) throw error;
      tell({ type: 'aefPsk.failed' }, { facts: { ...this.#base, note: error.message } });
    }
  }

  aefPsk(credential: number): Buffer {
    if (this.#aefPsk?.credential !== credential) throw new Error(`there is no AEFPSK of credential ${credential}`);
    return this.#aefPsk.key;
  }

  get accessToken(): string | undefined {
    return this.#accessToken;
  }

  closeConnection(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#socket = undefined;
  }

  close(): void {
    this.#closed = true;
    this.closeConnection();
  }

  get #base() {
    return { referencePoint: 'CAPIF-1e', from: this.#options.apiInvokerId, to: 'CCF' };
  }

  #negotiation({ supported, names }: Negotiation) {
    const { apiInvokerId, service, notificationDestination } = this.#options;
    const entries = [{ ...subjectOf(service, names), supported }];
    return { apiInvokerId, entries, notificationDestination, supportedFeatures: securityInfoPerApi };
  }

  async #ask<R extends Request>(
    request: HttpRequest,
    line: string,
    understand: (answer: Answered) => Understood<R>,
  ): Promise<void> {
    const asked = this.#connection;
    if (!asked) throw new Error('the CAPIF-1e connection is not open');
    const outcome = await asked.request(request);
    if (this.#connection !== asked || this.#closed) return;
    const facts = factsWithReason(outcome, { ...this.#base, request: line });
    const { tell, clock, onPostponed } = this.#options;
    onPostponed(waitAskedForMs(outcome, clock));
    if (outcome.outcome !== 'answered') return tell({ type: 'exchange.failed' }, { facts });
    const understood = understand(outcome);
    if ('message' in understood) tell(understood.message, { facts });
    else tell({ type: 'exchange.failed' }, { facts: { note: understood.because, ...facts } });
  }

  /** What both negotiations may be answered. */
  #selectionIn(
    answer: Answered,
    { names }: Negotiation,
    readSelection: typeof readSecurityMethodResponse,
  ): Understood<'SecurityMethodRequest'> {
    const { service, onCredential } = this.#options;
    this.#socket = answer.socket;
    if (isRefusal(answer.status)) return { message: { type: 'SecurityMethodRefused' } };
    const read = readSelection(answer);
    if (read.outcome === 'malformed') return { because: read.because };
    const entry = read.value.entries.find((one) => isAbout(one, subjectOf(service, names)));
    if (!entry) return { because: `no answer about ${service.aefId}` };
    this.#negotiations += 1;
    if (!entry.selected) return { message: { type: 'NoCommonMethod' } };
    onCredential();
    const credential = entry.credential ?? this.#negotiations;
    return { message: { type: 'SecurityMethodResponse', selected: entry.selected, credential } };
  }

  #tokenIn(answer: Answered): Understood<'AccessTokenRequest'> {
    if (isRefusal(answer.status)) return { message: { type: 'AccessTokenRefused' } };
    const read = readAccessTokenResponse(answer);
    if (read.outcome === 'malformed') return { because: read.because };
    this.#accessToken = read.value.token;
    this.#options.onCredential(usableMs(read.value.expiresIn));
    return { message: { type: 'AccessTokenResponse' } };
  }
}

type Negotiation = SecurityMethodRequest | SecurityMethodUpdateRequest;

/**
 * For how long a token is used (C.5): less than its life, so that it does not end on its way. A life of less than a second
 * is not timed, as its end would come before an invocation.
 */
function usableMs(expiresInSeconds: number): number | undefined {
  const ms = expiresInSeconds * 1000;
  return ms < 1000 ? undefined : ms - Math.min(30_000, ms / 10);
}
