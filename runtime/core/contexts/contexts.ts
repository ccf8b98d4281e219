/** The core's security contexts, one for each invoker and what it has named, and what has been revoked of them. */
import type { TLSSocket } from 'node:tls';
import type { InvokerOffboarded, MethodsPublished } from '../../../machines/effects.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Collection } from '../../store/store.ts';
import type { Subject } from '../../wire/security-api.ts';
import type { Service } from '../services/published-services.ts';
import type { Registry } from '../services/registry.ts';
import { Coverage } from './coverage.ts';
import { type About, type Former, formerOf, type KeptContext } from './kept-context.ts';
import { SecurityContext, type SecurityContextOptions } from './security-context.ts';
import { covers, isSameSubject, keyOf, namesAefAlone } from './subjects.ts';

type OfOne = keyof About | 'coverage' | 'former' | 'settled' | 'nth';
type ContextsOptions = Omit<SecurityContextOptions, OfOne> & {
  registry: Pick<Registry, 'servicesOf'>;
  isOnboarded(apiInvokerId: string): boolean;
  /** Once for each service API. */
  onRevoked(revoked: Revoked): void;
};
type RestingContext = About & { former: Former };
/** What the core keeps of an invoker beside its contexts. */
type KeptRights = { revoked: string[]; destination: string | undefined };
/** `apiIds`: some service APIs at this AEF; without it, all that it exposes, now and later. */
type Withdrawal = {
  apiInvokerId: string;
  aefId: string;
  apiIds?: readonly string[] | undefined;
  cause?: string | undefined;
};

type Revoked = { apiInvokerId: string; aefId: string; apiIds: readonly string[]; cause?: string | undefined };

export class Contexts {
  readonly #options: ContextsOptions;
  /** Of each invoker, which has few. A context rests unless it is revoking, as there may be very many invokers. */
  readonly #contexts = new Map<string, (SecurityContext | RestingContext)[]>();
  /** Of each invoker: ids of AEFs, and of service APIs at an AEF as `aefId apiId`. */
  readonly #revoked = new Map<string, Set<string>>();
  /** Where each invoker wants to be notified, as it said last. */
  readonly destinations = new Map<string, string>();
  readonly #keptContexts: Collection<KeptContext>;
  readonly #keptRights: Collection<KeptRights>;

  /** Of all invokers, and the connection of the latest. */
  #negotiations = 0;
  #latest: WeakRef<TLSSocket> | undefined;

  constructor(options: ContextsOptions) {
    this.#options = options;
    this.#keptContexts = options.store.collection<KeptContext>('security-contexts');
    this.#keptRights = options.store.collection<KeptRights>('rights');
  }

  /** Goes on from what was kept: call it once, when all that is published and everybody who is onboarded is known. */
  resume(): void {
    for (const [apiInvokerId, { revoked, destination }] of this.#keptRights.kept) {
      if (revoked.length > 0) this.#revoked.set(apiInvokerId, new Set(revoked));
      if (destination !== undefined) this.destinations.set(apiInvokerId, destination);
    }
    const { store } = this.#options;
    for (const kept of this.#keptContexts.kept.values()) {
      const { apiInvokerId, aefId, subject } = kept;
      const { offered } = this.#coverage(apiInvokerId, aefId, subject);
      const told = offered.map(({ number }) => number);
      this.#negotiations = Math.max(this.#negotiations, kept.nth ?? 0);
      const context = this.#made(apiInvokerId, aefId, subject, formerOf(kept, told, store));
      context.resume(kept);
      this.#layToRest(context);
    }
  }

  notifyAt(apiInvokerId: string, destination: string): void {
    if (this.destinations.get(apiInvokerId) === destination) return;
    this.destinations.set(apiInvokerId, destination);
    this.#keepRights(apiInvokerId);
  }

  /**
   * The context of an onboarded invoker about this subject, at this AEF; made when it is first asked for. What has been
   * revoked does not come back by being named in another way.
   */
  of(apiInvokerId: string, aefId: string, subject: Subject): SecurityContext {
    const known = this.find(apiInvokerId, aefId, subject);
    if (known) return known;
    const context = this.#made(apiInvokerId, aefId, subject);
    if (context.coverage.isLeftWithNothing) context.tell({ type: 'authorization.revoked' });
    return context;
  }

  readonly #nth = (connection: TLSSocket): number => {
    if (this.#latest?.deref() !== connection) this.#negotiations += 1;
    this.#latest = new WeakRef(connection);
    return this.#negotiations;
  };

  #coverage(apiInvokerId: string, aefId: string, subject: Subject): Coverage {
    const { servicesOf } = this.#options.registry;
    const named = () => servicesOf(aefId).filter((service) => covers(subject, service));
    const covered = () => named().filter((service) => !this.#isRevoked(apiInvokerId, service));
    return new Coverage({ subject, named, covered });
  }

  #made(apiInvokerId: string, aefId: string, subject: Subject, former?: Former): SecurityContext {
    const settled = (one: SecurityContext, hasMoved: boolean) => {
      if (hasMoved) this.#keep(one);
      this.#layToRest(one);
    };
    const coverage = this.#coverage(apiInvokerId, aefId, subject);
    const about = { apiInvokerId, aefId, subject, coverage, former, settled, nth: this.#nth };
    const context = new SecurityContext({ ...this.#options, ...about });
    this.#put(context, context);
    return context;
  }

  #put({ apiInvokerId, aefId, subject }: About, context: SecurityContext | RestingContext): void {
    const all = this.#contexts.get(apiInvokerId) ?? [];
    const before = all.findIndex((one) => one.aefId === aefId && isSameSubject(one.subject, subject));
    // A list that grows in place has room for a dozen more.
    if (before < 0) this.#contexts.set(apiInvokerId, all.concat(context));
    else all[before] = context;
  }

  /** It answers as before when it is asked, and hears of publications. Nothing is left of an invoker that is offboarded. */
  #layToRest(context: SecurityContext): void {
    if (context.isRevoking) return;
    const { apiInvokerId, aefId, subject, hasEnded } = context;
    if (!hasEnded || this.#options.isOnboarded(apiInvokerId))
      return this.#put(context, { apiInvokerId, aefId, subject, former: context.rest() });
    const others = this.#contexts.get(apiInvokerId)?.filter((one) => one !== context) ?? [];
    if (others.length > 0) this.#contexts.set(apiInvokerId, others);
    else this.#contexts.delete(apiInvokerId);
    this.#keptContexts.put(idOf(context), () => undefined);
  }

  #keep(context: SecurityContext): void {
    this.#keptContexts.put(idOf(context), () => context.toKeep());
  }

