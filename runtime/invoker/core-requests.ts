/** Requests of an invoker to the core that need a connection of their own: onboarding, discovery, offboarding (CAPIF-1e). */
import type { Clock } from '../clock.ts';
import type { CoreAddress, OwnCertificate } from '../credentials/core-contact.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import type { Connector, ExchangeOutcome } from '../transport/connector.ts';
import { redirecting } from '../transport/redirections.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import type { HttpRequest } from '../wire/http-message.ts';

type CoreRequestsOptions = { core: CoreAddress; tls: TlsVersions; timeoutMs: number; clock: Clock };

export class CoreRequests {
  readonly #options: CoreRequestsOptions;
  readonly #open = new Set<Connector>();
  #isClosed = false;

  constructor(options: CoreRequestsOptions) {
    this.#options = options;
  }

  /** Without a certificate, the connection is server-authenticated only. */
  async once(request: HttpRequest, certificate?: OwnCertificate): Promise<ExchangeOutcome> {
    const { core, tls, timeoutMs, clock } = this.#options;
    const over = redirecting({
      ...core,
      credential: certificate ? { by: 'certificate', ...certificate } : { by: 'nothing' },
      checkServerIdentity: coreIdentityCheck(core),
      tls,
      timeoutMs,
      clock,
    });
    this.#open.add(over);
    const outcome = await over.request(request);
    over.close();
    this.#open.delete(over);
    return outcome;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    for (const over of this.#open) over.close();
  }
}
