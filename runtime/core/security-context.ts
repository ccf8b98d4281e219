/** One security context of the core: a `capifCoreFunction` machine, the AEFPSK of its negotiation, and its revocation. */
import type { TLSSocket } from 'node:tls';
import { capifCoreFunction } from '../../machines/capif-core-function.ts';
import type { SecurityMethodResponse } from '../../machines/messages.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import { deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import { type AnswersOf, noPerformers, type Participant, participant, type Recorder } from '../participant.ts';
import type { Registry } from './registry.ts';

/** The exchange of a request is the CAPIF-1e connection that it came over. */
type Machine = Participant<typeof capifCoreFunction, TLSSocket>;

export type SecurityContextOptions = {
  apiInvokerId: string;
  aefId: string;
  amendments: readonly Amendment[];
  record: Recorder;
  clock: Clock;
  pause: Pause;
  registry: Pick<Registry, 'interfaceOf' | 'methodsOf'>;
  /** Carries a RevokeAuthorizationRequest to the AEF; undefined unless it is acknowledged. */
  revokeAt(aefId: string, apiInvokerId: string): Promise<TransportFacts | undefined>;
};

/** What may be told of a revocation. */
export const answersToRevocation = {
  RevokeAuthorizationRequest: ['RevokeAuthorizationResponse', 'exchange.failed'],
} as const satisfies AnswersOf<typeof capifCoreFunction>;

export class SecurityContext {
  readonly apiInvokerId: string;
  readonly aefId: string;
  readonly #options: SecurityContextOptions;
  readonly #machine: Machine;
  readonly #timer: ReturnType<typeof pauseTimer>;
  #selection: SecurityMethodResponse | undefined;
  #aefPsk: Buffer | undefined;
  #closed = false;

  constructor(options: SecurityContextOptions) {
    const { apiInvokerId, aefId, amendments, record, clock, pause, registry } = options;
    this.#options = options;
    this.apiInvokerId = apiInvokerId;
    this.aefId = aefId;
    this.#timer = pauseTimer(clock, pause, () => this.#machine.tell({ type: 'timer.expired', timer: 'pause' }));
    this.#machine = participant<typeof capifCoreFunction, TLSSocket>(
      `${apiInvokerId}/${aefId}`,
      {
        ...noPerformers,
        send: ({ message }, { answer }) => {
          if (message.type === 'RevokeAuthorizationRequest') return void this.#revoke();
          if (message.type === 'SecurityMethodResponse') this.#selection = message;
          answer?.(message);
        },
        deriveAefPsk: (_, { exchange }) => this.#derive(exchange),
        forgetCredential: () => {
          this.#aefPsk = undefined;
        },
        startTimer: ({ attempt }) => this.#timer.start(attempt),
        stopTimer: this.#timer.stop,
      },
      record,
      capifCoreFunction,
      { amendments, service: 1, offers: [{ service: 1, methods: registry.methodsOf(aefId) }] },
    );
  }

  /** Throws AefPskUnavailable if the selected method needs a key, and none can be derived from the connection. */
  ask: Machine['ask'] = (request, about) => this.#machine.ask(request, about);

  tell: Machine['tell'] = (event, about) => this.#machine.tell(event, about);

  /** The method that the invoker was last given, and the number of that negotiation. */
  get selection(): SecurityMethodResponse | undefined {
    return this.#selection;
  }

  /** The key of the latest negotiation that selected TLS-PSK. */
  get aefPsk(): Buffer | undefined {
    return this.#aefPsk;
  }

  close(): void {
    this.#closed = true;
    this.#timer.stop();
  }

  #derive(socket: TLSSocket | undefined): void {
    this.#aefPsk = undefined;
    const published = this.#options.registry.interfaceOf(this.aefId);
    if (socket && published) this.#aefPsk = deriveAefPsk(socket, serviceApiInterface(published)).key;
  }

  async #revoke(): Promise<void> {
    const facts = await this.#options.revokeAt(this.aefId, this.apiInvokerId);
    if (this.#closed) return;
    if (facts) this.#machine.tell({ type: 'RevokeAuthorizationResponse' }, { facts });
    else this.#machine.tell({ type: 'exchange.failed' });
  }
}
