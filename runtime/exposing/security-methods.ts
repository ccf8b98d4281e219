/** The security methods of an exposing function over time: the `apiExposingFunction` machine, and who waits for it (6.7). */
import { apiExposingFunction } from '../../machines/api-exposing-function.ts';
import type { SecurityMethodsChanged, SecurityMethodsPublished } from '../../machines/messages.ts';
import { type Amendment, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { noPerformers, type Participant, participant, type Recorder } from '../participant.ts';
import type { Admissions } from './admissions.ts';

/** The exchange of an invocation is the id of the invoker that makes it. */
type Machine = Participant<typeof apiExposingFunction, string>;

type SecurityMethodsOptions = {
  aefId: string;
  amendments: readonly Amendment[];
  methods: readonly SecurityMethod[];
  record: Recorder;
  admissions: Admissions;
  tellPublishingFunction(event: SecurityMethodsChanged): void;
  onMethodsPending(stillAccepted: readonly SecurityMethod[]): void;
};

export class SecurityMethods {
  readonly #machine: Machine;
  #isSettled = false;
  #waiting: (() => void)[] = [];
  readonly #onMethodsPending: SecurityMethodsOptions['onMethodsPending'];
  #stillAccepted: readonly SecurityMethod[] = [];

  constructor(options: SecurityMethodsOptions) {
    const { aefId, amendments, methods, record, admissions, tellPublishingFunction } = options;
    this.#onMethodsPending = options.onMethodsPending;
    this.#machine = participant<typeof apiExposingFunction, string>(
      aefId,
      {
        ...noPerformers,
        send: ({ message }, { answer }) => answer?.(message),
        tell: ({ to, event }, { exchange, answer }) => {
          if (event.type === 'ServiceApiInvocation' && exchange) return answer?.(admissions.invoke(exchange, event));
          if (to !== 'apiPublishingFunction')
            throw new Error(`an exposing function does not tell ${to} of ${event.type}`);
          this.#isSettled = false;
          tellPublishingFunction(event);
        },
        reportWithdrawn: ({ stillAccepted }) => this.#report(stillAccepted),
        reportSettled: () => {
          this.#report([]);
          this.#isSettled = true;
          for (const resolve of this.#waiting.splice(0)) resolve();
        },
      },
      record,
      apiExposingFunction,
      { amendments, methods },
    );
  }

  /** What the machines answer to an invocation, at once. */
  decide: Machine['ask'] = (event, about) => this.#machine.ask(event, about);

  snapshot: Machine['snapshot'] = () => this.#machine.snapshot();

  published = (event: SecurityMethodsPublished): void => this.#machine.tell(event);

  withdrawOldMethods = (): void => this.#machine.tell({ type: 'oldMethods.withdrawn' });

  /** Resolves when the core has acknowledged the latest methods. */
  settled = async (): Promise<void> => {
    if (!this.#isSettled) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  };

  async change(wanted: readonly SecurityMethod[]): Promise<void> {
    const methods = securityMethods.filter((method) => wanted.includes(method));
    if (methods.length === 0) throw new RangeError('an AEF needs at least one security method');
    this.#machine.tell({ type: 'securityMethods.changed', methods });
    await this.settled();
  }

  /** Only what is news. */
  #report(stillAccepted: readonly SecurityMethod[]): void {
    const isNews = String(stillAccepted) !== String(this.#stillAccepted);
    this.#stillAccepted = stillAccepted;
    if (isNews) this.#onMethodsPending(stillAccepted);
  }
}
