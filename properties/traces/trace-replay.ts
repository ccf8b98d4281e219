/**
 * Replays recorded traces on the machines, line by line: the state and the effects must be those of the model. What a line
 * received and sent is kept, for who compares the lines of one role with those of another.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../machines/effects.ts';
import { type MachineId, machines, roleOf } from '../../machines/roles.ts';
import { begin, expects, type Standing, standingAt, step } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { Role } from '../../machines/vocabulary.ts';

/** What a line of a trace has on the wire, as texts that are the same at both ends. */
export type Exchange = { key: string; type: string; received?: string; sent: readonly string[] };
type Snapshot = { value: unknown; context: unknown };
/** A machine of the trace with the number `trace`, and what its lines since it began have sent. */
type Instance = { trace: number; snapshot: Snapshot; history: { standing: string; exchange: Exchange }[] };

export class Replay {
  readonly #instances = new Map<string, Instance>();

  /** How many machines there were. */
  get size(): number {
    return this.#instances.size;
  }

  /** Call it for the lines in their order; the traces of one role in the order in which it was started. */
  take(line: TraceLine, trace: number): Exchange | { because: string } {
    const { role, instance, event } = line;
    if (!isMachine(role)) return { because: `there is no machine "${role}"` };
    const key = `${role} ${instance}`;
    const known = this.#instances.get(key);
    const taken = stepped(machines[role], known, line, trace);
    if ('because' in taken) return { because: taken.isOfKey ? `${key} ${taken.because}` : `${key}: ${taken.because}` };
    const sent = taken.effects.flatMap(sentBy);
    const exchange = {
      key,
      type: event.type,
      sent,
      ...(isMessage(event) && event.type !== toSubscribers && { received: envelope(roleOf[role], event) }),
    };
    const history = event.type === 'begin' ? [] : (known?.history ?? []);
    history.push({ standing: standingText(taken.snapshot), exchange });
    this.#instances.set(key, { trace, snapshot: taken.snapshot, history });
    return exchange;
  }
}

type Taken = { snapshot: Snapshot; effects: readonly Effect[] } | { because: string; isOfKey?: true };

function stepped(machine: AnyStateMachine, known: Instance | undefined, line: TraceLine, trace: number): Taken {
  const { event } = line;
  if (event.type === 'resumed') return resumed(machine, known, line);
  if (event.type === 'begin' && known?.trace === trace) return { because: 'begins a second time', isOfKey: true };
  if (event.type === 'begin') return compared(begin(machine, (event as { input?: never }).input), line);
  if (!known) return { because: 'has not begun', isOfKey: true };
  const before = known.snapshot as never;
  if (expects(machine, before, event as never) === (line.unexpected === true)) {
    const which = line.unexpected ? 'expected' : 'unexpected';
    return { because: `${event.type} is ${which} in ${JSON.stringify(known.snapshot.value)}` };
  }
  return compared(step(machine, before, event as never), line);
}

function compared(taken: { snapshot: unknown; effects: readonly unknown[] }, line: TraceLine): Taken {
  const { event, state, effects } = line;
  const snapshot = taken.snapshot as Snapshot;
  const [modelled, recorded] = [JSON.stringify(snapshot.value), JSON.stringify(state)];
  if (!isDeepStrictEqual(snapshot.value, state))
    return { because: `after ${event.type} the model is in ${modelled}, not in ${recorded}` };
  if (!isDeepStrictEqual(taken.effects, effects)) {
    const performed = JSON.stringify(taken.effects);
    return { because: `on ${event.type} the model performs ${performed}, not ${JSON.stringify(effects)}` };
  }
  return { snapshot, effects: taken.effects as Effect[] };
}

/**
 * A role that was killed goes on where it was durable. Steps after that have not happened: what they sent has not left, so
 * nobody may have received it.
 */
function resumed(machine: AnyStateMachine, known: Instance | undefined, { event, state }: TraceLine): Taken {
  const { standing } = event as { standing?: Standing };
  let snapshot: Snapshot;
  try {
    snapshot = standingAt(machine, standing!) as Snapshot;
  } catch {
    return { because: 'goes on in a state that the machine does not have', isOfKey: true };
  }
  if (!isDeepStrictEqual(snapshot.value, state))
    return { because: 'goes on elsewhere than in its state', isOfKey: true };
  if (!known) return { snapshot, effects: [] };
  const text = standingText(snapshot);
  const at = known.history.findLastIndex((past) => past.standing === text);
  if (at < 0) return { because: `goes on in ${JSON.stringify(state)}, as it had never been`, isOfKey: true };
  for (const { exchange } of known.history.splice(at + 1)) exchange.sent = [];
  return { snapshot, effects: [] };
}

const standingText = ({ value, context }: Snapshot) => JSON.stringify([value, context]);
const isMachine = (role: string): role is MachineId => Object.hasOwn(machines, role);
/** Events of the environment are written `subject.pastParticiple`, messages of peers in PascalCase. */
const isMessage = ({ type }: { type: string }) => /^[A-Z]/.test(type);

/**
 * Also received where no method was withdrawn, which is when the machine of the core sends it: whoever has subscribed is notified
 * of every update (TS 29.222 5.4.2.4).
 */
const toSubscribers = 'ServiceApiUpdateNotification';

function sentBy(effect: Effect): string[] {
  if (effect.type === 'send') return [envelope(effect.to, effect.message)];
  return effect.type === 'tell' ? [envelope(roleOf[effect.to], effect.event)] : [];
}

/**
 * A message and its receiver, without `credential`: on CAPIF-2e it is not on the wire, and each side counts for itself. A
 * publication of several services is one request: what is the first one of a service may be an update of their resource.
 */
function envelope(to: Role, message: { type: string; credential?: number }): string {
  const { credential: _, type, ...rest } = message;
  const kind = type === 'ServiceApiPublishRequest' ? 'ServiceApiUpdateRequest' : type;
  return `${to} ${kind} ${JSON.stringify(rest, Object.keys(rest).sort())}`;
}
