/** API provider domains and their functions (TS 29.222 8.9): public keys and requests in, identities and certificates out. */
import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { IssuedCertificates } from './issued-certificates.ts';

type ProviderFunction = { id: string; role: 'AEF' | 'APF' | 'AMF'; domainId: string; certificate: string };
type WantedFunction = { role: ProviderFunction['role']; publicKey: string };
type ProviderDomain = { domainId: string; functions: ProviderFunction[] };

type ProviderDomainsOptions = {
  certificates: IssuedCertificates;
  /** Gives an id that it has given to nothing else. */
  ids(named: 'provider' | 'aef' | 'apf' | 'amf'): string;
};

const certificateRoles = {
  AEF: 'apiExposingFunction',
  APF: 'apiPublishingFunction',
  AMF: 'apiManagementFunction',
} as const;
const idOf = { AEF: 'aef', APF: 'apf', AMF: 'amf' } as const;

export class ProviderDomains {
  readonly #options: ProviderDomainsOptions;
  readonly #functions = new Map<string, ProviderFunction>();
  /** By the functions that were asked for. */
  readonly #domains = new Map<string, Promise<ProviderDomain>>();
  /** Of each domain, what it is found by there. */
  readonly #keys = new Map<string, string>();

  constructor(options: ProviderDomainsOptions) {
    this.#options = options;
  }

  /**
   * One provider domain, with these functions, reached at this IP address. A registration that is repeated because its
   * first answer was lost finds the domain that it made. Rejects with CertificateRequestRefused.
   */
  register(wanted: readonly WantedFunction[], address: string): Promise<ProviderDomain> {
    const key = createHash('sha256')
      .update(JSON.stringify([address, wanted]))
      .digest('base64');
    const again = this.#domains.get(key);
    if (again) return again;
    const domainId = this.#options.ids('provider');
    const registered = this.#registerOnce(domainId, wanted, address);
    this.#domains.set(key, registered);
    this.#keys.set(domainId, key);
    registered.catch(() => {
      this.#domains.delete(key);
      this.#keys.delete(domainId);
    });
    return registered;
  }

  async #registerOnce(domainId: string, wanted: readonly WantedFunction[], address: string): Promise<ProviderDomain> {
    const functions = await Promise.all(
      wanted.map(async ({ role, publicKey }): Promise<ProviderFunction> => {
        const id = this.#options.ids(idOf[role]);
        const subject = { role: certificateRoles[role], id };
        const usages: ('server' | 'client')[] = role === 'AEF' ? ['server', 'client'] : ['client'];
        const names = { ip: [address] };
        const certificate = await this.#options.certificates.issue({ subject, publicKey, names, usages });
        return { id, role, domainId, certificate };
      }),
    );
    for (const one of functions) this.#functions.set(one.id, one);
    return { domainId, functions };
  }

  /** Ends the domain: its functions are known no more, and their certificates do not count. These were its functions. */
  deregister(domainId: string): ProviderFunction[] {
    const functions = this.#functionsOf(domainId);
    for (const { id } of functions) {
      this.#functions.delete(id);
      this.#options.certificates.end(id);
    }
    this.#domains.delete(this.#keys.get(domainId) ?? '');
    this.#keys.delete(domainId);
    return functions;
  }

  function = (id: string): ProviderFunction | undefined => this.#functions.get(id);

  /** The function that this connection has proven to be, or undefined. */
  provenFunction(socket: TLSSocket, role: ProviderFunction['role']): ProviderFunction | undefined {
    const found = this.#proven(socket);
    return found?.role === role ? found : undefined;
  }

  /** Whether the peer manages this domain: as its AMF, or as any function of a domain that has none (TS 29.222 5.8.2). */
  isManager(socket: TLSSocket, domainId: string): boolean {
    const found = this.#proven(socket);
    if (found?.domainId !== domainId) return false;
    return found.role === 'AMF' || this.#functionsOf(domainId).every(({ role }) => role !== 'AMF');
  }

  #proven(socket: TLSSocket): ProviderFunction | undefined {
    const identity = this.#options.certificates.proven(socket);
    const found = identity && this.#functions.get(identity.id);
    return found && identity.role === certificateRoles[found.role] ? found : undefined;
  }

  #functionsOf = (domainId: string): ProviderFunction[] =>
    [...this.#functions.values()].filter((one) => one.domainId === domainId);
}
