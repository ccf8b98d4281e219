/** The API invokers that the core knows, by onboarding (6.1): enrolments in, identities out. */
import type { TLSSocket } from 'node:tls';
import type { InvokerOffboarded } from '../../../machines/effects.ts';
import { invokerProfile } from '../../../machines/invoker-profile.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Clock } from '../../clock.ts';
import { Latest } from '../../latest.ts';
import {
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  type Resting,
  restingAt,
  resumed,
} from '../../participant.ts';
import type { Collection, Store } from '../../store/store.ts';
import { thinning } from '../../thinning.ts';
import type { ApiInvokerEnrolment } from '../../wire/invoker-management-api.ts';
import type { EnrolmentDetails } from './enrolment-details.ts';
import type { IdSource } from './ids.ts';
import type { IssuedCertificates } from './issued-certificates.ts';
import { OnboardingEnds } from './onboarding-ends.ts';
import type { OnboardedInvoker, OnboardingTokens } from './onboarding-tokens.ts';

type Profile = Participant<typeof invokerProfile, never>;
/** As an invoker is without connections, which end with the process. */
type KeptInvoker = { standing: Standing; isOnboarded: boolean };

type EnrolmentOptions = {
  certificates: IssuedCertificates;
  tokens: OnboardingTokens;
  details: EnrolmentDetails;
  store: Store;
  clock: Clock;
  ids: IdSource;
  record: Recorder;
  onOnboarded(apiInvokerId: string): void;
  tellContexts(apiInvokerId: string, event: InvokerOffboarded): void;
};

/**
 * So many invokers that are gone are told so by their own certificates. Beyond them, the certificates of those that went first count
 * no more, and they are strangers: invokers that come and go do not fill the core.
 */
const goneMax = 1_000;

export class Enrolment {
  readonly #options: EnrolmentOptions;
  /** Between connections, a profile rests. */
  readonly #profiles = new Map<string, Profile | Resting>();
  readonly #onboarded = new Set<string>();
  readonly #connections = new Map<string, number>();
  readonly #put: Collection<KeptInvoker>['put'];
  readonly #ends: OnboardingEnds;
  readonly #gone = new Latest(goneMax);
  #refusals = 0;
  readonly #isRefusalKept = thinning();

  constructor(options: EnrolmentOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<KeptInvoker>('api-invokers');
    this.#put = put;
    for (const [apiInvokerId, { standing, isOnboarded }] of kept) {
      this.#profiles.set(apiInvokerId, restingAt(invokerProfile, standing));
      if (isOnboarded) this.#onboarded.add(apiInvokerId);
      else this.#forgetAfter(apiInvokerId);
    }
    this.#ends = new OnboardingEnds({ clock: options.clock, expired: (apiInvokerId) => this.#expire(apiInvokerId) });
  }

  /** What has expired meanwhile ends: call it once, when contexts can be told. */
  resume(): void {
    for (const apiInvokerId of this.onboarded) this.limit(apiInvokerId);
  }

  /** It ends when its details say. */
  limit(apiInvokerId: string): void {
    this.#ends.endAt(apiInvokerId, this.#options.details.of(apiInvokerId)?.expTime);
  }

  close(): void {
    this.#ends.close();
  }

  /** Undefined if this token has served another key, or an offboarded invoker. Rejects with CertificateRequestRefused. */
  async onboard(
    tokenId: string,
    wanted: ApiInvokerEnrolment,
    facts: TransportFacts,
  ): Promise<OnboardedInvoker | undefined> {
    const { publicKeyPem } = wanted;
    const onboarded = await this.#options.tokens.use(tokenId, publicKeyPem, () => this.#onboardOnce(wanted, facts));
    return onboarded && this.isOnboarded(onboarded.apiInvokerId) ? onboarded : undefined;
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
    if (profile) this.#keep(apiInvokerId, profile);
    this.#layToRest(apiInvokerId);
    if (profile) this.#forgetAfter(apiInvokerId);
    return profile !== undefined;
  }

  isOnboarded = (apiInvokerId: string): boolean => this.#onboarded.has(apiInvokerId);

  get onboarded(): string[] {
    return [...this.#onboarded];
  }

  /** A finished handshake: the profile of an invoker hears of its first connection, and of the end of its last. */
  connected(socket: TLSSocket): void {
    const identity = this.#options.certificates.proven(socket);
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

  /** Whether the peer has a certificate that this core has issued. */
  isEnrolled = (socket: TLSSocket): boolean => this.#options.certificates.proven(socket) !== undefined;

  provenInvoker(socket: TLSSocket): string | undefined {
    const identity = this.#options.certificates.proven(socket);
    return identity?.role === 'apiInvoker' ? identity.id : undefined;
  }

  #profileOf(apiInvokerId: string, record = this.#options.record, resting?: Resting): Profile {
    const { tellContexts } = this.#options;
    const performers: Performers<never> = {
      ...noPerformers,
      send: ({ message }, { answer }) => {
        if (message.type === 'OnboardApiInvokerResponse') {
          this.#onboarded.add(apiInvokerId);
          this.#options.onOnboarded(apiInvokerId);
        }
        answer?.(message);
      },
      tell: ({ event }) => {
        this.#onboarded.delete(apiInvokerId);
        this.#ends.drop(apiInvokerId);
        this.#options.details.forget(apiInvokerId);
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

  #expire(apiInvokerId: string): void {
    const profile = this.#profile(apiInvokerId);
    if (!profile) return;
    profile.tell({ type: 'onboarding.expired' });
    this.#keep(apiInvokerId, profile);
    this.#layToRest(apiInvokerId);
    this.#forgetAfter(apiInvokerId);
  }

  /** This one is gone. */
  #forgetAfter(apiInvokerId: string): void {
    for (const first of this.#gone.add(apiInvokerId)) {
      this.#profiles.delete(first);
      this.#put(first, () => undefined);
      this.#options.certificates.end(first);
    }
  }

  #keep(apiInvokerId: string, profile: Profile): void {
    const kept = { standing: profile.standing(), isOnboarded: this.isOnboarded(apiInvokerId) };
    this.#put(apiInvokerId, () => kept);
  }

  async #onboardOnce(wanted: ApiInvokerEnrolment, facts: TransportFacts): Promise<OnboardedInvoker> {
    const apiInvokerId = this.#options.ids('api-invoker');
    const certificate = await this.#options.details.enrol(apiInvokerId, wanted);
    const profile = this.#profileOf(apiInvokerId);
    this.#profiles.set(apiInvokerId, profile);
    profile.ask({ type: 'OnboardApiInvokerRequest' }, { facts });
    this.#keep(apiInvokerId, profile);
    this.#layToRest(apiInvokerId);
    this.limit(apiInvokerId);
    return { apiInvokerId, certificate };
  }
}
