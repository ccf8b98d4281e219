/**
 * The invoker's side of CAPIF-2e: authentication initiation, and one connection per credential (6.5.2). It performs what
 * the machine asks for and tells it what happened; keys, tokens and certificates stay here.
 */
import type { apiInvoker } from '../../machines/api-invoker.ts';
import type { OpenTls } from '../../machines/effects.ts';
import type { Clock } from '../clock.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { aefIdentityCheck } from '../credentials/peer-identity.ts';
import type { AnswersOf, Participant } from '../participant.ts';
import { waitAskedForMs } from '../transport/answer-headers.ts';
import { tlsOutcome } from '../transport/client-connection.ts';
import type { ClientCredential } from '../transport/client-contexts.ts';
import type { Connector, ExchangeOutcome } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';
import { type RedirectingConnector, redirecting } from '../transport/redirections.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { writeAuthenticationInitiationRequest } from '../wire/aef-security-api.ts';
import { AefConnection } from './aef-connection.ts';
import type { CoreSide } from './core-side.ts';
import { factsWithReason, isRefusal } from './peer-answer.ts';
import type { Service } from './services.ts';

export type AefSideOptions = {
  apiInvokerId: string;
  service: Service;
  ca: string;
  certificate: OwnCertificate;
  tls: TlsVersions;
  timeoutMs: number;
  /** Invocations under way at once over one credential. */
  connectionsMax: number;
  clock: Clock;
  tell: Participant<typeof apiInvoker, never>['tell'];
  /** What the core has given for a credential. */
  credentials: Pick<CoreSide, 'aefPsk' | 'accessToken'>;
  /** The AEF has asked for a pause. */
  onPostponed(ms: number): void;
};

/** What this side may tell of each request on CAPIF-2e; of invocations, it is `answersToInvocation`. */
export const answersOfAef = {
  'openTls apiExposingFunction': ['tls.established', 'tls.failed'],
  AuthenticationInitiationRequest: [
    'AuthenticationInitiationResponse',
    'AuthenticationInitiationRefused',
    'exchange.failed',
  ],
} as const satisfies AnswersOf<typeof apiInvoker>;

type OpenAef = Extract<OpenTls, { to: 'apiExposingFunction' }>;

function initiated(outcome: ExchangeOutcome): (typeof answersOfAef)['AuthenticationInitiationRequest'][number] {
  if (outcome.outcome !== 'answered') return 'exchange.failed';
  if (outcome.status >= 200 && outcome.status < 300) return 'AuthenticationInitiationResponse';
  return isRefusal(outcome.status) ? 'AuthenticationInitiationRefused' : 'exchange.failed';
}

export class AefSide {
  readonly #options: AefSideOptions;
  readonly #open = new Set<Connector>();
  #initiating: Connector | undefined;
  #connection: AefConnection | undefined;
  #closed = false;

  constructor(options: AefSideOptions) {
    this.#options = options;
  }

  /** TS 29.222 6.2.2.2. With its certificate, if the AEF asks for one: ours tells only the invoker itself that it is refused. */
  async initiateAuthentication(): Promise<void> {
    const { apiInvokerId, certificate, tell, clock, onPostponed } = this.#options;
    const over = this.#connector({ by: 'certificate', ...certificate });
    this.#initiating = over;
    const outcome = await over.request(writeAuthenticationInitiationRequest({ apiInvokerId, supportedFeatures: '0' }));
    over.close();
    this.#open.delete(over);
    if (this.#initiating !== over || this.#closed) return;
    this.#initiating = undefined;
    const facts = factsWithReason(outcome, { ...this.#base, request: 'POST check-authentication' });
    onPostponed(waitAskedForMs(outcome, clock));
    tell({ type: initiated(outcome) }, { facts });
  }

  async openConnection(wanted: OpenAef): Promise<void> {
    const { tell, credentials } = this.#options;
    this.#connection?.retire();
    const over = this.#connector(this.#credentialFor(wanted));
    const accessToken = wanted.method === 'OAUTH' ? credentials.accessToken : undefined;
    const { connectionsMax } = this.#options;
    const connection = new AefConnection(over, { accessToken, connectionsMax }, () => this.#open.delete(over));
    this.#connection = connection;
    const outcome = await connection.open();
    if (this.#connection !== connection || this.#closed) return;
    tell(tlsOutcome(outcome), { facts: factsOf(outcome, this.#base) });
  }

  get connection(): AefConnection {
    if (!this.#connection) throw new Error('the CAPIF-2e connection is not open');
    return this.#connection;
  }

  /** Invocations under way are still answered; an initiation is abandoned, because it concerns an earlier credential. */
  closeConnection(): void {
    this.#initiating?.close();
    this.#initiating = undefined;
    this.#connection?.retire();
    this.#connection = undefined;
  }

  close(): void {
    this.#closed = true;
    for (const one of this.#open) one.close();
  }

  get #base() {
    return { referencePoint: 'CAPIF-2e', from: this.#options.apiInvokerId, to: this.#options.service.aefId };
  }

  #credentialFor({ method, credential }: OpenAef): ClientCredential {
    const { apiInvokerId, certificate, credentials } = this.#options;
    if (method !== 'PSK') return { by: 'certificate', ...certificate };
    return { by: 'PSK', identity: apiInvokerId, key: credentials.aefPsk(credential) };
  }

  #connector(credential: ClientCredential): RedirectingConnector {
    const { service, ca, tls, timeoutMs, clock } = this.#options;
    const { aefId, host, port } = service;
    const isAef = aefIdentityCheck(aefId);
    const made = redirecting({
      host,
      port,
      ca,
      credential,
      // Wherever the AEF redirects to: the invocation carries a token of this AEF.
      checkServerIdentity: (_name, presented) => isAef(host, presented),
      tls,
      timeoutMs,
      clock,
    });
    this.#open.add(made);
    return made;
  }
}
