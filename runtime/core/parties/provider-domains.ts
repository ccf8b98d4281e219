/** API provider domains and their functions (TS 29.222 8.9): public keys and requests in, identities and certificates out. */
import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Collection, Store } from '../../store/store.ts';
import type { IssuedCertificates } from './issued-certificates.ts';

type WantedFunction = { role: 'AEF' | 'APF' | 'AMF'; publicKey: string; information?: string | undefined };
export type ProviderFunction = WantedFunction & { id: string; domainId: string; certificate: string };
type ProviderDomain = { domainId: string; functions: ProviderFunction[] };

type ProviderDomainsOptions = {
  certificates: IssuedCertificates;
  /** Gives an id that it has given to nothing else. */
  ids(named: 'provider' | 'aef' | 'apf' | 'amf'): string;
  store: Store;
};
/** `key`: what its registration is found by, if that has not been updated. */
type KeptDomain = { functions: ProviderFunction[]; key: string | undefined };

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
  readonly #put: Collection<KeptDomain>['put'];

  constructor(options: ProviderDomainsOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<KeptDomain>('provider-domains');
    this.#put = put;
    for (const [domainId, { functions, key }] of kept) {
      for (const one of functions) this.#functions.set(one.id, one);
      if (key === undefined) continue;
      this.#domains.set(key, Promise.resolve({ domainId, functions }));
      this.#keys.set(domainId, key);
    }
  }

  /**
   * One provider domain, with these functions, reached at this IP address. A registration that is repeated because its
   * first answer was lost finds the domain that it made. Rejects with CertificateRequestRefused.
   */
  register(wanted: readonly WantedFunction[], address: string): Promise<ProviderDomain> {
    const key = keyOf(wanted, address);
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

  /** Whether a registration would find the domain that it made. */
  isRegistered = (wanted: readonly WantedFunction[], address: string): boolean =>
    this.#domains.has(keyOf(wanted, address));

  /** How many domains there are, with those that are being made. */
  get count(): number {
    const known = [...this.#functions.values()].map(({ domainId }) => domainId);
    return new Set([...known, ...this.#keys.keys()]).size;
  }

  async #registerOnce(domainId: string, wanted: readonly WantedFunction[], address: string): Promise<ProviderDomain> {
    const functions = await Promise.all(
      wanted.map((one) => this.#certified(domainId, this.#options.ids(idOf[one.role]), one, address)),
    );
    for (const one of functions) this.#functions.set(one.id, one);
    this.#keep(domainId);
    return { domainId, functions };
  }

  async #certified(domainId: string, id: string, wanted: WantedFunction, address: string): Promise<ProviderFunction> {
    const { role, publicKey } = wanted;
    const subject = { role: certificateRoles[role], id };
    const usages: ('server' | 'client')[] = role === 'AEF' ? ['server', 'client'] : ['client'];
    const names = { ip: [address] };
    const certificate = await this.#options.certificates.issue({ subject, publicKey, names, usages });
    return { ...wanted, id, domainId, certificate };
  }

  /** Which of the functions of this domain a wanted one is: that of its id, or else that of its role and key. */
  known(domainId: string, { id, role, publicKey }: WantedFunction & { id?: string | undefined }) {
    return this.functionsOf(domainId).find((one) =>
      id === undefined ? one.role === role && one.publicKey === publicKey : one.id === id && one.role === role,
    );
  }

  /**
   * Makes these the functions of the domain; one with another key gets a certificate for it. `ended` are those that are
   * left out. Undefined if the domain has ended meanwhile. Rejects with CertificateRequestRefused.
   */
  async update(domainId: string, wanted: readonly (WantedFunction & { id?: string | undefined })[], address: string) {
    const functions = await Promise.all(
      wanted.map(async ({ id, ...one }) => {
        const known = this.known(domainId, { id, ...one });
        if (known?.publicKey === one.publicKey) return { ...known, ...one };
        return this.#certified(domainId, known?.id ?? this.#options.ids(idOf[one.role]), one, address);
      }),
    );
    const before = this.functionsOf(domainId);
    if (before.length === 0) {
      for (const { id } of functions) this.#options.certificates.end(id);
      return undefined;
    }
    const ended = before.filter(({ id }) => functions.every((one) => one.id !== id));
    this.#end(ended);
    this.#forgetRegistration(domainId);
    for (const one of functions) this.#functions.set(one.id, one);
    this.#keep(domainId);
    return { functions, ended };
  }

  /** Ends the domain: its functions are known no more, and their certificates do not count. These were its functions. */
  deregister(domainId: string): ProviderFunction[] {
    const functions = this.functionsOf(domainId);
    this.#end(functions);
    this.#forgetRegistration(domainId);
    this.#keep(domainId);
    return functions;
  }

  #keep(domainId: string): void {
    this.#put(domainId, () => {
      const functions = this.functionsOf(domainId);
      return functions.length > 0 ? { functions, key: this.#keys.get(domainId) } : undefined;
    });
  }

  #end(functions: readonly ProviderFunction[]): void {
    for (const { id } of functions) {
      this.#functions.delete(id);
      this.#options.certificates.end(id);
    }
  }

  #forgetRegistration(domainId: string): void {
    this.#domains.delete(this.#keys.get(domainId) ?? '');
    this.#keys.delete(domainId);
  }

  function = (id: string): ProviderFunction | undefined => this.#functions.get(id);

  /** The function that this connection has proven to be, or undefined. */
  provenFunction(socket: TLSSocket, role: ProviderFunction['role']): ProviderFunction | undefined {
    const found = this.proven(socket);
    return found?.role === role ? found : undefined;
  }

  /** Whether the peer manages this domain. */
  isManager = (socket: TLSSocket, domainId: string): boolean => this.managedDomain(socket) === domainId;

  /** The domain that the peer manages: as its AMF, or as any function of a domain that has none (TS 29.222 5.8.2). */
  managedDomain(socket: TLSSocket): string | undefined {
    const found = this.proven(socket);
    if (!found) return undefined;
    const { role, domainId } = found;
    const isManager = role === 'AMF' || this.functionsOf(domainId).every((one) => one.role !== 'AMF');
    return isManager ? domainId : undefined;
  }

  /** The function of whatever role that this connection has proven to be. */
  proven(socket: TLSSocket): ProviderFunction | undefined {
    const identity = this.#options.certificates.proven(socket);
    const found = identity && this.#functions.get(identity.id);
    return found && identity.role === certificateRoles[found.role] ? found : undefined;
  }

  functionsOf = (domainId: string): ProviderFunction[] =>
    [...this.#functions.values()].filter((one) => one.domainId === domainId);
}

const keyOf = (wanted: readonly WantedFunction[], address: string): string =>
  createHash('sha256')
    .update(JSON.stringify([address, wanted.map(({ role, publicKey }) => ({ role, publicKey }))]))
    .digest('base64');
