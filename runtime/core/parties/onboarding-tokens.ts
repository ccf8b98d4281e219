/** The onboarding credentials that the core has given out (6.1): each serves one public key, until it expires or is revoked. */
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { type accessTokenIssuer, verifyOnboardingToken } from '../../credentials/access-token.ts';
import { derOf, pemOf } from '../../credentials/certificate-bytes.ts';
import type { Collection, Store } from '../../store/store.ts';

/** `certificate` in DER. */
export type OnboardedInvoker = { apiInvokerId: string; certificate: Buffer };
type Use = OnboardedInvoker & { keyHash: string };
type Token = {
  subject: string;
  /** Milliseconds since 1970. */
  expires: number;
  used: Use | undefined;
  isRevoked: boolean;
};
type KeptToken = Pick<Token, 'subject' | 'expires'> & {
  used?: (Omit<Use, 'certificate'> & { certificate: string }) | undefined;
  isRevoked?: boolean | undefined;
};
/** What the operator of a core is shown: never the token. */
export type OnboardingToken = {
  tokenId: string;
  /** Whom it was given to, as the operator has written it. */
  subject: string;
  /** Milliseconds since 1970. */
  expires: number;
  state: 'unused' | 'used' | 'revoked' | 'expired';
  /** Who was onboarded with it. */
  apiInvokerId?: string | undefined;
};
type Verified = { outcome: 'valid'; tokenId: string } | { outcome: 'refused'; because: string };

type OnboardingTokensOptions = {
  issuer: ReturnType<typeof accessTokenIssuer>;
  clock: Clock;
  store: Store;
};

/** Longer than any leeway for clocks that differ (C.2.2). */
const expiredForGoodMs = 60_000;

export class OnboardingTokens {
  readonly #options: OnboardingTokensOptions;
  readonly #tokens = new Map<string, Token>();
  readonly #put: Collection<KeptToken>['put'];
  /** What a token is being used for, until there is a certificate. */
  readonly #underWay = new Map<string, { keyHash: string; onboarded: Promise<OnboardedInvoker> }>();

  constructor(options: OnboardingTokensOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<KeptToken>('onboarding-tokens');
    for (const [tokenId, { subject, expires, used, isRevoked = false }] of kept)
      this.#tokens.set(tokenId, {
        ...{ subject, expires, isRevoked },
        used: used && { ...used, certificate: derOf(used.certificate) },
      });
    this.#put = put;
  }

  /** Rejects with RangeError where the token would never be valid. */
  async issue(subject: string, lifetimeSeconds: number): Promise<string> {
    const { issuer, clock } = this.#options;
    this.#forgetExpired();
    const tokenId = randomUUID();
    const token = await issuer.issueOnboardingToken({ tokenId, subject, lifetimeSeconds, now: clock.now() });
    this.#keep(tokenId, { subject, expires: clock.now() + lifetimeSeconds * 1000, used: undefined, isRevoked: false });
    return token;
  }

  get all(): OnboardingToken[] {
    const now = this.#options.clock.now();
    return [...this.#tokens].map(([tokenId, { subject, expires, used, isRevoked }]) => ({
      ...{ tokenId, subject, expires, apiInvokerId: used?.apiInvokerId },
      state: used ? 'used' : isRevoked ? 'revoked' : now >= expires ? 'expired' : 'unused',
    }));
  }

  /** Whoever was onboarded with it stays so. False if there is no such token. */
  revoke(tokenId: string): boolean {
    const known = this.#tokens.get(tokenId);
    if (known) this.#keep(tokenId, Object.assign(known, { isRevoked: true }));
    return known !== undefined;
  }

  /** A token that this core has not kept is refused, however well it is signed: it may have served somebody already. */
  async verify(token: string): Promise<Verified> {
    const { issuer, clock } = this.#options;
    const verified = await verifyOnboardingToken(token, issuer.publicKeyPem, clock.now());
    if (verified.outcome === 'expired') return { outcome: 'refused', because: 'has expired' };
    if (verified.outcome === 'invalid') return { outcome: 'refused', because: `is not valid: ${verified.because}` };
    const known = this.#tokens.get(verified.tokenId);
    if (!known) return { outcome: 'refused', because: 'is not one that this core has given out' };
    if (known.isRevoked) return { outcome: 'refused', because: 'has been revoked' };
    return { outcome: 'valid', tokenId: verified.tokenId };
  }

  isUsed = (tokenId: string): boolean => this.#tokens.get(tokenId)?.used !== undefined;

  /**
   * Who this public key is onboarded as: asked again, the same. Undefined if the token has served another key. If `onboard`
   * rejects, the token is not used up.
   */
  async use(tokenId: string, publicKey: string, onboard: () => Promise<OnboardedInvoker>) {
    const keyHash = createHash('sha256').update(publicKey.trim()).digest('base64');
    const used = this.#tokens.get(tokenId)?.used;
    if (used) return used.keyHash === keyHash ? used : undefined;
    const underWay = this.#underWay.get(tokenId);
    if (underWay) return underWay.keyHash === keyHash ? underWay.onboarded : undefined;
    const onboarded = onboard();
    this.#underWay.set(tokenId, { keyHash, onboarded });
    try {
      const { apiInvokerId, certificate } = await onboarded;
      const known = this.#tokens.get(tokenId);
      if (known) this.#keep(tokenId, Object.assign(known, { used: { keyHash, apiInvokerId, certificate } }));
      return { apiInvokerId, certificate };
    } finally {
      this.#underWay.delete(tokenId);
    }
  }

  #keep(tokenId: string, token: Token): void {
    this.#tokens.set(tokenId, token);
    this.#put(tokenId, () => {
      const known = this.#tokens.get(tokenId);
      if (!known) return undefined;
      const { subject, expires, used, isRevoked } = known;
      const usedFor = used && { ...used, certificate: pemOf(used.certificate) };
      return { subject, expires, used: usedFor, isRevoked: isRevoked || undefined };
    });
  }

  /** Whoever shows one of these is refused because it has expired. */
  #forgetExpired(): void {
    const now = this.#options.clock.now();
    for (const [tokenId, { expires }] of this.#tokens) {
      if (now < expires + expiredForGoodMs) continue;
      this.#tokens.delete(tokenId);
      this.#put(tokenId, () => undefined);
    }
  }
}