  #keepRights(apiInvokerId: string): void {
    this.#keptRights.put(apiInvokerId, () => {
      const revoked = [...(this.#revoked.get(apiInvokerId) ?? [])];
      const destination = this.destinations.get(apiInvokerId);
      return revoked.length > 0 || destination !== undefined ? { revoked, destination } : undefined;
    });
  }

  /** Only if there is one already. */
  find(apiInvokerId: string, aefId: string, subject: Subject): SecurityContext | undefined {
    const all = this.#contexts.get(apiInvokerId);
    const known = all?.find((one) => one.aefId === aefId && isSameSubject(one.subject, subject));
    return known && this.#awake(known);
  }

  /** All contexts of an invoker, or those about one AEF. */
  about(apiInvokerId: string, aefId?: string): SecurityContext[] {
    const all = this.#contexts.get(apiInvokerId) ?? [];
    return all.filter((one) => aefId === undefined || one.aefId === aefId).map((one) => this.#awake(one));
  }

  /** It rests again after its next step. */
  #awake(one: SecurityContext | RestingContext): SecurityContext {
    return one instanceof SecurityContext ? one : this.#made(one.apiInvokerId, one.aefId, one.subject, one.former);
  }

  get #all(): (SecurityContext | RestingContext)[] {
    return [...this.#contexts.values()].flat();
  }

  /**
   * A context that is left with nothing is revoked; one that is left with something goes on without the service APIs that
   * were taken from it. Those that no context ends with are revoked by one of their own, which tells the AEF.
   */
  revoke({ apiInvokerId, aefId, apiIds, cause }: Withdrawal, facts?: TransportFacts): void {
    const about = this.about(apiInvokerId, aefId);
    const { servicesOf } = this.#options.registry;
    const exposed = servicesOf(aefId).filter(({ apiId }) => apiIds?.includes(apiId) ?? true);
    const taken = exposed.filter((one) => !this.#isRevoked(apiInvokerId, one)).map(({ apiId }) => apiId);
    const revoked = this.#revoked.get(apiInvokerId) ?? new Set();
    this.#revoked.set(apiInvokerId, revoked);
    for (const key of apiIds?.map((apiId) => `${aefId} ${apiId}`) ?? [aefId]) revoked.add(key);
    this.#keepRights(apiInvokerId);

    const told = new Set<string>();
    const services = servicesOf(aefId).filter((one) => this.#isRevoked(apiInvokerId, one));
    for (const context of about) {
      if (context.coverage.isLeftWithNothing) {
        context.tell({ type: 'authorization.revoked' }, { facts });
        for (const apiId of context.coverage.apiIds) told.add(apiId);
      } else {
        for (const one of services)
          context.hear(one, { type: 'securityMethods.published', service: one.number, methods: [] });
      }
    }
    if (!apiIds && about.length === 0) this.of(apiInvokerId, aefId, { aefId });
    for (const apiId of apiIds ?? []) if (!told.has(apiId)) this.of(apiInvokerId, aefId, { aefId, apiId });
    if (taken.length > 0) this.#options.onRevoked({ apiInvokerId, aefId, apiIds: [...new Set(taken)], cause });
  }

  tellByAef(service: Service, event: MethodsPublished): void {
    for (const one of this.#all) {
      if (one.aefId !== service.at.aefId) continue;
      const context = this.#awake(one);
      context.hear(service, event);
      this.#layToRest(context);
    }
  }

  tellByInvoker(apiInvokerId: string, event: InvokerOffboarded): void {
    this.destinations.delete(apiInvokerId);
    this.#revoked.delete(apiInvokerId);
    this.#keepRights(apiInvokerId);
    for (const context of this.about(apiInvokerId)) context.tell(event);
  }

  giveUpOn(aefId: string): void {
    for (const one of this.#all) if (one.aefId === aefId) this.#awake(one).tell({ type: 'exposingFunction.gone' });
  }

  /** Whether one is about a service by its API or interface, or has to tell the AEF that it is taken back. */
  inUse(): (service: Service) => boolean {
    const isRevoking = (one: SecurityContext | RestingContext) => one instanceof SecurityContext && one.isRevoking;
    const naming = this.#all.filter((one) => isRevoking(one) || !namesAefAlone(one.subject));
    return (service) => naming.some(({ aefId, subject }) => aefId === service.at.aefId && covers(subject, service));
  }

  close(): void {
    for (const one of this.#all) if (one instanceof SecurityContext) one.close();
  }

  #isRevoked(apiInvokerId: string, { at: { aefId }, apiId }: Service): boolean {
    const revoked = this.#revoked.get(apiInvokerId);
    return revoked !== undefined && (revoked.has(aefId) || revoked.has(`${aefId} ${apiId}`));
  }
}

const idOf = ({ apiInvokerId, aefId, subject }: About): string => [apiInvokerId, aefId, keyOf(subject)].join(' ');
