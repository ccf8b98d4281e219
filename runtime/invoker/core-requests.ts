/** Requests of an invoker to the core that need a connection of their own: onboarding, discovery, offboarding (CAPIF-1e). */
import type { Clock } from '../clock.ts';
import type { CoreAddress, OwnCertificate } from '../credentials/core-contact.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import { type ExchangeOutcome, requestOnce } from '../transport/connector.ts';
import { redirecting } from '../transport/redirections.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { HttpRequest } from '../wire/http-message.ts';

type CoreRequestsOptions = { core: CoreAddress; tls: TlsVersions; timeoutMs: number; clock: Clock };

export class CoreRequests {
  readonly #options: CoreRequestsOptions;
  readonly #end = new AbortController();

  constructor(options: CoreRequestsOptions) {
    this.#options = options;
  }

  /** Without a certificate, the connection is server-authenticated only. */
  once(request: HttpRequest, certificate?: OwnCertificate): Promise<ExchangeOutcome> {
    const { core, tls, timeoutMs, clock } = this.#options;
    const over = redirecting({
      ...core,
      credential: certificate ? { by: 'certificate', ...certificate } : { by: 'nothing' },
      checkServerIdentity: coreIdentityCheck(core),
      tls,
      timeoutMs,
      clock,
    });
    return requestOnce(over, { ...request, signal: this.#end.signal });
  }

  get isClosed(): boolean {
    return this.#end.signal.aborted;
  }

  close(): void {
    this.#end.abort();
  }
}
