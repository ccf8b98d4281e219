/** The core's security contexts, one for each invoker and what it has named, and what has been revoked of them. */
import type { TLSSocket } from 'node:tls';
import type { InvokerOffboarded, MethodsPublished } from '../../../machines/effects.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import type { Collection } from '../../store/store.ts';
import type { Subject } from '../../wire/security-api.ts';
import type { Service } from '../services/published-services.ts';
import type { Registry } from '../services/registry.ts';
import { Coverage } from './coverage.ts';
import { InvokerRights } from './invoker-rights.ts';
import { type About, type Former, formerOf, type KeptContext } from './kept-context.ts';
import { News } from './news.ts';
import { SecurityContext, type SecurityContextOptions } from './security-context.ts';
import { covers, isSameSubject, keyOf, namesAefAlone } from './subjects.ts';

type OfOne = keyof About | 'coverage' | 'former' | 'settled' | 'nth' | 'news';
type ContextsOptions = Omit<SecurityContextOptions, OfOne> & {
  registry: Pick<Registry, 'servicesOf'>;
  isOnboarded(apiInvokerId: string): boolean;
  /** Once for each service API. */
  onRevoked(revoked: Revoked): void;
};
type RestingContext = About & Former;
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
  readonly rights: InvokerRights;
  readonly #news: News;
  readonly #kept: Collection<KeptContext>;

  /** Of all invokers, and the connection of the latest. */
  #negotiations = 0;
  #latest: WeakRef<TLSSocket> | undefined;

  constructor(options: ContextsOptions) {
    this.#options = options;
    const { store, onError } = options;
    this.rights = new InvokerRights(store);
    this.#kept = store.collection<KeptContext>('security-contexts');
    this.#news = new News({
      store,
      onError,
      invokers: () => this.#contexts.keys(),
      tell: (apiInvokerId) => this.#tellNews(apiInvokerId),
    });
  }

  /** Goes on from what was kept: call it once, when all that is published and everybody who is onboarded is known. */
  resume(): void {
    const { store } = this.#options;
    for (const kept of this.#kept.kept.values()) {
      const { apiInvokerId, aefId, subject } = kept;
      const offered = this.#coverage(apiInvokerId, aefId, subject).offered.map(({ number }) => number);
      // It may have been told of what has been withdrawn since.
      const told = [...offered, ...this.#news.since(aefId, 0).flatMap(({ service }) => service?.number ?? [])];
      this.#negotiations = Math.max(this.#negotiations, kept.nth ?? 0);
      const context = this.#made(apiInvokerId, aefId, subject, formerOf(kept, [...new Set(told)], store));
      context.resume(kept);
      this.#layToRest(context);
    }
    this.#news.tell();
  }

  /**
   * The context of an onboarded invoker about this subject, at this AEF; made when it is first asked for. What has been
   * revoked does not come back by being named in another way.
   */
  of(apiInvokerId: string, aefId: string, subject: Subject): SecurityContext {
    const known = this.find(apiInvokerId, aefId, subject);
    if (known) return known;
    const context = this.#made(apiInvokerId, aefId, this.#inOwnWords(aefId, subject));
    if (context.coverage.isLeftWithNothing) context.tell({ type: 'authorization.revoked' });
    return context;
  }

  /** With the ids of the registry: very many requests have brought the same ids, each in memory of its own. */
  #inOwnWords(aefId: string, { aefId: ofAef, interfaceDetails, apiId: ofApi }: Subject): Subject {
    const apiId = this.#options.registry.servicesOf(aefId).find((one) => one.apiId === ofApi)?.apiId ?? ofApi;
    return { aefId: ofAef && aefId, interfaceDetails, apiId };
  }

  readonly #nth = (connection: TLSSocket): number => {
    if (this.#latest?.deref() !== connection) this.#negotiations += 1;
    this.#latest = new WeakRef(connection);
    return this.#negotiations;
  };

  #coverage(apiInvokerId: string, aefId: string, subject: Subject): Coverage {
    const { registry } = this.#options;
    const services = () => registry.servicesOf(aefId);
    return new Coverage({ subject, services, isRevoked: (one) => this.rights.isRevoked(apiInvokerId, one) });
  }

  #made(apiInvokerId: string, aefId: string, subject: Subject, former?: Former): SecurityContext {
    const settled = (one: SecurityContext, hasMoved: boolean) => {
      if (hasMoved) this.#keep(one);
      this.#layToRest(one);
    };
    const coverage = this.#coverage(apiInvokerId, aefId, subject);
    const about = { apiInvokerId, aefId, subject, coverage, former, settled, nth: this.#nth, news: this.#news };
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
    if (context.isRevoking) return this.#put(context, context);
    const { apiInvokerId, hasEnded } = context;
    if (!hasEnded || this.#options.isOnboarded(apiInvokerId)) return this.#put(context, context.rest());
    const others = this.#contexts.get(apiInvokerId)?.filter((one) => one !== context) ?? [];
    if (others.length > 0) this.#contexts.set(apiInvokerId, others);
    else this.#contexts.delete(apiInvokerId);
    this.#kept.put(idOf(context), () => undefined);
  }

  #keep(context: SecurityContext): void {
    this.#kept.put(idOf(context), () => context.toKeep());
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

  /** It has heard all that has happened, and rests again after its next step. */
  #awake(one: SecurityContext | RestingContext): SecurityContext {
    const isAwake = one instanceof SecurityContext;
    const context = isAwake ? one : this.#made(one.apiInvokerId, one.aefId, one.subject, one);
    context.catchUp();
    return context;
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
    const taken = exposed.filter((one) => !this.rights.isRevoked(apiInvokerId, one)).map(({ apiId }) => apiId);
    this.rights.revoke({ apiInvokerId, aefId, apiIds });

    const told = new Set<string>();
    const services = servicesOf(aefId).filter((one) => this.rights.isRevoked(apiInvokerId, one));
    for (const context of about) {
      if (context.coverage.isLeftWithNothing) {
        context.tell({ type: 'authorization.revoked' }, { facts });
        for (const apiId of context.coverage.apiIds) told.add(apiId);
      } else for (const one of services) context.withdraw(one);
    }
    if (!apiIds && about.length === 0) this.of(apiInvokerId, aefId, { aefId });
    for (const apiId of apiIds ?? []) if (!told.has(apiId)) this.of(apiInvokerId, aefId, { aefId, apiId });
    if (taken.length > 0) this.#options.onRevoked({ apiInvokerId, aefId, apiIds: [...new Set(taken)], cause });
  }

  /** Each context about the AEF hears of it before anything else happens to it. */
  tellByAef(service: Service, event: MethodsPublished): void {
    this.#news.add(service.at.aefId, { event, service: { ...service } });
  }

  #tellNews(apiInvokerId: string): void {
    for (const one of this.#contexts.get(apiInvokerId) ?? []) {
      if (this.#news.since(one.aefId, one.heard).length > 0) this.#layToRest(this.#awake(one));
    }
  }

  tellByInvoker(apiInvokerId: string, event: InvokerOffboarded): void {
    const about = this.about(apiInvokerId);
    this.rights.forget(apiInvokerId);
    for (const context of about) context.tell(event);
  }

  giveUpOn(aefId: string): void {
    this.#news.add(aefId, { event: { type: 'exposingFunction.gone' } });
  }

  /** Whether one is about a service by its API or interface, or has to tell the AEF that it is taken back. */
  inUse(): (service: Service) => boolean {
    const isRevoking = (one: SecurityContext | RestingContext) => one instanceof SecurityContext && one.isRevoking;
    const naming = this.#all.filter((one) => isRevoking(one) || !namesAefAlone(one.subject));
    return (service) => naming.some(({ aefId, subject }) => aefId === service.at.aefId && covers(subject, service));
  }

  close(): void {
    this.#news.close();
    for (const one of this.#all) if (one instanceof SecurityContext) one.close();
  }
}

const idOf = ({ apiInvokerId, aefId, subject }: About): string => [apiInvokerId, aefId, keyOf(subject)].join(' ');
