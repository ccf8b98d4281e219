/** One service as the core knows it: its methods, their publication, and what is kept of both (6.7). */
import { isDeepStrictEqual } from 'node:util';
import { type Amendment, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import type { Clock, Pause } from '../clock.ts';
import type { Recorder } from '../participant.ts';
import { PublishingFunction } from '../publishing/publishing-function.ts';
import type { ServiceApiResource } from '../publishing/service-api-resource.ts';
import type { Store } from '../store/store.ts';
import { withFewStrangers } from './exposing-options.ts';
import type { Address, KeptServices } from './kept-services.ts';
import { SecurityMethods } from './security-methods.ts';

type AnnouncedServiceOptions = {
  id: string;
  apiName: string;
  /** The label of its AEF, and the id. */
  aef: string;
  aefId: string;
  /** How its machines are named in traces. */
  instance: string;
  /** Where it is reached. */
  published: Address;
  /** The first ones. None of a service that is exposed no more: the core is told to take it out. */
  methods: readonly SecurityMethod[];
  resource: ServiceApiResource;
  kept: KeptServices;
  invoke: ConstructorParameters<typeof SecurityMethods>[0]['invoke'];
  onMethodsPending(stillAccepted: readonly SecurityMethod[]): void;
  amendments: readonly Amendment[];
  record: Recorder;
  clock: Clock;
  pause: Pause;
  store: Store;
};

export class AnnouncedService {
  readonly #options: AnnouncedServiceOptions;
  readonly #publisher: PublishingFunction;
  readonly #methods: SecurityMethods;

  constructor(options: AnnouncedServiceOptions) {
    const { id, apiName, aef, aefId, published, kept, instance } = options;
    this.#options = options;
    const before = kept.all.get(id);
    const keep = () =>
      kept.put(id, () => ({
        ...{ methods: this.#methods.toKeep(), publication: this.#publisher.toKeep() },
        ...{ published, apiName, aef, instance },
      }));
    this.#publisher = new PublishingFunction({
      ...options,
      at: { aefId, ...published, apiVersion: 'v1' },
      tellExposingFunction: (event) => this.#methods.published(event),
      keep,
      kept: before?.publication,
    });
    this.#methods = new SecurityMethods({
      ...options,
      methods: securityMethods.filter((method) => options.methods.includes(method)),
      record: withFewStrangers(options.record),
      tellPublishingFunction: this.#publisher.tell,
      keep,
      kept: before?.methods,
    });
    keep();
    this.#publisher.resume();
    if (before) this.#goOn(!isDeepStrictEqual(before.published, published));
  }

  /** One that comes back has its first methods; one that has moved says so with those that it has. */
  #goOn(hasMoved: boolean): void {
    const isExposed = this.#options.methods.length > 0;
    const wasExposed = this.#methods.methods.length > 0;
    if (isExposed && !wasExposed) this.#methods.change(this.#options.methods);
    else if (wasExposed && !isExposed) this.#methods.takeOut();
    else if (isExposed && hasMoved) this.#methods.announceAgain();
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

  close(because: Error): void {
    this.#publisher.close();
    this.#methods.close(because);
  }
}
