/** The API publishing function: the `apiPublishingFunction` machine, bound to CAPIF-4 (TS 29.222 5.3.2). */
import { apiPublishingFunction } from '../../machines/api-publishing-function.ts';
import type {
  SecurityMethodsChanged,
  SecurityMethodsPublished,
  ServiceApiPublishRequest,
  ServiceApiUpdateRequest,
} from '../../machines/messages.ts';
import type { Standing } from '../../machines/steps/step.ts';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import {
  type AnswersOf,
  noPerformers,
  type Participant,
  type Performers,
  participant,
  type Recorder,
  restingAt,
  resumed,
} from '../participant.ts';
import type { AefInterface } from '../wire/service-api-description.ts';
import type { Said, ServiceApiResource } from './service-api-resource.ts';

type PublishingFunctionOptions = {
  /** How its machine is named in traces. */
  instance: string;
  id: string;
  /** The service as it is published, except for its methods. */
  at: Omit<AefInterface, 'methods'>;
  resource: ServiceApiResource;
  amendments: readonly Amendment[];
  tellExposingFunction(event: SecurityMethodsPublished): void;
  record: Recorder;
  clock: Clock;
  pause: Pause;
  /** Its machine steps: what is kept of it may change. */
  keep(): void;
  kept?: KeptPublication | undefined;
};
/** `underWay`: the revisions that have been sent and not been answered. `pausesBefore`: the attempt that it pauses before. */
export type KeptPublication = {
  standing: Standing;
  underWay: number[];
  pausesBefore?: number | undefined;
};

type Event = Parameters<Participant<typeof apiPublishingFunction, never>['tell']>[0];
type Publication = ServiceApiPublishRequest | ServiceApiUpdateRequest;

/** What may be told of each publication. */
export const answersToPublication = {
  ServiceApiPublishRequest: ['ServiceApiUpdateResponse', 'publication.failed'],
  ServiceApiUpdateRequest: ['ServiceApiUpdateResponse', 'publication.failed'],
} as const satisfies AnswersOf<typeof apiPublishingFunction>;

export class PublishingFunction {
  readonly id: string;
  readonly at: Omit<AefInterface, 'methods'>;
  readonly #options: PublishingFunctionOptions;
  readonly #machine: Participant<typeof apiPublishingFunction, never>;
  readonly #timer: ReturnType<typeof pauseTimer>;
  #underWay: number[];
  #pausesBefore: number | undefined;
  #isClosed = false;

  constructor(options: PublishingFunctionOptions) {
    const { id, at, instance, resource, amendments, record, clock, pause, tellExposingFunction, kept } = options;
    this.#options = options;
    this.id = id;
    this.at = at;
    this.#underWay = [...(kept?.underWay ?? [])];
    this.#timer = pauseTimer(clock, pause, () => this.#tell({ type: 'timer.expired', timer: 'pause' }));
    const said = kept && saidIn(kept.standing);
    if (said) resource.join(this, said);
    const performers: Performers<never> = {
      ...noPerformers,
      send: ({ message }) => {
        const { methods, revision } = message as Publication;
        this.#underWay.push(revision);
        resource.publish(this, { methods, revision });
      },
      tell: ({ event }) => tellExposingFunction(event as SecurityMethodsPublished),
      startTimer: ({ attempt }) => this.#startPause(attempt),
      stopTimer: () => {
        this.#pausesBefore = undefined;
        this.#timer.stop();
      },
    };
    this.#machine = kept
      ? resumed(instance, performers, record, restingAt(apiPublishingFunction, kept.standing, amendments))
      : participant<typeof apiPublishingFunction>(instance, performers, record, apiPublishingFunction, { amendments });
  }

  /** Goes on from what was kept: with the restart, all exchanges are broken. Call it once. */
  resume(): void {
    const { pausesBefore, underWay = [] } = this.#options.kept ?? {};
    if (pausesBefore !== undefined) this.#startPause(pausesBefore);
    for (const revision of underWay) this.told(revision, 'failed');
  }

  toKeep = (): KeptPublication => ({
    standing: this.#machine.standing(),
    underWay: this.#underWay,
    pausesBefore: this.#pausesBefore,
  });

  tell = (event: SecurityMethodsChanged): void => this.#tell(event);

  /** One that it has not sent, or has heard of already, is none of its exchanges. */
  told(revision: number, outcome: 'acknowledged' | 'failed', facts?: TransportFacts): void {
    const at = this.#underWay.indexOf(revision);
    if (this.#isClosed || at < 0) return;
    this.#underWay.splice(at, 1);
    const type = outcome === 'acknowledged' ? 'ServiceApiUpdateResponse' : 'publication.failed';
    this.#tell({ type, revision }, facts);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.stop();
  }

  #tell(event: Event, facts?: TransportFacts): void {
    this.#options.keep();
    this.#machine.tell(event, { facts });
  }

  #startPause(attempt: number): void {
    this.#pausesBefore = attempt;
    this.#timer.start(attempt);
  }
}

/** What its machine had said last, or undefined if it had not said anything. */
function saidIn({ context }: Standing): Said | undefined {
  const { methods, revision } = context as Said;
  return revision > 0 ? { methods, revision } : undefined;
}
