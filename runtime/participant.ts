/** Runs one machine against the real world: events in, one step at a time, a line of trace, then its effects. */
import type { AnyStateMachine, EventFromLogic, SnapshotFrom } from 'xstate';
import type { Effect } from '../machines/effects.ts';
import type { Message } from '../machines/messages.ts';
import { rememberedStep, sharedSnapshot } from '../machines/steps/remembered-steps.ts';
import { type Beginning, begin, type Standing, type Step, standingAt } from '../machines/steps/step.ts';
import type { TraceLine, TransportFacts } from '../machines/steps/trace.ts';
import type { Amendment } from '../machines/vocabulary.ts';
import { observer } from './observers.ts';

/** What an effect is performed for: `exchange` is what came with the event, `answer` takes the answer of an `ask`. */
type Occasion<X> = { exchange?: X | undefined; answer?(message: Message): void };

/** One function per kind of effect. Forget one and it does not compile. */
export type Performers<X> = {
  [K in Effect['type']]: (effect: Extract<Effect, { type: K }>, occasion: Occasion<X>) => void;
};

/** An effect that this machine never asks for. */
function never(effect: Effect): void {
  throw new Error(`this machine does not ask for "${effect.type}"`);
}
/** All effects; a role replaces those that its machine asks for. */
export const noPerformers: Performers<unknown> = {
  send: never,
  tell: never,
  openTls: never,
  closeTls: never,
  deriveAefPsk: never,
  keepCredential: never,
  forgetCredential: never,
  holdInitiation: never,
  forgetInvoker: never,
  putBack: never,
  startTimer: never,
  stopTimer: never,
  report: never,
  reportWithdrawn: never,
  reportSettled: never,
};

export type Recorder = (line: TraceLine) => void;

/** A trace that cannot be written ends no role: the first failure is reported, and nothing is recorded after it. */
export function reportingRecorder(record: Recorder, onError: (error: unknown) => void): Recorder {
  let isBroken = false;
  const recorded = observer(record, (error) => {
    if (!isBroken)
      onError(new Error(`the trace cannot be written any more: ${(error as Error).message}`, { cause: error }));
    isBroken = true;
  });
  return (line) => isBroken || recorded(line);
}

/** What comes with an event: whatever its effects concern, and what the transport saw. */
type About<X> = { exchange?: X | undefined; facts?: TransportFacts | undefined };

/**
 * What may come of each request that a machine makes, beside the adapter that makes it: a test asks the machine about
 * each. A request has the name of its message, or of its effect with the receiver.
 */
export type AnswersOf<M extends AnyStateMachine> = { readonly [request: string]: readonly EventFromLogic<M>['type'][] };

export type Participant<M extends AnyStateMachine, X> = {
  /** Hands in an event. Effects may call back in here; their events wait until this step is done. */
  tell(event: EventFromLogic<M>, about?: About<X>): void;
  /** The same for an event that the machine answers within its step, by itself or by a machine that it tells. */
  ask(event: EventFromLogic<M>, about?: About<X>): Message;
  /** For observers only: an adapter that reads it would decide in the machine's place. */
  snapshot(): SnapshotFrom<M>;
  /** Where it stands, as JSON, for a store. */
  standing(): Standing;
  /** All that must be kept of a machine that nothing is under way for: `resumed` goes on from here. */
  rest(): Resting;
};

/**
 * Where the role had kept it before a restart. `amendments`: those in force from now on, if not those of before. Throws if
 * this version of the machine has no such state.
 */
export function restingAt(machine: AnyStateMachine, standing: Standing, amendments?: readonly Amendment[]): Resting {
  const { value, context } = standing;
  const now = amendments ? { value, context: { ...(context as object), amendments } } : standing;
  return restOf(machine, standingAt(machine, now), true);
}

/** Where a machine rests. Machines that stand alike rest in the same one, so that a thousand cost no more than one. */
export type Resting = { readonly resting: unique symbol };
type Rest = { machine: AnyStateMachine; snapshot: object; isKept: boolean };
/** By the snapshot, which all machines share that stand there. */
const rests = { kept: new WeakMap<object, Rest>(), others: new WeakMap<object, Rest>() };

function restOf<M extends AnyStateMachine>(machine: M, at: SnapshotFrom<M>, isKept: boolean): Resting {
  const snapshot: object = sharedSnapshot(machine, at);
  const known = isKept ? rests.kept : rests.others;
  const rest = known.get(snapshot) ?? { machine, snapshot, isKept };
  known.set(snapshot, rest);
  return rest as unknown as Resting;
}

