/**
 * Steps that were taken before are looked up. The same machine, state and event give the same step, so what is run, and what
 * the checker explores, is what XState says; it is asked once.
 *
 * What is remembered shares nothing with what was handed in, and cannot be changed: a state or an effect belongs to every
 * instance of the machine that gets there.
 */
import type { AnyStateMachine, EventFromLogic, SnapshotFrom } from 'xstate';
import { expects, type Standing, type Step, standingAt, step } from './step.ts';

/** `expected`: a transition of the state names the event. */
export type RememberedStep<M extends AnyStateMachine> = Step<M> & { expected: boolean };

/** A state of a machine, and the steps from there that have been taken. Most often the next one is the `latest` again. */
type Place = {
  snapshot: SnapshotFrom<AnyStateMachine>;
  steps: Map<string, RememberedStep<AnyStateMachine>>;
  latest?: { event: object; step: RememberedStep<AnyStateMachine> };
};
type Memory = { places: Map<string, Place>; placeOf: WeakMap<object, Place>; steps: number };

/** States and steps of one machine. When there are more, all are forgotten: credentials and revisions count without end. */
export const rememberedMax = 1024;
/** Of the text of a state or an event. A longer one has lists whose length somebody else chose, and is not remembered. */
const keyMax = 2000;

const memories = new WeakMap<AnyStateMachine, Memory>();

export function rememberedStep<M extends AnyStateMachine>(
  machine: M,
  at: SnapshotFrom<M>,
  event: EventFromLogic<M>,
): RememberedStep<M> {
  const memory = memoryOf(machine);
  const place = memory.placeOf.get(at as object) ?? placeOf(machine, memory, at);
  if (place?.latest && isSame(place.latest.event, event)) return place.latest.step as RememberedStep<M>;
  const key = keyOf(event);
  const known = place?.steps.get(key);
  if (place && known) place.latest = { event: { ...event }, step: known };
  if (known) return known as RememberedStep<M>;
  const taken = { ...step(machine, at, event), expected: expects(machine, at, event) };
  return place && key.length <= keyMax ? remember(machine, memory, place, key, taken) : taken;
}

/** The snapshot that all instances share which stand there, as long as it is remembered. */
export function sharedSnapshot<M extends AnyStateMachine>(machine: M, at: SnapshotFrom<M>): SnapshotFrom<M> {
  const memory = memoryOf(machine);
  const place = memory.placeOf.get(at as object) ?? placeOf(machine, memory, at);
  return (place?.snapshot ?? at) as SnapshotFrom<M>;
}

/** How many states and steps of this machine are remembered now. */
export const sizeRemembered = (machine: AnyStateMachine): number => sizeOf(memories.get(machine) ?? emptied(machine));

const sizeOf = ({ places, steps }: Memory): number => places.size + steps;

/** What there is of it, while that is not too much. */
function memoryOf(machine: AnyStateMachine): Memory {
  const memory = memories.get(machine);
  return memory && sizeOf(memory) < rememberedMax ? memory : emptied(machine);
}

function emptied(machine: AnyStateMachine): Memory {
  const memory = { places: new Map(), placeOf: new WeakMap(), steps: 0 };
  memories.set(machine, memory);
  return memory;
}

function remember<M extends AnyStateMachine>(
  machine: M,
  memory: Memory,
  from: Place,
  key: string,
  { snapshot, effects, expected }: RememberedStep<M>,
): RememberedStep<M> {
  const to = (placeOf(machine, memory, snapshot)?.snapshot ?? snapshot) as SnapshotFrom<M>;
  const step = { snapshot: to, effects: frozenCopy(effects), expected };
  from.steps.set(key, step);
  memory.steps += 1;
  return step;
}

/** The one place of all snapshots that stand there. */
function placeOf<M extends AnyStateMachine>(machine: M, memory: Memory, at: SnapshotFrom<M>): Place | undefined {
  const { value, context } = at as Standing;
  const key = keyOf([value, context]);
  if (key.length > keyMax) return undefined;
  const known = memory.places.get(key);
  if (known) return known;
  const snapshot = standingAt(machine, frozenCopy({ value, context }));
  const place: Place = { snapshot, steps: new Map() };
  memory.places.set(key, place);
  memory.placeOf.set(snapshot, place);
  return place;
}

/** The same names with the same values, none of which has parts. */
function isSame(one: object, other: object): boolean {
  let more = 0;
  for (const name in one) {
    const value = one[name as keyof typeof one] as unknown;
    if (typeof value === 'object' || value !== other[name as keyof typeof other] || !(name in other)) return false;
    more += 1;
  }
  for (const _name in other) more -= 1;
  return more === 0;
}

/** The same for equal data, and never for other data: what is undefined is not what is absent. */
function keyOf(data: unknown): string {
  if (typeof data === 'string') return `"${data.length} ${data}`;
  if (typeof data !== 'object' || data === null) return `${data};`;
  if (Array.isArray(data)) return `[${data.map(keyOf).join('')}]`;
  let parts = '{';
  for (const [name, value] of Object.entries(data)) parts += keyOf(name) + keyOf(value);
  return `${parts}}`;
}

function frozenCopy<T>(data: T): T {
  return deeplyFrozen(structuredClone(data));
}

function deeplyFrozen<T>(data: T): T {
  if (typeof data === 'object' && data !== null) Object.values(Object.freeze(data)).forEach(deeplyFrozen);
  return data;
}
