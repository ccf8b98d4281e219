/** A recorded trace as a message sequence chart: who told whom what, and what was sent and never heard. */

import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../machines/effects.ts';
import { type MachineId, machines, roleOf } from '../../machines/roles.ts';
import { stateName } from '../../machines/state-name.ts';
import { begin, step } from '../../machines/step.ts';
import type { TraceLine, TransportFacts } from '../../machines/trace.ts';
import type { Role, Source } from '../../machines/vocabulary.ts';
import { type Instance, labelOf, type Message, rolesInOrder, type Sequence, type SequenceEvent } from './sequence.ts';

/** Both ends of each reference point. */
const ends: Readonly<Record<string, readonly Role[]>> = {
  'CAPIF-1e': ['apiInvoker', 'capifCoreFunction'],
  'CAPIF-2e': ['apiInvoker', 'apiExposingFunction'],
  'CAPIF-3': ['capifCoreFunction', 'apiExposingFunction'],
  'CAPIF-4': ['capifCoreFunction', 'apiPublishingFunction'],
};

const providerDomain: readonly Role[] = ['apiExposingFunction', 'apiPublishingFunction'];

/** Sent, and perhaps not yet heard. `instance`: of the machine that sent it, as in `invoker/AEF`. */
type Sent = { instance: string; to: Role; message: { type: string }; arrow: Message; isInside: boolean };

/** The trace is taken to be a run of the model: `capif trace` says whether it is. */
export function sequenceOfTrace(trace: readonly TraceLine[]): Sequence {
  const lines = trace.filter((line): line is TraceLine & { role: MachineId } => Object.hasOwn(machines, line.role));
  const instances = instancesOf(lines);
  const present = new Set(lines.map(({ role }) => roleOf[role]));
  const partyOf = (role: Role, instance: string): string => nearest(instances, role, instance).id;
  const snapshots = new Map<string, unknown>();
  const opening = new Map<string, Role>();
  const sent = new Set<Sent>();
  const heard = new Set<Message>();
  const events: SequenceEvent[] = [];

  for (const { role, instance, event, state, effects, facts } of lines) {
    const key = `${role} ${instance}`;
    const own = partyOf(roleOf[role], instance);
    const { before, source, after } = replayed(machines[role], snapshots.get(key), event);
    snapshots.set(key, after);
    if (before !== undefined) {
      events.push(...happening({ role: roleOf[role], own, instance, event, facts, source }));
      if (stateName(before) !== stateName(state)) {
        events.push({
          kind: 'state',
          over: own,
          state: stateName(state),
          ...(role !== roleOf[role] && { machine: role }),
        });
      }
    }
    for (const effect of effects as readonly Effect[]) perform(effect, role, instance, own);
  }
  return { instances, events: events.filter((event) => event.kind !== 'message' || !heard.has(event)) };

  type Step = {
    role: Role;
    own: string;
    instance: string;
    event: { type: string };
    facts: TransportFacts | undefined;
    source: Source | undefined;
  };

  function happening({ role, own, instance, event, facts, source }: Step): SequenceEvent[] {
    const { type } = event;
    const clause = source && { source };
    if (/^[A-Z]/.test(type)) {
      const one = hear(role, instance, event);
      if (one?.isInside) return [];
      const from = one ? one.arrow.from : partyOf(otherEnd(role, facts), instance);
      const seen = factsOf(facts);
      return [
        {
          kind: 'message',
          from,
          to: own,
          label: labelOf(event),
          fate: 'arrives',
          ...clause,
          ...(seen && { facts: seen }),
        },
      ];
    }
    const key = `${role} ${instance}`;
    const to = opening.get(key);
    if (to !== undefined && /^tls\.(established|failed)$/.test(type)) {
      opening.delete(key);
      const fate = type === 'tls.failed' ? 'failed' : 'arrives';
      const seen = [facts?.tls, facts?.proof && `by ${facts.proof}`].filter((words) => words).join(' ');
      return [
        {
          kind: 'message',
          from: own,
          to: partyOf(to, instance),
          label: 'TLS',
          fate,
          ...clause,
          ...(seen && { facts: seen }),
        },
      ];
    }
    if (type === 'timer.expired') return [{ kind: 'timer', over: own, happens: 'expires', words: 'pause' }];
    // What a party hears of itself, and what its peer shows as an arrow.
    if (/^(tls|aefPsk|exchange|invocation)\./.test(type) || type === 'securityMethods.published') return [];
    return [{ kind: 'happening', over: own, words: labelOf(event), ...clause }];
  }

  function perform(effect: Effect, role: MachineId, instance: string, own: string): void {
    switch (effect.type) {
      case 'send':
      case 'tell': {
        const message = effect.type === 'send' ? effect.message : effect.event;
        const to = effect.type === 'send' ? effect.to : roleOf[effect.to];
        const isInside = to === roleOf[role];
        const fate = present.has(to) ? 'lost' : 'arrives';
        const arrow: Message = { kind: 'message', from: own, to: partyOf(to, instance), label: labelOf(message), fate };
        sent.add({ instance, to, message, arrow, isInside });
        if (!isInside && /^[A-Z]/.test(message.type)) events.push(arrow);
        return;
      }
      case 'openTls':
        opening.set(`${roleOf[role]} ${instance}`, effect.to);
        return;
      case 'startTimer':
      case 'stopTimer': {
        const happens = effect.type === 'startTimer' ? 'set' : 'stops';
        const last = events.at(-2);
        const hasExpired = happens === 'stops' && last?.kind === 'timer' && last.over === own;
        if (!hasExpired) events.push({ kind: 'timer', over: own, happens, words: 'pause' });
        return;
      }
      case 'report':
        events.push({ kind: 'report', over: own, words: `reports ${effect.outcome}` });
    }
  }

  /** The one that was sent between the two; on CAPIF-2e each side counts credentials for itself. */
  function hear(to: Role, instance: string, message: { type: string }): Sent | undefined {
    const without = ({ credential: _, ...rest }: { type: string; credential?: number }) => rest;
    const alike = [...sent].filter((one) => one.to === to && isDeepStrictEqual(without(one.message), without(message)));
    const one = alike.find((each) => sharesName(each.instance, instance)) ?? alike[0];
    if (!one) return undefined;
    sent.delete(one);
    heard.add(one.arrow);
    return one;
  }
}

