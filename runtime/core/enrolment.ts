/**
 * The parties that the core knows: API invokers by onboarding (6.1), and functions of API providers by registration
 * (TS 29.222 8.9). Public keys and requests in, identities and certificates out.
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { InvokerOffboarded } from '../../machines/effects.ts';
import { invokerProfile } from '../../machines/invoker-profile.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { Clock } from '../clock.ts';
import { type CertificateIdentity, provenIdentity } from '../credentials/certificate-identity.ts';
import type { CertificateAuthority } from '../credentials/certificates.ts';
import {
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  type Resting,
  resumed,
} from '../participant.ts';
import { thinning } from '../thinning.ts';
import type { IdSource } from './ids.ts';

type Profile = Participant<typeof invokerProfile, never>;
type ProviderFunction = { id: string; role: 'AEF' | 'APF' | 'AMF'; domainId: string; certificate: string };
type WantedFunction = { role: ProviderFunction['role']; publicKey: string };
type ProviderDomain = { domainId: string; functions: ProviderFunction[] };
type OnboardedInvoker = { apiInvokerId: string; certificate: string };
/** `expires` in milliseconds since 1970. */
type UsedToken = { keyHash: string; onboarded: Promise<OnboardedInvoker>; expires: number };
type OnboardingToken = { tokenId: string; expires: number };
/** Longer than any leeway for clocks that differ (C.2.2). */
const expiredForGoodMs = 60_000;

type EnrolmentOptions = {
  authority: CertificateAuthority;
  clock: Clock;
  ids: IdSource;
  record: Recorder;
  tellContexts(apiInvokerId: string, event: InvokerOffboarded): void;
};

const certificateRoles = {
  AEF: 'apiExposingFunction',
  APF: 'apiPublishingFunction',
  AMF: 'apiManagementFunction',
} as const;
const idOf = { AEF: 'aef', APF: 'apf', AMF: 'amf' } as const;

