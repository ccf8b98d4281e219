/** One step of a machine: its next snapshot, and its effects. */
import {
  type AnyActorScope,
  type AnyStateMachine,
  createActor,
  type EmittedFrom,
  type EventFromLogic,
  initialTransition,
  type SnapshotFrom,
} from 'xstate';

export type Step<M extends AnyStateMachine> = { snapshot: SnapshotFrom<M>; effects: EmittedFrom<M>[] };

/** A machine and the input it needs, if it needs any. */
export type Beginning<M extends AnyStateMachine> = Parameters<typeof initialTransition<M>>;

export const begin = <M extends AnyStateMachine>(...beginning: Beginning<M>): Step<M> =>
  read(initialTransition<M>(...beginning));

/** Where a machine stands, as JSON. */
export type Standing = { value: unknown; context: unknown };

/** The snapshot of a machine that stands there. Throws if this version of the machine has no such state. */
export const standingAt = <M extends AnyStateMachine>(machine: M, { value, context }: Standing): SnapshotFrom<M> =>
  machine.resolveState({ value, context } as Parameters<M['resolveState']>[0]) as SnapshotFrom<M>;

/** A machine in a final state takes no step. */
export const step = <M extends AnyStateMachine>(machine: M, at: SnapshotFrom<M>, event: EventFromLogic<M>): Step<M> =>
  isDone(at) ? { snapshot: at, effects: [] } : read(transitionOf(machine, at, event));

/** False for an event that no transition of the present state names: the machine was not designed for it there. */
export const expects = <M extends AnyStateMachine>(machine: M, at: SnapshotFrom<M>, event: EventFromLogic<M>) =>
  !isDone(at) && machine.getTransitionData(at, event).length > 0;

const isDone = (at: unknown) => (at as { status: string }).status === 'done';

type Action = { type: string; params: unknown };

/**
 * What XState's own `transition` makes for each step, which takes ten times as long as the step: an actor that is never
 * started. One for each machine is enough, since nothing of a step stays in it.
 */
const scopes = new WeakMap<AnyStateMachine, AnyActorScope>();

function scopeOf(machine: AnyStateMachine): AnyActorScope {
  const known = scopes.get(machine);
  if (known) return known;
  const self = createActor(machine);
  const nothing = () => {};
  const made: AnyActorScope = {
    self,
    system: self.system,
    id: self.id,
    sessionId: self.sessionId,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: nothing,
  };
  scopes.set(machine, made);
  return made;
}

function transitionOf<M extends AnyStateMachine>(machine: M, at: SnapshotFrom<M>, event: EventFromLogic<M>) {
  const actions: Action[] = [];
  const scope = { ...scopeOf(machine), actionExecutor: (action: Action) => actions.push(action) };
  return [machine.transition(at, event, scope) as SnapshotFrom<M>, actions] as [SnapshotFrom<M>, Action[]];
}

const read = <M extends AnyStateMachine>([snapshot, actions]: [SnapshotFrom<M>, Action[]]): Step<M> => ({
  snapshot,
  effects: actions.map(effectOf) as EmittedFrom<M>[],
});

function effectOf({ type, params }: Action): unknown {
  if (type !== 'xstate.emit') throw new Error(`a machine may only emit effects, but this one asked for "${type}"`);
  return (params as { event: unknown }).event;
}

/** A state as words; a state within a state is written with a dot, as in `authenticated.negotiating`. */
export const stateName = (state: unknown): string =>
  typeof state === 'string'
    ? state
    : Object.entries(state as object)
        .map(([outer, inner]) => `${outer}.${stateName(inner)}`)
        .join(' ');

/** The outermost state alone, as in `authenticated`. */
export const outermostState = (state: unknown): string =>
  typeof state === 'string' ? state : Object.keys(state as object)[0]!;
