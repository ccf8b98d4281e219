/** The admissions of one service of an exposing function, one for each invoker that it has heard of and has not forgotten. */
import type { Effect } from '../../../machines/effects.ts';
import { invokerAdmission } from '../../../machines/invoker-admission.ts';
import type { Message, ServiceApiInvocation } from '../../../machines/messages.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import type { TraceLine, TransportFacts } from '../../../machines/steps/trace.ts';
import { askResting, type Resting, restingAt } from '../../participant.ts';
import type { Store } from '../../store/store.ts';
import { heldBack, thinning } from '../../thinning.ts';
import { Admission, type AdmissionOptions, instanceOf } from './admission.ts';
import { Turns } from './turns.ts';

export type AdmissionsOptions = Omit<AdmissionOptions, 'apiInvokerId' | 'forget' | 'settled' | 'turns' | 'resting'> & {
  store: Store;
};

/** Initiations that wait for the core at once: of all strangers together, and of each invoker that proves itself. */
const waitingMax = { strangers: 100, each: 16 };

const strangers = Symbol('strangers');

/** From here on, the invoker is one that the core knows, or that has proven itself. */
const isOfKnownInvoker = ({ event, effects }: TraceLine): boolean =>
  ['ServiceApiInvocation', 'RevokeAuthorizationRequest'].includes(event.type) ||
  (effects as Effect[]).some(({ type }) => type === 'keepCredential');

export class Admissions {
  readonly #options: AdmissionsOptions;
  /** A revoked invoker, for one, has nothing but a machine that rests. */
  readonly #admissions = new Map<string, Admission | Resting>();
  readonly #turns = new Turns();
  /** How many initiations wait, by the invoker that has sent them itself; those of strangers are counted as one's. */
  readonly #waiting = new Map<string | typeof strangers, number>();

  readonly #isStrangerKept = thinning();
  /** Revocations that the AEF may have acknowledged. What remains of them after a restart, its machines say. */
  readonly #keep: (apiInvokerId: string, standing: Standing) => void;

  constructor(options: AdmissionsOptions) {
    this.#options = options;
    const { amendments, store } = options;
    const { kept, put } = store.collection<Standing>('revocations');
    this.#keep = (apiInvokerId, standing) => put(apiInvokerId, () => standing);
    for (const [apiInvokerId, standing] of kept)
      this.#admissions.set(apiInvokerId, restingAt(invokerAdmission, standing, amendments));
    this.restart();
  }

  /** `isOwn`: the invoker itself asks. Undefined if too many wait already. */
  initiate(apiInvokerId: string, facts: TransportFacts, isOwn: boolean): Promise<Message> | undefined {
    const sender = isOwn ? apiInvokerId : strangers;
    const waiting = this.#waiting.get(sender) ?? 0;
    if (waiting >= (isOwn ? waitingMax.each : waitingMax.strangers)) return undefined;
    this.#waiting.set(sender, waiting + 1);
    return this.#of(apiInvokerId, !isOwn)
      .initiate(facts, isOwn)
      .finally(() => {
        const left = (this.#waiting.get(sender) ?? 1) - 1;
        if (left > 0) this.#waiting.set(sender, left);
        else this.#waiting.delete(sender);
        this.#layToRest(apiInvokerId);
      });
  }

  /** No initiation of a stranger is taken at present. */
  hasNoRoomForStrangers = (): boolean => (this.#waiting.get(strangers) ?? 0) >= waitingMax.strangers;

  revoke = (apiInvokerId: string, facts: TransportFacts): Message =>
    this.#settle(apiInvokerId, (admission) => {
      const answer = admission.revoke(facts);
      this.#keep(apiInvokerId, admission.standing());
      return answer;
    });

  /** Of an invoker that rests, its machine alone is asked. */
  invoke(apiInvokerId: string, event: ServiceApiInvocation): Message {
    const known = this.#admissions.get(apiInvokerId);
    if (!known || known instanceof Admission) return this.#settle(apiInvokerId, (admission) => admission.invoke(event));
    const { service, record } = this.#options;
    const instance = instanceOf(apiInvokerId, service);
    const { message, resting } = askResting<typeof invokerAdmission>(instance, record, known, event);
    if (resting !== known) this.#admissions.set(apiInvokerId, resting);
    return message;
  }

  /** The AEFPSK of this invoker and its generation, current or withdrawn. */
  pskFor = (apiInvokerId: string) => this.#keptOf(apiInvokerId)?.psk;

  /** 0 while nothing is known of the invoker. */
  credentialOf = (apiInvokerId: string): number => this.#keptOf(apiInvokerId)?.credential ?? 0;

  /** The APIs that the rights of the invoker name, or undefined while nothing is known of it. */
  apisOf = (apiInvokerId: string): readonly string[] | undefined => this.#keptOf(apiInvokerId)?.apiNames;

  restart(): void {
    this.#waiting.clear();
    for (const apiInvokerId of [...this.#admissions.keys()]) this.#settle(apiInvokerId, (one) => one.restart());
  }

  close(): void {
    for (const one of this.#admissions.values()) if (one instanceof Admission) one.close();
  }

  #keptOf(apiInvokerId: string): Admission['kept'] | undefined {
    const known = this.#admissions.get(apiInvokerId);
    return known instanceof Admission ? known.kept : undefined;
  }

  /** What an admission does within one step; afterwards it may rest. */
  #settle<Done>(apiInvokerId: string, act: (admission: Admission) => Done): Done {
    const done = act(this.#of(apiInvokerId));
    this.#layToRest(apiInvokerId);
    return done;
  }

  #layToRest(apiInvokerId: string): void {
    const known = this.#admissions.get(apiInvokerId);
    if (known instanceof Admission && known.isIdle) this.#admissions.set(apiInvokerId, known.rest());
  }

  #of(apiInvokerId: string, isOfStranger = false): Admission {
    const known = this.#admissions.get(apiInvokerId);
    if (known instanceof Admission) return known;
    const { record } = this.#options;
    const isHeldBack = !known && isOfStranger && !this.#isStrangerKept();
    const admission = new Admission({
      ...this.#options,
      record: isHeldBack ? heldBack(record, isOfKnownInvoker) : record,
      turns: this.#turns,
      resting: known,
      apiInvokerId,
      settled: () => this.#layToRest(apiInvokerId),
      forget: () => this.#admissions.delete(apiInvokerId),
    });
    this.#admissions.set(apiInvokerId, admission);
    return admission;
  }
}
