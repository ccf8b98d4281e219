/** Runs one machine against the real world: events in, one step at a time, a line of trace, then its effects. */
import type { AnyStateMachine, EventFromLogic, SnapshotFrom } from 'xstate';
import type { Effect } from '../machines/effects.ts';
import { type Beginning, begin, expects, type Step, step } from '../machines/step.ts';
import type { TraceLine, TransportFacts } from '../machines/trace.ts';

/** One function per kind of effect. Forget one and it does not compile. `X` is what an answer is given to. */
export type Performers<X> = {
  [K in Effect['type']]: (effect: Extract<Effect, { type: K }>, exchange: X | undefined) => void;
};

/** An effect that this machine never asks for. */
export function never(effect: Effect): void {
  throw new Error(`this machine does not ask for "${effect.type}"`);
}
/** All of them; a role puts its own in the place of those it has. */
export const noPerformers: Performers<unknown> = {
  send: never,
  tell: never,
  openTls: never,
  closeTls: never,
  deriveAefPsk: never,
  forgetCredential: never,
  startTimer: never,
  stopTimer: never,
  report: never,
};

export type Record = (line: TraceLine) => void;

/** What came with an event: the exchange that is to be answered, and what the transport saw of it. */
export type About<X> = { exchange?: X | undefined; facts?: TransportFacts | undefined };

export type Participant<M extends AnyStateMachine, X> = {
  /** Hand in an event. Effects may call back in here; they wait their turn. */
  tell(event: EventFromLogic<M>, about?: About<X>): void;
  snapshot(): SnapshotFrom<M>;
};

export function participant<M extends AnyStateMachine, X = never>(
  instance: string,
  perform: Performers<X>,
  record: Record,
  ...beginning: Beginning<M>
): Participant<M, X> {
  const [machine, input] = beginning;
  const waiting: { event: EventFromLogic<M>; about: About<X> }[] = [];
  let snapshot: SnapshotFrom<M>;
  let stepping = true;

  function settle(event: { type: string }, taken: Step<M>, { exchange, facts }: About<X>, unexpected = false): void {
    snapshot = taken.snapshot;
    const { effects } = taken;
    const state = (snapshot as { value: unknown }).value;
    const more = { ...(unexpected ? { unexpected: true as const } : {}), ...(facts ? { facts } : {}) };
    record({ role: machine.id, instance, event, state, effects, ...more });
    for (const effect of effects as Effect[]) {
      (perform[effect.type] as (effect: Effect, exchange: X | undefined) => void)(effect, exchange);
    }
  }

  function settleWaiting(): void {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { event, about } = next;
      const unexpected = !expects(machine, snapshot, event);
      settle(event as { type: string }, step(machine, snapshot, event), about, unexpected);
    }
  }

  const first = begin<M>(...beginning);
  settle({ type: 'begin', ...(input === undefined ? {} : { input }) } as { type: string }, first, {});
  settleWaiting();
  stepping = false;

  return {
    tell(event, about = {}) {
      waiting.push({ event, about });
      if (stepping) return;
      stepping = true;
      try {
        settleWaiting();
      } finally {
        stepping = false;
      }
    },
    snapshot: () => snapshot,
  };
}
