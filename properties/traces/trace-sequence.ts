/** A recorded trace as a sequence chart: who sent what to whom, and what was sent and never received. */

import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import type { Effect, Send, Tell } from '../../machines/effects.ts';
import { type MachineId, machines, roleOf } from '../../machines/roles.ts';
import { begin, stateName, step } from '../../machines/steps/step.ts';
import type { TraceLine, TransportFacts } from '../../machines/steps/trace.ts';
import type { Role, Source } from '../../machines/vocabulary.ts';
import { type Instance, labelOf, type Sequence, type SequenceEvent, type SequenceMessage } from './sequence.ts';
import { instancesOf, type MachineLine, nearest, sharesName } from './trace-instances.ts';
import { ends } from './trace-parties.ts';

/** The trace must be a run of the model: `capif trace` checks that. */
export function sequenceOfTrace(trace: readonly TraceLine[]): Sequence {
  const lines = trace.filter((line): line is MachineLine => Object.hasOwn(machines, line.role));
  const chart = new TraceChart(lines);
  for (const line of lines) chart.add(line);
  return { instances: chart.instances, events: chart.events() };
}

/** Sent, and perhaps not yet received. `isInside`: between two machines of one role. */
type Sent = { instance: string; to: Role; message: { type: string }; arrow: SequenceMessage; isInside: boolean };
/** A line after the first of its machine. `own`: the instance of the role that the machine belongs to. */
type Step = MachineLine & { own: string; source: Source | undefined };

class TraceChart {
  readonly instances: readonly Instance[];
  /** Roles that recorded something: what is sent to another role is taken to arrive. */
  readonly #present: ReadonlySet<Role>;
  readonly #snapshots = new Map<string, unknown>();
  /** By machine, the role to which it is opening a connection. */
  readonly #opening = new Map<string, Role>();
  readonly #sent = new Set<Sent>();
  readonly #received = new Set<SequenceMessage>();
  readonly #events: SequenceEvent[] = [];

  constructor(lines: readonly MachineLine[]) {
    this.instances = instancesOf(lines);
    this.#present = new Set(lines.map(({ role }) => roleOf[role]));
  }

  /** A message that was received has its arrow there, and none where it was sent. */
  events(): SequenceEvent[] {
    return this.#events.filter((event) => event.kind !== 'message' || !this.#received.has(event));
  }

  add(line: MachineLine): void {
    const { role, instance, event, state, effects } = line;
    const key = `${role} ${instance}`;
    const own = this.#idOf(roleOf[role], instance);
    const { before, source, after } = replayed(machines[role], this.#snapshots.get(key), event);
    this.#snapshots.set(key, after);
    if (before !== undefined) {
      this.#events.push(...this.#happening({ ...line, own, source }));
      if (stateName(before) !== stateName(state)) {
        const machine = role !== roleOf[role] && { machine: role };
        this.#events.push({ kind: 'state', over: own, state: stateName(state), ...machine });
      }
    }
    for (const effect of effects as readonly Effect[]) this.#perform(effect, line, own);
  }

  #idOf(role: Role, instance: string): string {
    return nearest(this.instances, role, instance).id;
  }

  /** Events within a role, and events that an arrow already shows, are left out. */
  #happening(step: Step): SequenceEvent[] {
    const { event, own, source } = step;
    if (/^[A-Z]/.test(event.type)) return this.#receipt(step);
    const key = `${roleOf[step.role]} ${step.instance}`;
    const peer = this.#opening.get(key);
    if (peer !== undefined && /^tls\.(established|failed)$/.test(event.type)) {
      this.#opening.delete(key);
      return [this.#connection(step, peer)];
    }
    if (event.type === 'timer.expired') return [{ kind: 'timer', over: own, happens: 'expires', words: 'pause' }];
    if (/^(tls|aefPsk|exchange|invocation)\./.test(event.type) || event.type === 'securityMethods.published') return [];
    return [{ kind: 'happening', over: own, words: labelOf(event), ...(source && { source }) }];
  }

