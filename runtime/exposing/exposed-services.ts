/** The services of an exposing function together: what they share, and what concerns several of them. */
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { ServiceApiResource } from '../publishing/service-api-resource.ts';
import type { Connector } from '../transport/connector.ts';
import { AnnouncedService } from './announced-service.ts';
import { ExposedService } from './exposed-service.ts';
import type { Settled } from './exposing-options.ts';
import type { SenderOptions } from './invocation-sender.ts';
import { isGone, KeptServices, type KnownService } from './kept-services.ts';
import type { KnownProvider } from './provider/kept-provider.ts';
import { aefNameOf, apfName, type EnrolledFunction } from './provider/provider.ts';

type ExposedServicesOptions = {
  settled: Settled;
  provider: KnownProvider;
  /** By label. */
  aefs: ReadonlyMap<string, { aef: EnrolledFunction; toCore: Connector }>;
  verifier: SenderOptions['verifier'];
};

export class ExposedServices {
  readonly each: readonly ExposedService[];
  readonly #options: ExposedServicesOptions;
  readonly #kept: KeptServices;
  /** By API. */
  readonly #resources = new Map<string, ServiceApiResource>();
  /** Services that are exposed no more, until the core knows. */
  #leaving: AnnouncedService[] = [];
  readonly #stillAccepted = new Map<string, readonly SecurityMethod[]>();
  readonly #logBytes = new Map<string, number>();

  constructor(options: ExposedServicesOptions) {
    const { settled, aefs, verifier } = options;
    this.#options = options;
    const kept = new KeptServices(settled.store);
    this.#kept = kept;
    this.each = settled.services.map((wanted) => {
      const { id, name, apiName, aef: label } = wanted;
      const before = kept.all.get(id);
      if (before && before.apiName !== apiName)
        throw new RangeError(`the service "${name}" was one of "${before.apiName}": give this one another name`);
      return new ExposedService({
        ...{ settled, wanted, kept, verifier, ...aefs.get(label)! },
        store: kept.storeOf(id),
        revoke: (...revocation) => this.#revoke(label, ...revocation),
        onMethodsPending: (stillAccepted) => this.#pending(id, stillAccepted),
        onLogsWaiting: (bytes) => this.#logsWaiting(id, bytes),
      });
    });
  }

  /** All listen before any is announced, so that one publication has all that are of one API. */
  async begin(): Promise<void> {
    try {
      for (const one of this.each) await one.listen();
      for (const one of this.each) one.begin(this.#instanceOf(one), this.#resourceOf(one.apiName));
      this.#leaving = [...this.#kept.all].flatMap(([id, kept]) => this.#taken(id, kept));
    } catch (error) {
      await this.close(0);
      throw error;
    }
  }

  async close(withinMs: number): Promise<void> {
    const because = new Error('the exposing function is closed');
    for (const one of this.#leaving) one.close(because);
    for (const one of this.#resources.values()) one.close();
    await Promise.all(this.each.map((one) => one.close(withinMs, because)));
  }

  /**
   * In traces: by its AEF if it is the first service there, and was the only one, otherwise by its name; of several instances
   * of an AEF, by its interface. What it was, it stays.
   */
  #instanceOf({ id, aefId, name, apiName, published: { host, port } }: ExposedService): string {
    const { all } = this.#kept;
    const before = all.get(id);
    if (before) return before.instance ?? aefId;
    if (this.#options.provider.isInstance) return `${aefId}/${apiName}/${host}:${port}`;
    const isOnly = this.each.every((one) => one.id === id || one.aefId !== aefId);
    const isTaken = [...all.values()].some(({ instance, aef }) => (instance ?? this.#idOf(aef)) === aefId);
    return isOnly && !isTaken ? aefId : `${aefId}/${name}`;
  }

  /** Of every AEF that there has been. */
  #idOf = (label: string): string => this.#options.provider.functions[aefNameOf(label)]!.id;

  #resourceOf(apiName: string): ServiceApiResource {
    const { settled, provider } = this.#options;
    const { core, network, tlsToCore: tls, timeoutMs, clock, onError, store } = settled;
    const { id: apfId, certificate } = provider.functions[apfName]!;
    const made =
      this.#resources.get(apiName) ??
      new ServiceApiResource({
        ...{ core, network, tls, timeoutMs, clock, onError, apfId, certificate, apiName },
        committed: () => store.committed(),
        keep: (resource) => this.#kept.putResource(apiName, resource),
        kept: this.#kept.resourceOf(apiName),
      });
    this.#resources.set(apiName, made);
    return made;
  }

  /** A service that was exposed before, and is not any more: its machines go on until the core has taken it out. */
  #taken(id: string, kept: KnownService): AnnouncedService[] {
    const { settled } = this.#options;
    const { amendments, record, clock, pause, store } = settled;
    if (settled.services.some((one) => one.id === id) || isGone(kept)) return [];
    const { apiName, aef, published, instance } = kept;
    const aefId = this.#idOf(aef);
    const resource = this.#resourceOf(apiName);
    return [
      new AnnouncedService({
        ...{ id, apiName, aef, aefId, published, resource, kept: this.#kept, amendments, record, clock, pause, store },
        instance: instance ?? aefId,
        methods: [],
        invoke: () => {
          throw new Error(`the service "${id}" has no listener`);
        },
        onMethodsPending: () => {},
      }),
    ];
  }

  /** A service whose API has no id yet may be one of an id that is not known here: it obeys. */
  #revoke(label: string, apiInvokerId: string, apiIds: readonly string[], facts: TransportFacts): boolean {
    const { aef } = this.#options.aefs.get(label)!;
    const ofAef = this.each.filter(({ aefId }) => aefId === aef.id);
    const areKnown = apiIds.every((id) => ofAef.some(({ apiId }) => apiId === id));
    const meant = ofAef.filter(({ apiId }) => (apiId === undefined ? !areKnown : apiIds.includes(apiId)));
    for (const { admissions } of meant) admissions.revoke(apiInvokerId, facts);
    return meant.length > 0;
  }

  /** What any service still accepts, when that changes. */
  #pending(id: string, stillAccepted: readonly SecurityMethod[]): void {
    const all = () => [...new Set([...this.#stillAccepted.values()].flat())];
    const before = all();
    this.#stillAccepted.set(id, stillAccepted);
    if (String(all()) !== String(before)) this.#options.settled.onMethodsPending(all());
  }

  #logsWaiting(id: string, bytes: number): void {
    this.#logBytes.set(id, bytes);
    const sum = [...this.#logBytes.values()].reduce((before, more) => before + more, 0);
    this.#options.settled.onLogsWaiting(sum);
  }
}
