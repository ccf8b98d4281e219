/**
 * Invokers that are onboarded, negotiate and are revoked, operators who issue tokens, an AEF that is published: all at once,
 * against a core that is killed meanwhile. It remembers what was acknowledged, and checks that it is there.
 */
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { createExposingFunction, type ExposingFunction } from '../exposing/exposing-function.ts';
import { createInvoker, type Invoker } from '../invoker/invoker.ts';

export type CoreUnderStorm = {
  address(): { host: string; port: number; ca: string };
  registrationSecret(): string;
  /** A command of its operator. */
  control(command: string, argument: unknown): Promise<unknown>;
};

const pause = { firstMs: 10, longestMs: 50 };

export class CoreStorm {
  readonly #core: CoreUnderStorm;
  readonly #invokers: Invoker[] = [];
  readonly #revoked: Invoker[] = [];
  readonly #aefs: ExposingFunction[] = [];
  readonly #tokens: string[] = [];
  readonly #checked = new Set<Invoker>();

  constructor(core: CoreUnderStorm) {
    this.#core = core;
  }

  async begin(): Promise<void> {
    await this.#publish();
    for (let n = 0; n < 3; n += 1) await this.#onboard();
  }

  /** Resolves when the core knows it. */
  changeMethod = (method: SecurityMethod): Promise<void> => this.#aefs[0]!.changeMethods([method]);

  /** Acts until it is ended. What fails rejects it, unless it was ended or `mayFail`. */
  async rage(ended: AbortSignal, mayFail: () => boolean = () => false): Promise<void> {
    let published: Promise<void> | undefined;
    // One a storm: each is a listener of this process.
    const publishOnce = () => (published ??= this.#publish());
    const acts = [this.#issue, this.#onboard, this.#negotiate, this.#revoke, publishOnce];
    const aborted = once(ended, 'abort');
    const act = async (one: () => Promise<void>): Promise<void> => {
      while (!ended.aborted) {
        const done = one().catch((error) => {
          if (!ended.aborted && !mayFail()) throw error;
        });
        await Promise.race([done, aborted]);
        await nextTurn();
      }
    };
    await Promise.all(acts.map(act));
  }

  /** All that was acknowledged is there, everybody converges on this method, and nobody is served who was revoked. */
  async check(method: SecurityMethod): Promise<void> {
    for (const invoker of this.#invokers.filter((one) => !this.#checked.has(one)).concat(this.#invokers.slice(0, 3))) {
      expect(await this.#answerTo(invoker)).toBe(method);
      this.#checked.add(invoker);
    }
    const discovered = (await this.#invokers[0]!.discover()).flatMap((api) => api.aefs);
    for (const { aefId } of this.#aefs.slice(1)) expect(discovered).toContainEqual(expect.objectContaining({ aefId }));
    expect(discovered.find(({ aefId }) => aefId === this.#aefs[0]!.aefId)!.methods).toEqual([method]);
    const known = (await this.#core.control('list', null)) as { tokenId: string }[];
    expect(known.map(({ tokenId }) => tokenId)).toEqual(expect.arrayContaining(this.#tokens));
    for (const invoker of this.#revoked.filter((one) => !this.#checked.has(one) || Math.random() < 0.1)) {
      await expect.poll(() => this.#answerTo(invoker).catch(() => 'refused'), { timeout: 30_000 }).toBe('refused');
      this.#checked.add(invoker);
    }
  }

  get acknowledged(): string {
    const invokers = this.#invokers.length + this.#revoked.length;
    return (
      `${invokers} invokers onboarded, ${this.#revoked.length} revoked, ` +
      `${this.#aefs.length} AEFs, ${this.#tokens.length} tokens`
    );
  }

  async close(): Promise<void> {
    for (const invoker of [...this.#invokers, ...this.#revoked]) invoker.close();
    await Promise.all(this.#aefs.map((aef) => aef.close()));
  }

  #issued = (subject: string) => this.#core.control('issue', { subject, lifetimeSeconds: 3600 }) as Promise<string>;

  #issue = async (): Promise<void> => {
    const [, claims = ''] = (await this.#issued('of the storm')).split('.');
    this.#tokens.push((JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti);
  };

  #onboard = async (): Promise<void> => {
    const onboardingToken = await this.#issued('an invoker');
    const invoker = createInvoker({ core: this.#core.address(), onboardingToken, pause });
    await invoker.onboard();
    this.#invokers.push(invoker);
  };

  #publish = async (): Promise<void> => {
    const aef = await createExposingFunction({
      ...{ core: this.#core.address(), registrationSecret: this.#core.registrationSecret(), pause },
      ...{ apiName: 'greetings', methods: ['PKI'] },
      serve: ({ securityMethod }) => ({ status: 200, body: securityMethod }),
    });
    await aef.settled();
    this.#aefs.push(aef);
  };

  #revoke = async (): Promise<void> => {
    if (this.#invokers.length < 3) return;
    const [invoker] = this.#invokers.splice(0, 1) as [Invoker];
    await this.#core.control('revoke', { apiInvokerId: await invoker.onboard(), aefId: this.#aefs[0]!.aefId });
    this.#revoked.push(invoker);
  };

  #negotiate = async (): Promise<void> => {
    const invoker = this.#invokers.at(-1)!;
    await this.#answerTo(invoker).catch((error) => {
      if (this.#invokers.includes(invoker)) throw error;
    });
  };

  async #answerTo(invoker: Invoker): Promise<string> {
    return (await invoker.fetch('/greetings/v1/hello', { aefId: this.#aefs[0]!.aefId })).text();
  }
}
