/**
 * A run as a message sequence chart (ITU-T Z.120) before it has places: who sends what to whom, what is lost, and the
 * states, timers and happenings in between. `chart.ts` prints it; diagrams/ draws it.
 */
import { machines, roleOf } from '../../machines/roles.ts';
import type { Role, Source } from '../../machines/vocabulary.ts';
import type { TurnStep } from '../model/macro-step.ts';
import type { World } from '../model/setting.ts';
import { type Part, parts } from '../model/state.ts';
import { type Played, type PlayedMove, restarted, stateName } from './scenario.ts';

export type Sequence = { instances: readonly Instance[]; events: readonly SequenceEvent[] };
/** One of the parties; `name` only where the run has several of its role, or says what it is called. */
export type Instance = { id: string; role: Role; name?: string };

/**
 * `late`: given up before, by whoever sent it. `forged`: nobody sent it. `lost`, `delayed`: it does not arrive, or not now.
 * `failed`: a connection that is not established.
 */
export type Fate = 'arrives' | 'late' | 'forged' | 'lost' | 'delayed' | 'failed';

export type Message = {
  kind: 'message';
  from: string;
  to: string;
  label: string;
  fate: Fate;
  /** Of the transition that the receiver takes. */
  source?: Source;
  /** What the transport saw of it. */
  facts?: string;
};
export type SequenceEvent =
  | Message
  /** `machine`: which of the party's, where it is not the one that bears its name. */
  | { kind: 'state'; over: string; state: string; machine?: string }
  | { kind: 'happening' | 'report'; over: string; words: string; source?: Source }
  | { kind: 'timer'; over: string; happens: 'set' | 'expires' | 'stops'; words: string }
  /** From here on everything is repeated for ever. */
  | { kind: 'loop' };

/** Between whom each kind of message goes. */
type Routes = Map<string, { from: Role; to: Role }>;

export const rolesInOrder: readonly Role[] = [
  'apiInvoker',
  'capifCoreFunction',
  'apiExposingFunction',
  'apiPublishingFunction',
];

export function sequenceOf({ moves, loopAt, world }: Played): Sequence {
  const routes: Routes = new Map([
    // These may be faked before anybody has sent one.
    ['IncorrectMethodFailure', { from: 'apiExposingFunction', to: 'apiInvoker' }],
  ]);
  for (const { move } of moves) for (const step of move.steps) learn(routes, step);
  const events = moves.flatMap((played, n): SequenceEvent[] => [
    ...(n === loopAt ? [{ kind: 'loop' } as const] : []),
    ...eventsOf(played, routes, world),
  ]);
  return { instances: rolesInOrder.map((role) => ({ id: role, role })), events };
}

function learn(routes: Routes, { part, effects }: TurnStep): void {
  for (const effect of effects) {
    if (effect.type === 'send') routes.set(effect.message.type, { from: roleOf[part], to: effect.to });
  }
}

function eventsOf(played: PlayedMove, routes: Routes, world: World): SequenceEvent[] {
  const { move, before } = played;
  const steps = move.steps.flatMap((step, n): SequenceEvent[] => [
    ...toldBy(move.steps.slice(0, n), step, world),
    ...stateEvents(step.part, step.before.state, step.after.state),
    ...timerEvents(step, move.words),
    ...step.effects.flatMap((effect): SequenceEvent[] =>
      effect.type === 'report' ? [{ kind: 'report', over: roleOf[step.part], words: `reports ${effect.outcome}` }] : [],
    ),
  ]);
  const restarts = restarted(before, move).flatMap((part) =>
    stateEvents(part, before[part].state, move.after[part]?.state),
  );
  return [happening(played, routes, world), ...restarts, ...steps];
}

/** What the move itself is: a message that arrives or does not, a connection, or something that happens at one role. */
function happening({ move: { words, steps }, before }: PlayedMove, routes: Routes, world: World): SequenceEvent {
  const [verb = '', ...rest] = words.split(' ');
  const [first] = steps;
  const source = first && sourceOfStep(first, world);
  const type = rest.find((word) => routes.has(word));
  const route = type === undefined ? undefined : routes.get(type);
  if (verb === 'deliver' && route && first) {
    return message(route, labelOf(first.event), rest[0] === 'late' ? 'late' : 'arrives', source);
  }
  if (verb === 'forge' && route) return message(route, rest.join(' '), 'forged', source);
  if (verb === 'repeat' && route) return { kind: 'happening', over: route.from, words };
  if (route) return message(route, `${type}`, verb === 'delay' ? 'delayed' : 'lost');
  const { control } = before;
  const isAboutTls = /^(open CAPIF|fail CAPIF|cut TLS|forge alert)/.test(words);
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
  if (verb === 'expire' && rest[0] === 'pause') return { kind: 'timer', over, happens: 'expires', words };
  return { kind: 'happening', over, words, ...(source && { source }) };
}

const message = (route: { from: Role; to: Role }, label: string, fate: Fate, source?: Source): Message => ({
  kind: 'message',
  ...route,
  label,
  fate,
  ...(source && { source }),
});

/** A word between machines of two roles is an arrow too. */
function toldBy(earlier: readonly TurnStep[], step: TurnStep, world: World): Message[] {
  const { part, event } = step;
  const teller = earlier.findLast(({ effects }) =>
    effects.some((effect) => effect.type === 'tell' && effect.to === part && effect.event.type === event.type),
  );
  if (!teller || roleOf[teller.part] === roleOf[part]) return [];
  const route = { from: roleOf[teller.part], to: roleOf[part] };
  return [message(route, labelOf(event), 'arrives', sourceOfStep(step, world))];
}

/** A message with what matters of it on a chart: all but the invoker's own list, which is always the same. */
export function labelOf({ type, ...details }: { type: string }): string {
  const { supported: _, ...others } = details as Record<string, unknown>;
  return [type, ...Object.values(others).map((value) => (Array.isArray(value) ? value.join(',') : value))].join(' ');
}

function stateEvents(part: Part, before: unknown, after: unknown): SequenceEvent[] {
  const [from, to] = [stateName(before), stateName(after)];
  if (from === to) return [];
  return [{ kind: 'state', over: roleOf[part], state: to, ...(part !== roleOf[part] && { machine: part }) }];
}

/** That a timer expires is the move itself. */
function timerEvents({ part, before, after }: TurnStep, words: string): SequenceEvent[] {
  if (before.paused === after.paused || words.startsWith('expire pause')) return [];
  return [{ kind: 'timer', over: roleOf[part], happens: after.paused ? 'set' : 'stops', words: 'pause' }];
}

/** Where the standard says what the machine does here; nothing where no state names the event. */
function sourceOfStep({ part, before, event }: TurnStep, { supported, amendments, attemptsMax }: World) {
  const machine = machines[part];
  const context = { supported, amendments, attemptsMax, ...before.context };
  const at = machine.resolveState({ value: before.state, context } as never);
  const [taken] = machine.getTransitionData(at as never, event as never);
  return taken?.meta as Source | undefined;
}