/** What no transport has seen was said within the provider domain. */
const otherEnd = (role: Role, facts: TransportFacts | undefined): Role =>
  (ends[facts?.referencePoint ?? ''] ?? providerDomain).find((one) => one !== role) ?? role;

const factsOf = ({ status, request = '' }: TransportFacts = { referencePoint: '', from: '', to: '' }) =>
  status === undefined ? request.split(' ')[0] : String(status);

const names = (instance: string) => instance.split('/');
const sharesName = (one: string, other: string) => names(one).some((name) => names(other).includes(name));

/** The parties of a trace; a role that recorded nothing is there as well, because others talk to it. */
function instancesOf(lines: readonly (TraceLine & { role: MachineId })[]): Instance[] {
  return rolesInOrder.flatMap((role): Instance[] => {
    const found = new Set(
      lines
        .filter((line) => roleOf[line.role] === role && line.role !== 'apiInvokerEnrolment')
        .map(({ instance }) => nameOf(role, instance)),
    );
    if (role === 'capifCoreFunction' || found.size === 0) return [{ id: role, role }];
    return [...found].map((name) => ({ id: `${role} ${name}`, role, name }));
  });
}

const nameOf = (role: Role, instance: string): string =>
  (role === 'apiInvoker' ? names(instance)[0] : names(instance).at(-1)) ?? instance;

/** Of that role, the one that bears the name; an invoker has none before it is onboarded. */
function nearest(instances: readonly Instance[], role: Role, instance: string): Instance {
  const all = instances.filter((each) => each.role === role);
  const named = all.find(({ name }) => name !== undefined && names(instance).includes(name));
  return named ?? all[0] ?? { id: role, role };
}

/** A step on the machine, with the clause that it takes. */
function replayed(machine: AnyStateMachine, before: unknown, event: { type: string; input?: never }) {
  if (before === undefined)
    return { before: undefined, source: undefined, after: begin(machine, event.input as never).snapshot };
  const [taken] = machine.getTransitionData(before as never, event as never);
  const { snapshot } = step(machine, before as never, event as never);
  return { before: (before as { value: unknown }).value, source: taken?.meta as Source | undefined, after: snapshot };
}
