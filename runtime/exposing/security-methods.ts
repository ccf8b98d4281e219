/** The security methods of a service over time: the `apiExposingFunction` machine, and who waits for it (6.7). */
import { apiExposingFunction } from '../../machines/api-exposing-function.ts';
import type { SecurityMethodsChanged, SecurityMethodsPublished } from '../../machines/messages.ts';
import type { Standing } from '../../machines/steps/step.ts';
import { type Amendment, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import {
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  restingAt,
  resumed,
} from '../participant.ts';
import type { Admissions } from './admissions/admissions.ts';

/** The exchange of an invocation is the id of the invoker that makes it. */
type Machine = Participant<typeof apiExposingFunction, string>;

/** `methods`: of the last change. */
export type KeptMethods = {
  standing: Standing;
  methods: readonly SecurityMethod[];
  isSettled: boolean;
  stillAccepted: readonly SecurityMethod[];
};

type SecurityMethodsOptions = {
  /** How its machine is named in traces. */
  instance: string;
  amendments: readonly Amendment[];
  /** The first ones; those that it goes on with are in `kept`. */
  methods: readonly SecurityMethod[];
  record: Recorder;
  invoke: Admissions['invoke'];
  tellPublishingFunction(event: SecurityMethodsChanged): void;
  onMethodsPending(stillAccepted: readonly SecurityMethod[]): void;
  /** Its machine steps: what is kept of it may change. */
  keep(): void;
  kept?: KeptMethods | undefined;
};

export class SecurityMethods {
  readonly #options: SecurityMethodsOptions;
  readonly #machine: Machine;
  #methods: readonly SecurityMethod[];
  #isSettled = false;
  #waiting: { resolve(): void; reject(because: Error): void }[] = [];
  #closed: Error | undefined;
  #stillAccepted: readonly SecurityMethod[] = [];

  constructor(options: SecurityMethodsOptions) {
    const { instance, amendments, methods, record, invoke, tellPublishingFunction, kept } = options;
    this.#options = options;
    this.#methods = kept?.methods ?? methods;
    const performers: Performers<string> = {
      ...noPerformers,
      send: ({ message }, { answer }) => answer?.(message),
      tell: ({ to, event }, { exchange, answer }) => {
        if (event.type === 'ServiceApiInvocation' && exchange) return answer?.(invoke(exchange, event));
        if (to !== 'apiPublishingFunction')
          throw new Error(`an exposing function does not tell ${to} of ${event.type}`);
        this.#isSettled = false;
        tellPublishingFunction(event);
      },
      reportWithdrawn: ({ stillAccepted }) => this.#report(stillAccepted),
      reportSettled: () => {
        this.#report([]);
        this.#isSettled = true;
        for (const { resolve } of this.#waiting.splice(0)) resolve();
      },
    };
    this.#machine = kept
      ? resumed(instance, performers, record, restingAt(apiExposingFunction, kept.standing, amendments))
      : participant<typeof apiExposingFunction, string>(instance, performers, record, apiExposingFunction, {
          amendments,
          methods,
        });
    if (!kept) return;
    this.#isSettled = kept.isSettled;
    this.#report(kept.stillAccepted);
  }

  /** What the machines answer to an invocation, at once. */
  decide: Machine['ask'] = (event, about) => this.#machine.ask(event, about);

  snapshot: Machine['snapshot'] = () => this.#machine.snapshot();

  /** Of the last change. */
  get methods(): readonly SecurityMethod[] {
    return this.#methods;
  }

  toKeep = (): KeptMethods => ({
    standing: this.#machine.standing(),
    methods: this.#methods,
    isSettled: this.#isSettled,
    stillAccepted: this.#stillAccepted,
  });

  published = (event: SecurityMethodsPublished): void => this.#tell(event);

  /** @throws an Error once it is closed */
  withdrawOldMethods(): void {
    if (this.#closed) throw this.#closed;
    this.#tell({ type: 'oldMethods.withdrawn' });
  }

  /** @throws RangeError for no method, or an Error once it is closed */
  change(wanted: readonly SecurityMethod[]): void {
    const methods = securityMethods.filter((method) => wanted.includes(method));
    if (methods.length === 0) throw new RangeError('an AEF needs at least one security method');
    this.#change(methods);
  }

  /** The same methods, in a new publication. */
  announceAgain = (): void => this.#change(this.#methods);

  /** The service is exposed no more: it has no methods. */
  takeOut = (): void => this.#change([]);

  #change(methods: readonly SecurityMethod[]): void {
    if (this.#closed) throw this.#closed;
    this.#methods = methods;
    this.#tell({ type: 'securityMethods.changed', methods });
  }

  /** Resolves when the core has acknowledged the latest methods; rejects once it is closed and that has not come. */
  settled = async (): Promise<void> => {
    if (this.#isSettled) return;
    if (this.#closed) throw this.#closed;
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  };

  close(because: Error): void {
    this.#closed = because;
    for (const { reject } of this.#waiting.splice(0)) reject(because);
  }

  #tell(event: Parameters<Machine['tell']>[0]): void {
    this.#options.keep();
    this.#machine.tell(event);
  }

  /** Only what is news. */
  #report(stillAccepted: readonly SecurityMethod[]): void {
    const isNews = String(stillAccepted) !== String(this.#stillAccepted);
    this.#stillAccepted = stillAccepted;
    if (isNews) this.#options.onMethodsPending(stillAccepted);
  }
}
