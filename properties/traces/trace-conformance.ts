/**
 * Did the runtime do what the model does? Replays a recorded trace on the machines, line by line: the state and the
 * effects must be those of the model, and every message that a role received must have been sent before.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../machines/effects.ts';
import { type MachineId, machines, roleOf } from '../../machines/roles.ts';
import { begin, expects, step } from '../../machines/step.ts';
import type { TraceLine } from '../../machines/trace.ts';
import type { Role } from '../../machines/vocabulary.ts';

type Conformance =
  | {
      outcome: 'conforms';
      lines: number;
      instances: number;
      messages: number;
      /** Roles that the trace lacks. If there are any, received messages are not compared with sent ones. */
      absent: Role[];
    }
  /** `line` counts from 1. */
  | { outcome: 'deviates'; line: number; because: string };

type Instance = { machine: AnyStateMachine; snapshot: unknown };

export function conformance(trace: readonly TraceLine[]): Conformance {
  const instances = new Map<string, Instance>();
  const sent = new Set<string>();
  let messages = 0;
  const present = new Set(trace.flatMap(({ role }) => (isMachine(role) ? [roleOf[role]] : [])));
  const absent = [...new Set(Object.values(roleOf))].filter((role) => !present.has(role));

  for (const [n, line] of trace.entries()) {
    const deviates = (because: string): Conformance => ({ outcome: 'deviates', line: n + 1, because });
    const { role, instance, event } = line;
    if (!isMachine(role)) return deviates(`there is no machine "${role}"`);

    const key = `${role} ${instance}`;
    const known = instances.get(key);
    if (event.type === 'begin' && known) return deviates(`${key} begins a second time`);
    if (event.type !== 'begin' && !known) return deviates(`${key} has not begun`);
    const modelled = modelledStep(machines[role], known, line);
    if ('because' in modelled) return deviates(`${key}: ${modelled.because}`);
    instances.set(key, { machine: machines[role], snapshot: modelled.snapshot });

    if (isMessage(event)) {
      messages += 1;
      if (absent.length === 0 && !sent.has(envelope(roleOf[role], event))) {
        return deviates(`${key} received ${event.type}, which no role had sent`);
      }
    }
    for (const effect of modelled.effects) {
      if (effect.type === 'send') sent.add(envelope(effect.to, effect.message));
      if (effect.type === 'tell') sent.add(envelope(roleOf[effect.to], effect.event));
    }
  }
  return { outcome: 'conforms', lines: trace.length, instances: instances.size, messages, absent };
}

type Modelled = { snapshot: unknown; effects: Effect[] } | { because: string };

/** The step of the model that this line records, or the difference between them. */
function modelledStep(machine: AnyStateMachine, known: Instance | undefined, line: TraceLine): Modelled {
  const { event, state, effects, unexpected } = line;
  const { input } = event as { input?: never };
  const before = known?.snapshot as never;
  if (known && expects(machine, before, event as never) === (unexpected === true)) {
    return {
      because: `${event.type} is ${unexpected ? 'expected' : 'unexpected'} in ${JSON.stringify(stateOf(before))}`,
    };
  }
  const taken = known ? step(machine, before, event as never) : begin(machine, input);
  const modelled = stateOf(taken.snapshot);
  if (!isDeepStrictEqual(modelled, state)) {
    return {
      because: `after ${event.type} the model is in ${JSON.stringify(modelled)}, not in ${JSON.stringify(state)}`,
    };
  }
  if (!isDeepStrictEqual(taken.effects, effects)) {
    return {
      because: `on ${event.type} the model performs ${JSON.stringify(taken.effects)}, not ${JSON.stringify(effects)}`,
    };
  }
  return { snapshot: taken.snapshot, effects: taken.effects as Effect[] };
}

const stateOf = (snapshot: unknown): unknown => (snapshot as { value: unknown }).value;
const isMachine = (role: string): role is MachineId => Object.hasOwn(machines, role);
/** Events of the environment are written `subject.pastParticiple`, messages of peers in PascalCase. */
const isMessage = ({ type }: { type: string }) => /^[A-Z]/.test(type);

/** A message and its receiver, without `credential`: on CAPIF-2e it is not on the wire, and each side counts for itself. */
function envelope(to: Role, message: { type: string; credential?: number }): string {
  const { credential: _, ...rest } = message;
  return `${to} ${JSON.stringify(rest, Object.keys(rest).sort())}`;
}
