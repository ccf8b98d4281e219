/** One invoker and one service of an exposing function: the `apiInvoker` machine, bound to CAPIF-1e, CAPIF-2e and the application. */
import { apiInvoker } from '../../machines/api-invoker.ts';
import type { ApiInvokerInput } from '../../machines/api-invoker-role.ts';
import type { Report, Send } from '../../machines/effects.ts';
import type { TraceLine, TransportFacts } from '../../machines/steps/trace.ts';
import { type Clock, lifetimeTimer, type Pause, pauseTimer } from '../clock.ts';
import { owned } from '../owned.ts';
import { noPerformers, type Participant, type Performers, participant, type Recorder } from '../participant.ts';
import { originOf } from '../transport/redirections.ts';
import { AefSide, type AefSideOptions } from './aef-side.ts';
import { CoreSide, type CoreSideOptions } from './core-side.ts';
import type { InvocationError } from './fetch/invocation-error.ts';
import type { WantedInvocation } from './fetch/wanted-invocation.ts';
import { explained, type Invocation } from './invocation.ts';
import { Invocations, type InvocationsOptions } from './invocations.ts';
import type { Service } from './services.ts';

export type AssociationOptions = ApiInvokerInput & {
  apiInvokerId: string;
  /** How the machine is named in traces. */
  instance: string;
  coreSide: Omit<CoreSideOptions, 'apiInvokerId' | 'clock' | 'tell' | 'onCredential' | 'onPostponed'>;
  aefSide: Omit<AefSideOptions, 'apiInvokerId' | 'clock' | 'tell' | 'credentials' | 'onPostponed'>;
  record: Recorder;
  /** Sees the steps of the machine too. */
  observe(line: TraceLine): void;
  isMismatch: InvocationsOptions['isMismatch'];
  onError(error: unknown): void;
  clock: Clock;
  pause: Pause;
  credentialLifetimeMs: number | undefined;
};

/** The exchange of an event is the invocation that it is about. */
type Machine = Participant<typeof apiInvoker, Invocation>;

export class Association {
  readonly service: Service;
  readonly #machine: Machine;
  readonly #coreSide: CoreSide;
  readonly #aefSide: AefSide;
  readonly #invocations: Invocations;
  readonly #timer: ReturnType<typeof pauseTimer>;
  readonly #lifetime: ReturnType<typeof lifetimeTimer>;
  /** What the transport has seen last, which explains the machine's reason. */
  #last: TransportFacts | undefined;

  #offboarding: InvocationError | undefined;
  readonly #onError: (error: unknown) => void;

  constructor(options: AssociationOptions) {
    const { apiInvokerId, instance, supported, amendments, attemptsMax, record, observe, clock, pause, onError } =
      options;
    this.#onError = onError;
    this.service = options.aefSide.service;
    const { aefId } = this.service;
    const tell: Machine['tell'] = (event, about) => this.#machine.tell(event, about);
    this.#timer = pauseTimer(clock, pause, () => tell({ type: 'timer.expired', timer: 'pause' }));
    this.#lifetime = lifetimeTimer(clock, options.credentialLifetimeMs, () => tell({ type: 'credential.expired' }));
    const common = { apiInvokerId, clock, tell, onPostponed: this.#timer.atLeast };
    this.#coreSide = new CoreSide({ ...options.coreSide, ...common, onCredential: this.#lifetime.start });
    this.#aefSide = new AefSide({ ...options.aefSide, ...common, credentials: this.#coreSide });
    this.#invocations = new Invocations({
      apiInvokerId,
      aefId,
      origin: originOf(this.service),
      clock,
      timeoutMs: options.aefSide.timeoutMs,
      tell,
      isMismatch: options.isMismatch,
      onError,
    });
    this.#machine = participant<typeof apiInvoker, Invocation>(
      instance,
      this.#performers(),
      (line) => {
        if (line.facts) this.#last = line.facts;
        record(line);
        observe(line);
      },
      apiInvoker,
      { supported, amendments, attemptsMax },
    );
  }

  async fetch({ body, ...wanted }: WantedInvocation): Promise<Response> {
    return this.#invocations.add(wanted, body && (await body()));
  }

  /** The core has updated the service (TS 29.222 5.4.2.4). */
  serviceApiUpdated(): void {
    this.#machine.tell({ type: 'ServiceApiUpdateNotification' });
  }

  /** `because`: how the invoker came to be offboarded. */
  offboard(because?: InvocationError): void {
    this.#offboarding = because;
    this.#lifetime.stop();
    this.#machine.tell({ type: 'invoker.offboarded' });
    this.#coreSide.closeConnection();
  }

  /** Where its machine stands, for observers. */
  snapshot: Machine['snapshot'] = () => this.#machine.snapshot();

  close(because = explained('closed', 'the invoker was closed', this.#last)): void {
    this.#timer.stop();
    this.#lifetime.stop();
    this.#coreSide.close();
    this.#aefSide.close();
    this.#invocations.end(because);
  }

  #performers(): Performers<Invocation> {
    const [core, aef] = [this.#coreSide, this.#aefSide];
    return {
      ...noPerformers,
      send: (effect) => this.#send(effect),
      openTls: (effect) =>
        owned(
          effect.to === 'capifCoreFunction' ? core.openConnection() : aef.openConnection(effect),
          this.#onError,
          () => this.#machine.tell({ type: 'tls.failed', because: 'unreachable' }),
        ),
      closeTls: ({ to }) => (to === 'capifCoreFunction' ? core.closeConnection() : aef.closeConnection()),
      deriveAefPsk: ({ credential }) => core.deriveAefPsk(credential),
      putBack: (_, { exchange }) => exchange && this.#invocations.putBack(exchange),
      startTimer: ({ attempt }) => this.#timer.start(attempt),
      stopTimer: this.#timer.stop,
      report: (report, { exchange }) => this.#report(report, exchange),
    };
  }

  #send({ to, message }: Send): void {
    const exchange = (work: Promise<void>) =>
      owned(work, this.#onError, () => this.#machine.tell({ type: 'exchange.failed' }));
    if (to === 'capifCoreFunction') return exchange(this.#coreSide.send(message));
    switch (message.type) {
      case 'AuthenticationInitiationRequest':
        return exchange(this.#aefSide.initiateAuthentication());
      case 'ServiceApiInvocation':
        return this.#invocations.sendAll(this.#aefSide.connection, message.credential);
      default:
        throw new Error(`an invoker does not send ${message.type} to ${to}`);
    }
  }

  #report({ outcome, because }: Report, refused: Invocation | undefined): void {
    if (outcome === 'offboarded') {
      return this.#invocations.end(this.#offboarding ?? explained(outcome, because, this.#last));
    }
    this.#invocations.rejectAll(explained(outcome, because, this.#last), refused);
  }
}
