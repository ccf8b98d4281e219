/**
 * A `tell` arrives before anything else happens: in the trace of its party, the next step is that of the machine that was told, and
 * if several are told, their steps follow one after another.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Tell } from '../../machines/effects.ts';
import type { MachineId } from '../../machines/roles.ts';
import { outermostState } from '../../machines/steps/step.ts';
import { mayMeet, type Parties, partiesOf, type Recorded, type Sent, serviceOf } from './trace-parties.ts';
import { keyOf, type Step } from './trace-replay.ts';

/** `missing`: machines that must still hear of it, `may`: those that may. */
type Told = {
  by: Step;
  effect: Tell;
  about: Pick<Sent, 'invocation' | 'over'>;
  missing: Set<string>;
  heard: Set<string>;
};
type Running = { step: Step; parties: Parties };

/** Which machine tells the one that has taken this step of its event; undefined if no machine does. */
function tellerOf({ machine, event: { type } }: Pick<Step, 'machine' | 'event'>): MachineId | undefined {
  if (machine === 'invokerAdmission') return type === 'ServiceApiInvocation' ? 'apiExposingFunction' : undefined;
  if (type === 'invoker.offboarded') return machine === 'apiInvoker' ? 'apiInvokerEnrolment' : 'invokerProfile';
  return tellers[type];
}
const tellers: Readonly<Record<string, MachineId>> = {
  SecurityMethodsChanged: 'apiExposingFunction',
  SecurityMethodsPublished: 'apiPublishingFunction',
  'securityMethods.published': 'publishedService',
};
export const isToldOf = (step: Pick<Step, 'machine' | 'event'>): boolean => tellerOf(step) !== undefined;

export class Tells {
  readonly #recorded: Recorded;
  /** In each trace: who has been told of something, the innermost last; and the machines that run. */
  readonly #open = new Map<number, Told[]>();
  readonly #running = new Map<string, Running>();
  /** Told to machines whose steps are in another trace than those of the machine that tells. */
  readonly #elsewhere: Told[] = [];

  constructor(recorded: Recorded) {
    this.#recorded = recorded;
  }

  /** What the step was told, if it was, or why it is not the step that must come next. Changes nothing but what is settled. */
  told(step: Step): { told: Told | undefined } | { because: string; isMissing?: true } {
    const open = this.#open.get(step.trace) ?? [];
    for (let inner = open.at(-1); inner; inner = open.at(-1)) {
      if (this.#hears(inner, step)) return { told: inner };
      const isBeginning = step.event.type === 'begin' || step.event.type === 'resumed';
      if (isBeginning && step.machine === inner.effect.to) return { told: undefined };
      if (inner.missing.size > 0) return { because: `comes before ${describedTell(inner)}` };
      open.pop();
    }
    const told = this.#elsewhere.find((one) => this.#hears(one, step));
    if (told || !isToldOf(step) || this.#mayBeUntold(step)) return { told };
    return { because: `received ${step.event.type}, which no role had sent`, isMissing: true };
  }

  take(step: Step, told: Told | undefined): void {
    told?.heard.add(keyOf(step));
    told?.missing.delete(keyOf(step));
    this.#running.set(keyOf(step), { step, parties: partiesOf({ ...step, facts: undefined }) });
  }

  tell(by: Step, effect: Tell, about: Told['about']): void {
    const told: Told = { by, effect, about, missing: new Set(), heard: new Set() };
    if (!this.#recorded.hasMachine(effect.to, by.trace)) {
      this.#elsewhere.push(told);
      return;
    }
    told.missing = new Set(this.#mustHear(told));
    // Effects are performed in their order, and what comes of one before the next.
    const open = this.#open.get(by.trace) ?? [];
    const outer = open.filter((one) => one.by !== by);
    this.#open.set(by.trace, [...outer, told, ...open.filter((one) => one.by === by)]);
  }

  /** The role ends here, in this trace: why not, if somebody has not heard of something. */
  end(trace: number): string | undefined {
    const missing = this.#open.get(trace)?.findLast((one) => one.missing.size > 0);
    this.#open.delete(trace);
    for (const [key, { step }] of this.#running) if (step.trace === trace) this.#running.delete(key);
    return missing && `ends before ${describedTell(missing)}`;
  }

  #hears({ by, effect, heard }: Told, step: Step): boolean {
    if (step.machine !== effect.to || heard.has(keyOf(step)) || !isSaid(effect.event, step)) return false;
    if (isOfService.includes(effect.to))
      return serviceOf(step) === serviceOf(by) && mayMeet(partiesOf(by), partiesOf(step));
    return mayMeet(partiesOf(by), partiesOf(step));
  }

  *#mustHear({ by, effect }: Told): Iterable<string> {
    if (effect.to === 'invokerAdmission') {
      const invoker = by.facts?.from;
      if (invoker !== undefined) yield `invokerAdmission ${invoker}/${by.instance}`;
      return;
    }
    if (isOfService.includes(effect.to)) return yield `${effect.to} ${by.instance}`;
    for (const [key, { step, parties }] of this.#running) {
      if (step.machine !== effect.to || step.trace !== by.trace || !mayMeet(partiesOf(by), parties)) continue;
      if (effect.event.type !== 'securityMethods.published' || covers(step, effect.event.service)) yield key;
    }
  }

  /** Nobody who tells it is recorded; or one of several service APIs is taken from a security context, by operator or AEF. */
  #mayBeUntold(step: Step): boolean {
    const { methods } = step.event as { methods?: readonly unknown[] };
    if (step.event.type === 'securityMethods.published' && methods?.length === 0) return true;
    const teller = tellerOf(step);
    return teller === undefined || !this.#recorded.hasAny(teller);
  }
}

/** Between the machines of one service. */
const isOfService: readonly string[] = ['apiExposingFunction', 'apiPublishingFunction', 'invokerAdmission'];

/** A security context that does not cover a service any more is told that it has no methods. */
function isSaid(said: { type: string }, { event }: Step): boolean {
  if (isDeepStrictEqual(said, event)) return true;
  return said.type === 'securityMethods.published' && isDeepStrictEqual({ ...said, methods: [] }, event);
}

/** What has been taken from a security context may concern it no more. */
function covers({ context, state }: Step, service: number): boolean {
  const { offers } = context as { offers: readonly { service: number }[] };
  return !['revoked', 'offboarded'].includes(outermostState(state)) && offers.some((one) => one.service === service);
}

const describedTell = ({ by, effect, missing }: Told): string =>
  `${[...missing][0]} has heard ${effect.event.type} of ${keyOf(by)}`;
