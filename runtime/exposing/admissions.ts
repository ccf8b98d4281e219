/** The admissions of an exposing function, one for each invoker that it has heard of and has not forgotten. */
import type { Message, ServiceApiInvocation } from '../../machines/messages.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import { Admission, type AdmissionOptions } from './admission.ts';

type AdmissionsOptions = Omit<AdmissionOptions, 'apiInvokerId' | 'forget'>;

export class Admissions {
  readonly #options: AdmissionsOptions;
  readonly #admissions = new Map<string, Admission>();

  constructor(options: AdmissionsOptions) {
    this.#options = options;
  }

  initiate = (apiInvokerId: string, facts: TransportFacts): Promise<Message> => this.#of(apiInvokerId).initiate(facts);

  revoke = (apiInvokerId: string, facts: TransportFacts): Message => this.#of(apiInvokerId).revoke(facts);

  invoke = (apiInvokerId: string, event: ServiceApiInvocation): Message => this.#of(apiInvokerId).invoke(event);

  /** The AEFPSK of this invoker and its generation, current or withdrawn. */
  pskFor = (apiInvokerId: string) => this.#admissions.get(apiInvokerId)?.kept.psk;

  /** 0 while nothing is known of the invoker. */
  credentialOf = (apiInvokerId: string): number => this.#admissions.get(apiInvokerId)?.kept.credential ?? 0;

  /** The APIs that the rights of the invoker name, or undefined while nothing is known of it. */
  apisOf = (apiInvokerId: string): readonly string[] | undefined => this.#admissions.get(apiInvokerId)?.kept.apiNames;

  restart = (): void => {
    for (const admission of this.#admissions.values()) admission.restart();
  };

  close(): void {
    for (const admission of this.#admissions.values()) admission.close();
  }

  #of(apiInvokerId: string): Admission {
    const known = this.#admissions.get(apiInvokerId);
    if (known) return known;
    const forget = () => this.#admissions.delete(apiInvokerId);
    const admission = new Admission({ ...this.#options, apiInvokerId, forget });
    this.#admissions.set(apiInvokerId, admission);
    return admission;
  }
}