  #receipt({ role, instance, event, facts, own, source }: Step): SequenceEvent[] {
    const to = roleOf[role];
    const one = this.#receive(to, instance, event);
    if (one?.isInside) return [];
    const from = one ? one.arrow.from : this.#idOf(otherEnd(to, event, facts), instance);
    return [arrow({ from, to: own, label: labelOf(event), fate: 'arrives' }, source, factsOf(facts))];
  }

  #connection({ instance, event, facts, own, source }: Step, peer: Role): SequenceEvent {
    const fate = event.type === 'tls.failed' ? 'failed' : 'arrives';
    const observed = [facts?.tls, facts?.proof && `by ${facts.proof}`].filter((fact) => fact).join(' ');
    return arrow({ from: own, to: this.#idOf(peer, instance), label: 'TLS', fate }, source, observed);
  }

  #perform(effect: Effect, { role, instance }: MachineLine, own: string): void {
    switch (effect.type) {
      case 'send':
      case 'tell':
        return this.#send(effect, role, instance, own);
      case 'openTls':
        this.#opening.set(`${roleOf[role]} ${instance}`, effect.to);
        return;
      case 'startTimer':
      case 'stopTimer': {
        const happens = effect.type === 'startTimer' ? 'set' : 'stops';
        const last = this.#events.at(-2);
        const hasExpired = happens === 'stops' && last?.kind === 'timer' && last.over === own;
        if (!hasExpired) this.#events.push({ kind: 'timer', over: own, happens, words: 'pause' });
        return;
      }
      case 'report':
        this.#events.push({ kind: 'report', over: own, words: `reports ${effect.outcome}` });
    }
  }

  #send(effect: Send | Tell, role: MachineId, instance: string, own: string): void {
    const message = effect.type === 'send' ? effect.message : effect.event;
    const to = effect.type === 'send' ? effect.to : roleOf[effect.to];
    const isInside = to === roleOf[role];
    const fate = this.#present.has(to) ? 'lost' : 'arrives';
    const sentArrow = arrow({ from: own, to: this.#idOf(to, instance), label: labelOf(message), fate });
    this.#sent.add({ instance, to, message, arrow: sentArrow, isInside });
    if (!isInside && /^[A-Z]/.test(message.type)) this.#events.push(sentArrow);
  }

  /** The message that was sent between the two; on CAPIF-2e each side counts credentials for itself. */
  #receive(to: Role, instance: string, message: { type: string }): Sent | undefined {
    const without = ({ credential: _, ...rest }: { type: string; credential?: number }) => rest;
    const isAlike = (one: Sent) => one.to === to && isDeepStrictEqual(without(one.message), without(message));
    const alike = [...this.#sent].filter(isAlike);
    const one = alike.find((each) => sharesName(each.instance, instance)) ?? alike[0];
    if (!one) return undefined;
    this.#sent.delete(one);
    this.#received.add(one.arrow);
    return one;
  }
}

const arrow = (message: Omit<SequenceMessage, 'kind'>, source?: Source, facts?: string): SequenceMessage => ({
  kind: 'message',
  ...message,
  ...(source && { source }),
  ...(facts && { facts }),
});

const providerDomain: readonly Role[] = ['apiExposingFunction', 'apiPublishingFunction'];

/** A message without facts of the transport stays within the provider domain, but for a notification, which the application takes. */
const otherEnd = (role: Role, { type }: { type: string }, facts: TransportFacts | undefined): Role =>
  type === 'ServiceApiUpdateNotification'
    ? 'capifCoreFunction'
    : ((ends[facts?.referencePoint ?? ''] ?? providerDomain).find((one) => one !== role) ?? role);

const factsOf = (facts: TransportFacts | undefined): string | undefined =>
  facts?.status === undefined ? facts?.request?.split(' ')[0] : String(facts.status);

/** A step on the machine, with the source of the transition that it takes. */
function replayed(machine: AnyStateMachine, before: unknown, event: { type: string; input?: never }) {
  if (before === undefined)
    return { before: undefined, source: undefined, after: begin(machine, event.input as never).snapshot };
  const [taken] = machine.getTransitionData(before as never, event as never);
  const { snapshot } = step(machine, before as never, event as never);
  return { before: (before as { value: unknown }).value, source: taken?.meta as Source | undefined, after: snapshot };
}
