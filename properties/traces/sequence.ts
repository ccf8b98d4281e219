/**
 * A run as a sequence chart (ITU-T Z.120) without a layout: who sends what to whom, what is lost, and the states, timers
 * and other happenings in between. `sequence-text.ts` prints it; diagrams/ draws it.
 */

import type { AnyStateMachine } from 'xstate';
import { machines, roleOf } from '../../machines/roles.ts';
import { stateName } from '../../machines/steps/step.ts';
import type { Role, Source } from '../../machines/vocabulary.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Configuration } from '../model/setting.ts';
import { type Part, parts } from '../model/state.ts';
import { type ReplayedRun, type ReplayedTransition, restarted } from './scenario.ts';

export type Sequence = { instances: readonly Instance[]; events: readonly SequenceEvent[] };
/** An instance of a role; it has a `name` if the run has several of that role, or names it. */
export type Instance = { id: string; role: Role; name?: string };

/**
 * `late`: its sender has given it up before. `forged`: it has no sender. `lost`, `delayed`: it does not arrive, or not now.
 * `failed`: a connection that is not established.
 */
export type Fate = 'arrives' | 'late' | 'forged' | 'lost' | 'delayed' | 'failed';

export type SequenceMessage = {
  kind: 'message';
  from: string;
  to: string;
  label: string;
  fate: Fate;
  /** The source of the transition that the receiver takes. */
  source?: Source;
  /** Facts of the transport, such as a status. */
  facts?: string;
};
export type SequenceEvent =
  | SequenceMessage
  /** `machine`: the machine of the role, if it is not the one with the name of the role. */
  | { kind: 'state'; over: string; state: string; machine?: string }
  | { kind: 'happening' | 'report'; over: string; words: string; source?: Source }
  | { kind: 'timer'; over: string; happens: 'set' | 'expires' | 'stops'; words: string }
  /** Everything from here on is repeated for ever. */
  | { kind: 'loop' };

/** The sender and the receiver of each kind of message. */
type Routes = Map<string, { from: Role; to: Role }>;

export const rolesInOrder: readonly Role[] = [
  'apiInvoker',
  'capifCoreFunction',
  'apiExposingFunction',
  'apiPublishingFunction',
];

export function sequenceOf({ transitions, loopAt, configuration }: ReplayedRun): Sequence {
  const routes: Routes = new Map([
    // An attacker may forge it before the AEF has sent one.
    ['IncorrectMethodFailure', { from: 'apiExposingFunction', to: 'apiInvoker' }],
    ['ServiceApiUpdateNotification', { from: 'capifCoreFunction', to: 'apiInvoker' }],
  ]);
  for (const { transition } of transitions) for (const step of transition.steps) learn(routes, step);
  const events = transitions.flatMap((replayed, n): SequenceEvent[] => [
    ...(n === loopAt ? [{ kind: 'loop' } as const] : []),
    ...eventsOf(replayed, routes, configuration),
  ]);
  return { instances: rolesInOrder.map((role) => ({ id: role, role })), events };
}

function learn(routes: Routes, { part, effects }: MachineStep): void {
  for (const effect of effects) {
    if (effect.type === 'send') routes.set(effect.message.type, { from: roleOf[part], to: effect.to });
  }
}

function eventsOf(replayed: ReplayedTransition, routes: Routes, configuration: Configuration): SequenceEvent[] {
  const { transition, before } = replayed;
  const steps = transition.steps.flatMap((step, n): SequenceEvent[] => [
    ...toldBy(transition.steps.slice(0, n), step, configuration),
    ...stateEvents(step.part, step.before.value, step.after.value),
    ...timerEvents(step, transition.action),
    ...step.effects.flatMap((effect): SequenceEvent[] =>
      effect.type === 'report' ? [{ kind: 'report', over: roleOf[step.part], words: `reports ${effect.outcome}` }] : [],
    ),
  ]);
  const restarts = restarted(before, transition).flatMap((part) =>
    stateEvents(part, before[part].value, transition.after[part]?.value),
  );
  return [happening(replayed, routes, configuration), ...restarts, ...steps];
}

