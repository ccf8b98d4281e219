/**
 * What one step owes to others: it receives what was sent or told, its timer was started, and what the transport saw justifies it.
 */
import type { Effect } from '../../machines/effects.ts';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { Role, SecurityMethod } from '../../machines/vocabulary.ts';
import { Credentials } from './trace-credentials.ts';
import { FactsCheck, type Opening } from './trace-facts.ts';
import { Messages } from './trace-messages.ts';
import type { Message, Recorded } from './trace-parties.ts';
import { keyOf, type Step } from './trace-replay.ts';
import { isToldOf, Tells } from './trace-tells.ts';

/** `isMissing`: what it received may still come in another trace. */
type Complaint = { because: string; isMissing?: true };

export class Causality {
  readonly #credentials = new Credentials();
  readonly #messages: Messages;
  readonly #tells: Tells;
  readonly #facts = new FactsCheck();
  readonly #timers = new Set<string>();
  /** By machine of an invoker: how it opens its connection to the AEF, and by credential, under which method it invokes. */
  readonly #opening = new Map<string, Opening>();
  readonly #methods = new Map<string, SecurityMethod>();
  /** By admission: the latest initiation, which it answers with those before. */
  readonly #initiations = new Map<string, TransportFacts | undefined>();

  constructor(recorded: Recorded) {
    this.#messages = new Messages(recorded, this.#credentials);
    this.#tells = new Tells(recorded);
  }

  /** Takes the next step of a trace. Why it may not come now, if it may not. */
  take(step: Step): Complaint | undefined {
    const told = this.#tells.told(step);
    if ('because' in told) return told;
    const receipt = isToldOf(step) ? { sent: undefined } : this.#messages.receiptOf(step);
    if ('because' in receipt) return receipt;
    const opening = this.#opening.get(keyOf(step));
    const because = this.#timerOf(step) ?? this.#facts.contradiction(step, opening, this.#methodOf(step));
    if (because) return { because };
    this.#tells.take(step, told.told);
    this.#messages.take(step, receipt);
    this.#credentials.take(step, receipt.sent);
    const invocation = step.event.type === 'ServiceApiInvocation' ? receipt.sent?.message : undefined;
    if (step.event.type === 'AuthenticationInitiationRequest') this.#initiations.set(keyOf(step), step.facts);
    const about = told.told?.about ?? {
      invocation: invocation && { credential: invocation.credential! },
      over: isRequest(step.event) ? step.facts : undefined,
    };
    for (const effect of step.effects) this.#perform(effect, step, about);
    return undefined;
  }

  end = (trace: number): string | undefined => this.#tells.end(trace);

  #perform(effect: Effect, step: Step, about: Parameters<Messages['send']>[3]): void {
    const key = keyOf(step);
    switch (effect.type) {
      case 'send':
        return this.#send(effect.message, effect.to, step, about);
      case 'tell':
        return this.#tells.tell(step, effect, about);
      case 'openTls':
        if (effect.to === 'apiExposingFunction') this.#opening.set(key, effect);
        return;
      case 'startTimer':
        this.#timers.add(key);
        return;
      case 'stopTimer':
        this.#timers.delete(key);
    }
  }

  /** A role that goes on starts its pause again without a step: the machine knows that it pauses. */
  #timerOf(step: Step): string | undefined {
    const { event } = step;
    if (event.type === 'resumed') this.#timers.add(keyOf(step));
    return event.type === 'timer.expired' && !this.#timers.has(keyOf(step)) ? 'no timer had been started' : undefined;
  }

  #send(message: Message, to: Role, step: Step, about: Parameters<Messages['send']>[3]): void {
    const key = keyOf(step);
    if (message.type === 'ServiceApiInvocation') this.#methods.set(`${key} ${message.credential}`, message.method!);
    const isInitiation = message.type.startsWith('AuthenticationInitiation') && step.machine === 'invokerAdmission';
    const over = isInitiation ? this.#initiations.get(key) : isRequest(message) ? undefined : about.over;
    this.#messages.send(step, message, to, { ...about, over });
  }

  #methodOf(step: Step): SecurityMethod | undefined {
    const { type, credential, method } = step.event as Message;
    if (step.machine === 'apiExposingFunction') return type === 'ServiceApiInvocation' ? method : undefined;
    return step.machine === 'apiInvoker' ? this.#methods.get(`${keyOf(step)} ${credential}`) : undefined;
  }
}

/** Its answer goes over the connection that it came over. An initiation may be answered with others. */
const isRequest = ({ type }: { type: string }): boolean =>
  (type.endsWith('Request') || type === 'ServiceApiInvocation') && type !== 'AuthenticationInitiationRequest';
