/**
 * The keys that an exposing function verifies access tokens with: one that it was given or has learnt, and those that
 * the core publishes as a JWK Set (RFC 7517), fetched when a token names a key that is not known yet.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { type TokenKey, thumbprint, tokenKey, tokenKeysIn } from '../credentials/token-keys.ts';
import { type ConnectorOptions, type ExchangeOutcome, requestOnce } from '../transport/connector.ts';
import { redirecting } from '../transport/redirections.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { readJsonAnswer } from '../wire/json-message.ts';

/**
 * `jwksUrl`: an https URL whose server has a certificate of `ca` (PEM; by default the core's authority). `pem`: a
 * public key or a certificate. Either replaces the keys that the exposing function finds by itself.
 */
export type TokenKeyOption = { pem: string } | { jwksUrl: string; ca?: string };

type TokenKeysOptions = {
  /** PEM. */
  given?: string | undefined;
  /** Asks for the JWK Set; undefined where nobody publishes one. */
  fetchJwkSet?: (() => Promise<ExchangeOutcome>) | undefined;
  clock: Clock;
};

/** Between two questions for the set: a token of a stranger may name any key. */
const pauseMs = 60_000;
/** A set that is older is asked for again, as a key may have been withdrawn. */
const freshMs = 3_600_000;

/** Where a core of this runtime publishes its key. */
export const jwkSetRequest: HttpRequest = { method: 'GET', path: '/.well-known/jwks.json' };

/** @throws TypeError for a URL that is not https */
export function jwkSetFrom(url: string, options: Omit<ConnectorOptions, 'host' | 'port'>) {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== 'https:') throw new TypeError('a JWK Set is fetched over https');
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return (): Promise<ExchangeOutcome> =>
    requestOnce(redirecting({ ...options, host, port: Number(port || 443) }), {
      ...jwkSetRequest,
      path: `${pathname}${search}`,
    });
}

const jwkSet = z.object({ keys: z.array(z.looseObject({})) });

export class TokenKeys {
  readonly #options: TokenKeysOptions;
  readonly #given: readonly TokenKey[];
  #published: readonly TokenKey[] = [];
  #asking: Promise<void> | undefined;
  #askedAt: number | undefined;
  #fetchedAt: number | undefined;

  /** @throws TypeError where the given PEM is not that of a key for signatures */
  constructor(options: TokenKeysOptions) {
    this.#options = options;
    this.#given = options.given === undefined ? [] : [tokenKey(options.given)];
  }

  /** Those that may have signed a token whose header names this key, or none. */
  keysFor = async (kid: string | undefined): Promise<readonly KeyObject[]> => {
    if (!this.#knows(kid) || this.#isStale()) await this.#refresh();
    return this.#known()
      .filter((known) => kid === undefined || known.kid === undefined || known.kid === kid)
      .map(({ key }) => key);
  };

  /** A given key has no name, but our own core calls it by its thumbprint. */
  #knows(kid: string | undefined): boolean {
    if (kid === undefined) return this.#fetchedAt !== undefined;
    return this.#known().some((known) => (known.kid ?? thumbprint(known.key)) === kid);
  }

  #known = (): readonly TokenKey[] => [...this.#published, ...this.#given];

  #isStale = (): boolean => this.#fetchedAt !== undefined && this.#options.clock.now() - this.#fetchedAt >= freshMs;

  async #refresh(): Promise<void> {
    const { clock } = this.#options;
    if (this.#askedAt !== undefined && clock.now() - this.#askedAt < pauseMs) return this.#asking;
    this.#askedAt = clock.now();
    this.#asking = this.#fetch();
    await this.#asking;
  }

  /** Where no set comes, what there was stays. */
  async #fetch(): Promise<void> {
    const outcome = await this.#options.fetchJwkSet?.();
    if (outcome?.outcome !== 'answered') return;
    const read = readJsonAnswer(outcome, [200], jwkSet);
    if (read.outcome === 'malformed') return;
    this.#published = tokenKeysIn(read.value.keys);
    this.#fetchedAt = this.#options.clock.now();
  }
}
