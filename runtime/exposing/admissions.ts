/** The admissions of an exposing function, one for each invoker that it has heard of and has not forgotten. */
import type { Effect } from '../../machines/effects.ts';
import type { Message, ServiceApiInvocation } from '../../machines/messages.ts';
import type { TraceLine, TransportFacts } from '../../machines/trace.ts';
import { heldBack, thinning } from '../thinning.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import { Turns } from './turns.ts';

type AdmissionsOptions = Omit<AdmissionOptions, 'apiInvokerId' | 'forget' | 'turns'>;

/** Initiations that wait for the core at once: of all strangers together, and of each invoker that proves itself. */
const waitingMax = { strangers: 100, each: 16 };

const strangers = Symbol('strangers');

/** From here on, the invoker is one that the core knows, or that has proven itself. */
const isOfKnownInvoker = ({ event, effects }: TraceLine): boolean =>
  ['ServiceApiInvocation', 'RevokeAuthorizationRequest'].includes(event.type) ||
  (effects as Effect[]).some(({ type }) => type === 'keepCredential');

export class Admissions {
  readonly #options: AdmissionsOptions;
  readonly #admissions = new Map<string, Admission>();
  readonly #turns = new Turns();
  /** How many initiations wait, by the invoker that has sent them itself; those of strangers are counted as one's. */
  readonly #waiting = new Map<string | typeof strangers, number>();

  readonly #isStrangerKept = thinning();

  constructor(options: AdmissionsOptions) {
    this.#options = options;
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
      });
  }

  /** No initiation of a stranger is taken at present. */
  hasNoRoomForStrangers = (): boolean => (this.#waiting.get(strangers) ?? 0) >= waitingMax.strangers;

  revoke = (apiInvokerId: string, facts: TransportFacts): Message => this.#of(apiInvokerId).revoke(facts);

  invoke = (apiInvokerId: string, event: ServiceApiInvocation): Message => this.#of(apiInvokerId).invoke(event);

  /** The AEFPSK of this invoker and its generation, current or withdrawn. */
  pskFor = (apiInvokerId: string) => this.#admissions.get(apiInvokerId)?.kept.psk;

  /** 0 while nothing is known of the invoker. */
  credentialOf = (apiInvokerId: string): number => this.#admissions.get(apiInvokerId)?.kept.credential ?? 0;

  /** The APIs that the rights of the invoker name, or undefined while nothing is known of it. */
  apisOf = (apiInvokerId: string): readonly string[] | undefined => this.#admissions.get(apiInvokerId)?.kept.apiNames;

  restart = (): void => {
    this.#waiting.clear();
    for (const admission of this.#admissions.values()) admission.restart();
  };

  close(): void {
    for (const admission of this.#admissions.values()) admission.close();
  }

  #of(apiInvokerId: string, isOfStranger = false): Admission {
    const known = this.#admissions.get(apiInvokerId);
    if (known) return known;
    const forget = () => this.#admissions.delete(apiInvokerId);
    const { record } = this.#options;
    const admission = new Admission({
      ...this.#options,
      record: isOfStranger && !this.#isStrangerKept() ? heldBack(record, isOfKnownInvoker) : record,
      turns: this.#turns,
      apiInvokerId,
      forget,
    });
    this.#admissions.set(apiInvokerId, admission);
    return admission;
  }
}