/** The transition itself: a message that arrives or does not, a connection, or something that happens at one role. */
function happening(
  { transition: { action, steps }, before }: ReplayedTransition,
  routes: Routes,
  configuration: Configuration,
): SequenceEvent {
  const [verb = '', ...rest] = action.split(' ');
  const [first] = steps;
  const source = first && sourceOfStep(first, configuration);
  const type = rest.find((word) => routes.has(word));
  const route = type === undefined ? undefined : routes.get(type);
  if (verb === 'deliver' && route && first) {
    return message(route, labelOf(first.event), rest[0] === 'late' ? 'late' : 'arrives', source);
  }
  if (verb === 'forge' && route) return message(route, rest.join(' '), 'forged', source);
  if (verb === 'repeat' && route) return { kind: 'happening', over: route.from, words: action };
  if (route) return message(route, `${type}`, verb === 'delay' ? 'delayed' : 'lost');
  const { control } = before;
  const isAboutTls = /^(open CAPIF|fail CAPIF|cut TLS|forge alert)/.test(action);
  const fate = verb === 'open' ? 'arrives' : 'failed';
  if (isAboutTls && control.at === 'openingCore') {
    return message({ from: 'apiInvoker', to: 'capifCoreFunction' }, 'TLS', fate, source);
  }
  if (isAboutTls && control.at === 'openingAef') {
    const label = `TLS by ${control.method} ${control.credential}${verb === 'forge' ? ', forged alert' : ''}`;
    return message({ from: 'apiInvoker', to: 'apiExposingFunction' }, label, fate, source);
  }
  const part = parts.find((one) => rest.includes(one)) ?? first?.part ?? 'apiInvoker';
  const over = roleOf[part];
  if (verb === 'expire' && rest[0] === 'pause') return { kind: 'timer', over, happens: 'expires', words: action };
  return { kind: 'happening', over, words: action, ...(source && { source }) };
}

const message = (route: { from: Role; to: Role }, label: string, fate: Fate, source?: Source): SequenceMessage => ({
  kind: 'message',
  ...route,
  label,
  fate,
  ...(source && { source }),
});

/** An event that a machine of one role tells a machine of another is an arrow too. */
function toldBy(earlier: readonly MachineStep[], step: MachineStep, configuration: Configuration): SequenceMessage[] {
  const { part, event } = step;
  const teller = earlier.findLast(({ effects }) =>
    effects.some((effect) => effect.type === 'tell' && effect.to === part && effect.event.type === event.type),
  );
  if (!teller || roleOf[teller.part] === roleOf[part]) return [];
  const route = { from: roleOf[teller.part], to: roleOf[part] };
  return [message(route, labelOf(event), 'arrives', sourceOfStep(step, configuration))];
}

/** A message with all its values but the invoker's list of methods, which never changes. */
export function labelOf({ type, ...details }: { type: string }): string {
  const { supported: _, ...others } = details as Record<string, unknown>;
  return [type, ...Object.values(others).map((value) => (Array.isArray(value) ? value.join(',') : value))].join(' ');
}

function stateEvents(part: Part, before: unknown, after: unknown): SequenceEvent[] {
  const [from, to] = [stateName(before), stateName(after)];
  if (from === to) return [];
  return [{ kind: 'state', over: roleOf[part], state: to, ...(part !== roleOf[part] && { machine: part }) }];
}

/** The expiry of a timer is the transition itself, and no event beside it. */
function timerEvents({ part, before, after }: MachineStep, action: string): SequenceEvent[] {
  if (before.paused === after.paused || action.startsWith('expire pause')) return [];
  return [{ kind: 'timer', over: roleOf[part], happens: after.paused ? 'set' : 'stops', words: 'pause' }];
}

/** The source of the transition that the machine takes; undefined if it takes none. */
function sourceOfStep({ part, before, event }: MachineStep, { supported, amendments, attemptsMax }: Configuration) {
  const machine: AnyStateMachine = machines[part];
  const context = { supported, amendments, attemptsMax, ...before.context };
  const at = machine.resolveState({ value: before.value, context } as never);
  const [taken] = machine.getTransitionData(at as never, event as never);
  return taken?.meta as Source | undefined;
}
