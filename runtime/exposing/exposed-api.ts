/** One service API at this exposing function: its methods, their publication, and what is kept of both (6.7). */
import { isDeepStrictEqual } from 'node:util';
import { type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { type KeptPublication, PublishingFunction } from '../publishing/publishing-function.ts';
import type { Admissions } from './admissions.ts';
import { type Settled, withFewStrangers } from './exposing-options.ts';
import type { Provider } from './provider.ts';
import { type KeptMethods, SecurityMethods } from './security-methods.ts';

type Address = { host: string; port: number };
type ExposedApiOptions = Settled & {
  provider: Provider;
  /** Where the AEF listens. */
  at: Address;
  admissions: Admissions;
};
/** `published`: where the AEF has announced that it is reached. */
type KeptApi = { methods: KeptMethods; publication: KeptPublication; published: Address };

export class ExposedApi {
  readonly #options: ExposedApiOptions;
  readonly #publisher: PublishingFunction;
  readonly #methods: SecurityMethods;

  constructor(options: ExposedApiOptions) {
    const { provider, apiName, amendments, record, store, admissions, at, published = at, tlsToCore } = options;
    const { aef, apf } = provider;
    this.#options = options;
    const { kept, put } = store.collection<KeptApi>('service-apis');
    const before = kept.get(apiName);
    const keep = () =>
      put(apiName, () => ({ methods: this.#methods.toKeep(), publication: this.#publisher.toKeep(), published }));
    const first = securityMethods.filter((method) => options.methods.includes(method));

    this.#publisher = new PublishingFunction({
      ...options,
      network: options.network,
      apfId: apf.id,
      aefId: aef.id,
      certificate: apf.certificate,
      serviceApi: { apiName, aefs: [{ aefId: aef.id, ...published, apiVersion: 'v1', methods: first }] },
      tellExposingFunction: (event) => this.#methods.published(event),
      tls: tlsToCore,
      keep,
      committed: () => store.committed(),
      kept: before?.publication,
    });
    this.#methods = new SecurityMethods({
      aefId: aef.id,
      amendments,
      methods: first,
      record: withFewStrangers(record),
      admissions,
      tellPublishingFunction: this.#publisher.tell,
      onMethodsPending: options.onMethodsPending,
      keep,
      kept: before?.methods,
    });
    this.#publisher.resume();
    // It has moved: the core hears that with its methods, as of any change.
    if (before && !isDeepStrictEqual(before.published, published)) this.#methods.announceAgain();
  }

  /** What the core calls it, once its first publication is acknowledged. */
  get apiId(): string | undefined {
    return this.#publisher.apiId;
  }

  get methods(): readonly SecurityMethod[] {
    return this.#methods.methods;
  }

  decide: SecurityMethods['decide'] = (event, about) => this.#methods.decide(event, about);

  snapshot: SecurityMethods['snapshot'] = () => this.#methods.snapshot();

  async changeMethods(wanted: readonly SecurityMethod[]): Promise<void> {
    this.#methods.change(wanted);
    await this.#options.store.committed();
    await this.settled();
  }

  async withdrawOldMethods(): Promise<void> {
    this.#methods.withdrawOldMethods();
    await this.#options.store.committed();
  }

  async settled(): Promise<void> {
    await this.#methods.settled();
    await this.#options.store.committed();
  }

  close = (): void => this.#publisher.close();
}
