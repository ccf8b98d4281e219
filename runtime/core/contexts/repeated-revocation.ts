/** The revocation of one security context towards the AEF: the request that is under way, or the pause before it is repeated. */
import type { capifCoreFunction } from '../../../machines/capif-core-function.ts';
import type { TransportFacts } from '../../../machines/steps/trace.ts';
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import { owned } from '../../owned.ts';
import type { AnswersOf, Participant } from '../../participant.ts';
import type { Store } from '../../store/store.ts';
import type { KeptContext } from './kept-context.ts';

/** What the AEF is told to forget: of an invoker, the service APIs that a context is about. */
export type Revocation = { apiInvokerId: string; aefId: string; apiIds: readonly string[] };

/** What may be told of a revocation. */
export const answersToRevocation = {
  RevokeAuthorizationRequest: ['RevokeAuthorizationResponse', 'exchange.failed', 'exposingFunction.gone'],
} as const satisfies AnswersOf<typeof capifCoreFunction>;

export type RepeatedRevocationOptions = {
  clock: Clock;
  pause: Pause;
  onError(error: unknown): void;
  store: Store;
  /** Carries a RevokeAuthorizationRequest to the AEF; undefined unless it is acknowledged. */
  revokeAt(revocation: Revocation): Promise<TransportFacts | undefined>;
  /** Whether this AEF is registered no more, so that nobody is left to tell. */
  isGone(aefId: string): boolean;
};
type Tell = Participant<typeof capifCoreFunction, never>['tell'];

export class RepeatedRevocation {
  readonly #options: RepeatedRevocationOptions;
  readonly #tell: Tell;
  readonly #timer: ReturnType<typeof pauseTimer>;
  #pausesBefore: number | undefined;
  #underWay = 0;
  #isClosed = false;

  /** `tell`: to the machine of the context. */
  constructor(options: RepeatedRevocationOptions, tell: Tell) {
    this.#options = options;
    this.#tell = tell;
    this.#timer = pauseTimer(options.clock, options.pause, () => tell({ type: 'timer.expired', timer: 'pause' }));
  }

  /** The AEF has not acknowledged it. */
  get isUnderWay(): boolean {
    return this.#underWay > 0 || this.#pausesBefore !== undefined;
  }

  send(revocation: Revocation): void {
    owned(
      this.#send(revocation),
      this.#options.onError,
      () => this.#isClosed || this.#tell({ type: 'exchange.failed' }),
    );
  }

  pauseBefore(attempt: number): void {
    this.#pausesBefore = attempt;
    this.#timer.start(attempt);
  }

  endPause(): void {
    this.#pausesBefore = undefined;
    this.#timer.stop();
  }

  /** After a restart: the exchange that was under way is broken, and a pause begins anew. */
  resume({ isRevoking, pausesBefore }: KeptContext): void {
    if (pausesBefore !== undefined) this.pauseBefore(pausesBefore);
    if (isRevoking) this.#tell({ type: 'exchange.failed' });
  }

  toKeep(): Pick<KeptContext, 'isRevoking' | 'pausesBefore'> {
    return { isRevoking: this.#underWay > 0, pausesBefore: this.#pausesBefore };
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.stop();
  }

  async #send(revocation: Revocation): Promise<void> {
    const { store, revokeAt } = this.#options;
    const isGone = this.#options.isGone(revocation.aefId);
    const send = async () => {
      // The step that asks for it is kept when it ends, and the request leaves once that is durable.
      await Promise.resolve();
      await store.committed();
      return isGone ? undefined : revokeAt(revocation);
    };
    this.#underWay += 1;
    const facts = await send().finally(() => {
      this.#underWay -= 1;
    });
    if (this.#isClosed) return;
    if (isGone) this.#tell({ type: 'exposingFunction.gone' });
    else if (facts) this.#tell({ type: 'RevokeAuthorizationResponse' }, { facts });
    else this.#tell({ type: 'exchange.failed' });
  }
}