/** What a machine answers where it rests, and where it rests then. It may ask for nothing but that answer. */
export function askResting<M extends AnyStateMachine>(
  instance: string,
  record: Recorder,
  at: Resting,
  event: EventFromLogic<M>,
): { message: Message; resting: Resting } {
  const woken = resumed<M>(instance, answering, record, at);
  return { message: woken.ask(event), resting: woken.rest() };
}

const answering: Performers<never> = { ...noPerformers, send: ({ message }, { answer }) => answer?.(message) };

function standingOf(snapshot: unknown): Standing {
  const { value, context } = snapshot as Standing;
  return { value, context };
}

export function participant<M extends AnyStateMachine, X = never>(
  instance: string,
  perform: Performers<X>,
  record: Recorder,
  ...beginning: Beginning<M>
): Participant<M, X> {
  const [machine, input] = beginning;
  const made = new Runner<M, X>(instance, perform, record, machine);
  const event = { type: 'begin', ...(input === undefined ? {} : { input }) } as EventFromLogic<M>;
  made.begin(event, begin<M>(...beginning));
  return made;
}

/** Goes on with a machine where it rests; only the first time after a restart is recorded. */
export function resumed<M extends AnyStateMachine, X = never>(
  instance: string,
  perform: Performers<X>,
  record: Recorder,
  resting: Resting,
): Participant<M, X> {
  const { machine, snapshot, isKept } = resting as unknown as Rest;
  if (isKept) {
    const standing = standingOf(snapshot);
    const event = { type: 'resumed', standing };
    record({ role: machine.id, instance, event, state: standing.value, effects: [] });
  }
  return new Runner<M, X>(instance, perform, record, machine as M, snapshot as SnapshotFrom<M>);
}

/** A class, as there may be very many: what it does is in memory once. */
class Runner<M extends AnyStateMachine, X> implements Participant<M, X> {
  readonly #instance: string;
  readonly #perform: Performers<X>;
  readonly #record: Recorder;
  readonly #machine: M;
  #snapshot: SnapshotFrom<M>;
  #isStepping = false;
  readonly #waiting: { event: EventFromLogic<M>; about: About<X> & Occasion<X> }[] = [];

  /** Without `at`, `begin` is its first step. */
  constructor(instance: string, perform: Performers<X>, record: Recorder, machine: M, at?: SnapshotFrom<M>) {
    this.#instance = instance;
    this.#perform = perform;
    this.#record = record;
    this.#machine = machine;
    this.#snapshot = at as SnapshotFrom<M>;
  }

  begin(event: EventFromLogic<M>, begun: Step<M>): void {
    this.#whole(event, {}, begun);
  }

  tell(event: EventFromLogic<M>, about: About<X> & Occasion<X> = {}): void {
    if (this.#isStepping) this.#waiting.push({ event, about });
    else this.#whole(event, about);
  }

  ask(event: EventFromLogic<M>, { exchange, facts }: About<X> = {}): Message {
    let answer: Message | undefined;
    this.tell(event, {
      exchange,
      facts,
      answer(message) {
        answer = message;
      },
    });
    if (!answer) throw new Error(`${this.#machine.id} has not answered ${event.type} within its step`);
    return answer;
  }

  snapshot(): SnapshotFrom<M> {
    return this.#snapshot;
  }

  standing(): Standing {
    return standingOf(this.#snapshot);
  }

  rest(): Resting {
    return restOf(this.#machine, this.#snapshot, false);
  }

  /** One step, and all that its effects call back for. */
  #whole(event: EventFromLogic<M>, about: About<X> & Occasion<X>, begun?: Step<M>): void {
    this.#isStepping = true;
    try {
      if (begun) this.#take(event, begun, about);
      else this.#settle(event, about);
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#settle(next.event, next.about);
    } finally {
      this.#isStepping = false;
    }
  }

  #settle(event: EventFromLogic<M>, about: About<X> & Occasion<X>): void {
    const taken = rememberedStep(this.#machine, this.#snapshot, event);
    this.#take(event, taken, about, !taken.expected);
  }

  #take(event: { type: string }, taken: Step<M>, about: About<X> & Occasion<X>, unexpected = false): void {
    this.#snapshot = taken.snapshot;
    const { effects } = taken;
    const { facts } = about;
    const state = (taken.snapshot as Standing).value;
    const line: TraceLine = { role: this.#machine.id, instance: this.#instance, event, state, effects };
    if (unexpected) line.unexpected = true;
    if (facts) line.facts = facts;
    this.#record(line);
    const perform = this.#perform;
    for (const effect of effects as Effect[]) {
      (perform[effect.type] as (effect: Effect, occasion: Occasion<X>) => void)(effect, about);
    }
  }
}