export class Enrolment {
  readonly #options: EnrolmentOptions;
  /** Between connections, a profile rests. */
  readonly #profiles = new Map<string, Profile | Resting>();
  readonly #onboarded = new Set<string>();
  readonly #connections = new Map<string, number>();
  readonly #functions = new Map<string, ProviderFunction>();
  /** By the functions that were asked for. */
  readonly #domains = new Map<string, Promise<ProviderDomain>>();
  /** Each onboarding credential serves one public key; asking again with it gets the same answer. Kept until it expires. */
  readonly #usedTokens = new Map<string, UsedToken>();
  /** The authority may have issued others, for a core that was there before this one. */
  readonly #fingerprints = new Set<string>();
  #refusals = 0;
  readonly #isRefusalKept = thinning();

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  /** Undefined if this token has served another key, or an offboarded invoker. Rejects with CertificateRequestRefused. */
  async onboard(
    { tokenId, expires }: OnboardingToken,
    publicKey: string,
    facts: TransportFacts,
  ): Promise<OnboardedInvoker | undefined> {
    this.#forgetExpiredTokens();
    const keyHash = createHash('sha256').update(publicKey.trim()).digest('base64');
    const used = this.#usedTokens.get(tokenId);
    if (used) {
      const known = used.keyHash === keyHash ? await used.onboarded : undefined;
      return known && this.isOnboarded(known.apiInvokerId) ? known : undefined;
    }
    const onboarded = this.#onboardOnce(publicKey, facts);
    this.#usedTokens.set(tokenId, { keyHash, onboarded, expires });
    // A refused certificate request does not use the token up.
    onboarded.catch(() => this.#usedTokens.delete(tokenId));
    return onboarded;
  }

  /** Anybody may ask: few of those who are refused are recorded. */
  refuseOnboarding(facts: TransportFacts): void {
    this.#refusals += 1;
    const record = this.#isRefusalKept() ? this.#options.record : () => {};
    const profile = this.#profileOf(`unknown-invoker-${this.#refusals}`, record);
    profile.tell({ type: 'onboarding.unauthenticated' }, { facts });
  }

  /** False if there is no such invoker. */
  offboard(apiInvokerId: string, facts: TransportFacts): boolean {
    const profile = this.#profile(apiInvokerId);
    profile?.ask({ type: 'OffboardApiInvokerRequest' }, { facts });
    this.#layToRest(apiInvokerId);
    return profile !== undefined;
  }

  isOnboarded = (apiInvokerId: string): boolean => this.#onboarded.has(apiInvokerId);

  /** A finished handshake: the profile of an invoker hears of its first connection, and of the end of its last. */
  connected(socket: TLSSocket): void {
    const identity = this.#enrolled(socket);
    const profile = identity?.role === 'apiInvoker' ? this.#profile(identity.id) : undefined;
    if (!identity || !profile) return;
    const before = this.#connections.get(identity.id) ?? 0;
    this.#connections.set(identity.id, before + 1);
    if (before === 0) profile.tell({ type: 'tls.established' });
    socket.once('close', () => {
      const left = (this.#connections.get(identity.id) ?? 1) - 1;
      this.#connections.set(identity.id, left);
      if (left > 0) return;
      this.#connections.delete(identity.id);
      profile.tell({ type: 'tls.closed' });
      this.#layToRest(identity.id);
    });
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
    const registered = this.#registerOnce(wanted, address);
    this.#domains.set(key, registered);
    registered.catch(() => this.#domains.delete(key));
    return registered;
  }

  async #registerOnce(wanted: readonly WantedFunction[], address: string): Promise<ProviderDomain> {
    const domainId = this.#options.ids('provider');
    const functions = await Promise.all(
      wanted.map(async ({ role, publicKey }): Promise<ProviderFunction> => {
        const id = this.#options.ids(idOf[role]);
        const subject = { role: certificateRoles[role], id };
        const usages: ('server' | 'client')[] = role === 'AEF' ? ['server', 'client'] : ['client'];
        const names = { ip: [address] };
        return { id, role, domainId, certificate: await this.#issue({ subject, publicKey, names, usages }) };
      }),
    );
    for (const one of functions) this.#functions.set(one.id, one);
    return { domainId, functions };
  }

  function = (id: string): ProviderFunction | undefined => this.#functions.get(id);

  /** The function that this connection has proven to be, or undefined. */
  provenFunction(socket: TLSSocket, role: 'AEF' | 'APF'): ProviderFunction | undefined {
    const identity = this.#enrolled(socket);
    const found = identity?.role === certificateRoles[role] ? this.#functions.get(identity.id) : undefined;
    return found?.role === role ? found : undefined;
  }

  /** Whether the peer has a certificate that this core has issued. */
  isEnrolled = (socket: TLSSocket): boolean => this.#enrolled(socket) !== undefined;

  provenInvoker(socket: TLSSocket): string | undefined {
    const identity = this.#enrolled(socket);
    return identity?.role === 'apiInvoker' ? identity.id : undefined;
  }

  /** A certificate counts only if this core has issued it: an id alone could be that of another party, before a restart. */
  #enrolled(socket: TLSSocket): CertificateIdentity | undefined {
    const identity = provenIdentity(socket);
    return identity && this.#fingerprints.has(socket.getPeerCertificate().fingerprint256) ? identity : undefined;
  }

  #profileOf(apiInvokerId: string, record = this.#options.record, resting?: Resting): Profile {
    const { tellContexts } = this.#options;
    const performers: Performers<never> = {
      ...noPerformers,
      send: ({ message }, { answer }) => {
        if (message.type === 'OnboardApiInvokerResponse') this.#onboarded.add(apiInvokerId);
        answer?.(message);
      },
      tell: ({ event }) => {
        this.#onboarded.delete(apiInvokerId);
        tellContexts(apiInvokerId, event as InvokerOffboarded);
      },
    };
    return resting
      ? resumed(apiInvokerId, performers, record, resting)
      : participant<typeof invokerProfile>(apiInvokerId, performers, record, invokerProfile);
  }

  #profile(apiInvokerId: string): Profile | undefined {
    const known = this.#profiles.get(apiInvokerId);
    if (!known || 'tell' in known) return known;
    const profile = this.#profileOf(apiInvokerId, this.#options.record, known);
    this.#profiles.set(apiInvokerId, profile);
    return profile;
  }

  #layToRest(apiInvokerId: string): void {
    const known = this.#profiles.get(apiInvokerId);
    if (known && 'tell' in known && !this.#connections.has(apiInvokerId))
      this.#profiles.set(apiInvokerId, known.rest());
  }

  /** The oldest first: whoever shows one of these is refused because it has expired. */
  #forgetExpiredTokens(): void {
    const now = this.#options.clock.now();
    for (const [tokenId, { expires }] of this.#usedTokens) {
      if (now < expires + expiredForGoodMs) return;
      this.#usedTokens.delete(tokenId);
    }
  }

  async #onboardOnce(publicKey: string, facts: TransportFacts): Promise<OnboardedInvoker> {
    const apiInvokerId = this.#options.ids('api-invoker');
    const subject = { role: 'apiInvoker', id: apiInvokerId } as const;
    const certificate = await this.#issue({ subject, publicKey, usages: ['client'] });
    const profile = this.#profileOf(apiInvokerId);
    this.#profiles.set(apiInvokerId, profile);
    profile.ask({ type: 'OnboardApiInvokerRequest' }, { facts });
    this.#layToRest(apiInvokerId);
    return { apiInvokerId, certificate };
  }

  async #issue(request: Omit<Parameters<CertificateAuthority['issue']>[0], 'now'>): Promise<string> {
    const certificate = await this.#options.authority.issue({ ...request, now: this.#options.clock.now() });
    this.#fingerprints.add(new X509Certificate(certificate).fingerprint256);
    return certificate;
  }
}
