/**
 * One macro-step of the model: an event for one machine, its step, and what its effects do to the variables. A machine of
 * the same party that is told something takes its step at once, as in the runtime.
 */
import type { Effect, Send, Tell } from '../../machines/effects.ts';
import type { Message } from '../../machines/messages.ts';
import type { MachineState } from './machine-table.ts';
import type { Control, Invocation, MachineTables, Part, Publication, State, Variable } from './state.ts';

/** One step of a machine within a macro-step, as step properties see it. */
export type MachineStep = {
  part: Part;
  event: { type: string };
  before: MachineState;
  after: MachineState;
  effects: readonly Effect[];
  /** A transition of its state names the event. */
  expected: boolean;
};

/** The variable that an answer is written into: that of the request. */
export type Asker = 'control' | 'none' | { invocation: number } | { publication: number };

export type MacroStep = {
  state: Partial<State>;
  steps: MachineStep[];
  get<S extends Variable>(variable: S): State[S];
  set<S extends Variable>(variable: S, value: State[S]): void;
  tell(part: Part, event: { type: string }, asked?: Asker): void;
};

/** A bag has no order; sorting makes equal bags equal values. Numbers by size: renaming them keeps their order, and so that of the bag. */
export const bag = <T>(items: readonly T[]): T[] => items.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
const orderOf = (item: unknown): string => JSON.stringify(item).replace(/\d+/g, (digits) => digits.padStart(9, '0'));
export const replacedAt = <T>(items: readonly T[], n: number, ...by: T[]): T[] => items.toSpliced(n, 1, ...by);

export function beginMacroStep(machines: MachineTables, view: Partial<State>): MacroStep {
  const step: MacroStep = {
    state: { ...view },
    steps: [],
    get(variable) {
      const value = step.state[variable];
      if (value === undefined) throw new Error(`this rule does not list the variable "${variable}"`);
      return value as never;
    },
    set(variable, value) {
      step.get(variable);
      step.state[variable] = value;
    },
    tell(part, event, asked = 'none') {
      const own: { type: string }[] = [event];
      for (let next = own.shift(); next; next = own.shift()) {
        const before = step.get(part);
        const { state, effects, expected } = machines[part].step(before, next);
        step.set(part, state);
        step.steps.push({ part, event: next, before, after: state, effects, expected });
        for (const effect of effects) {
          if (effect.type === 'deriveAefPsk' && part === 'apiInvoker') own.push({ type: 'aefPsk.derived' });
          else perform(step, part, effect, asked);
        }
      }
    },
  };
  return step;
}

function perform(step: MacroStep, part: Part, effect: Effect, asked: Asker): void {
  switch (effect.type) {
    case 'send':
      return send(step, part, effect, asked);
    case 'tell':
      return tell(step, effect, asked);
    case 'openTls':
      return step.set('control', effect.to === 'capifCoreFunction' ? { at: 'openingCore' } : openingAef(effect));
    case 'closeTls':
      if (concerns(step.get('control'), effect.to)) step.set('control', { at: 'nothing' });
      return;
    case 'keepCredential':
      if (effect.hasAefPsk) step.set('aefPsk', { keyCredential: effect.credential });
      return;
    case 'holdInitiation':
      return step.set('control', { at: 'heldByAef', later: true });
    case 'forgetCredential':
      if (part === 'invokerAdmission') step.set('aefPsk', { keyCredential: 0 });
      return;
    // The core derives its key as it answers, and its machine state says whether it has one. A machine that is forgotten
    // stands where it began. An invocation that is put back shows in the context. Reports are for people.
    case 'deriveAefPsk':
    case 'forgetInvoker':
    case 'putBack':
    case 'report':
    case 'reportWithdrawn':
    case 'reportSettled':
      return;
    case 'startTimer':
    case 'stopTimer':
      throw new Error('timers are part of the machine state');
  }
}

const openingAef = ({
  method,
  credential,
}: Extract<Effect, { type: 'openTls'; to: 'apiExposingFunction' }>): Control => ({
  at: 'openingAef',
  method,
  credential,
});

/** Whether the invoker waits for something over a connection to this peer, which ends with the connection. */
function concerns(control: Control, peer: 'capifCoreFunction' | 'apiExposingFunction'): boolean {
  switch (control.at) {
    case 'openingCore':
      return peer === 'capifCoreFunction';
    case 'openingAef':
    case 'heldByAef':
      return peer === 'apiExposingFunction';
    case 'asking':
      return peer === control.to;
    default:
      return false;
  }
}

function tell(step: MacroStep, effect: Tell, asked: Asker): void {
  step.tell(effect.to as Part, effect.event, asked);
}

function send(step: MacroStep, part: Part, { to, message }: Send, asked: Asker): void {
  switch (message.type) {
    case 'ServiceApiInvocation':
      return step.set('invocations', bag<Invocation>([...step.get('invocations'), { at: 'asking', message }]));
    case 'ServiceApiPublishRequest':
    case 'ServiceApiUpdateRequest':
      return step.set(
        'publications',
        bag<Publication>([...step.get('publications'), { at: 'asking', message, awaited: true }]),
      );
    case 'SecurityInformationRequest':
      return step.set('fetch', { at: 'asking' });
    case 'RevokeAuthorizationRequest':
      return step.set('revocation', { at: 'asking' });
    case 'RevokeAuthorizationResponse':
      return step.set('revocation', { at: 'answered' });
    case 'SecurityInformationResponse':
    case 'SecurityInformationNotFound':
      return step.set('fetch', { at: 'answered', message });
    // Whether and when it arrives is for the rules to say (rules/notification.ts).
    case 'ServiceApiUpdateNotification':
      return;
    case 'AuthenticationInitiationResponse':
    case 'AuthenticationInitiationRefused':
      return answerInitiation(step, message, asked);
    default:
      if (part === 'apiInvoker') return step.set('control', { at: 'asking', to: to as 'capifCoreFunction', message });
      return answer(step, message, asked);
  }
}

/** All that wait for this answer have it; one that is held waits for the next. A sender that has given up hears nothing. */
function answerInitiation(step: MacroStep, message: Message, asked: Asker): void {
  const control = step.get('control');
  if (control.at === 'heldByAef' && control.later) step.set('control', { at: 'heldByAef' });
  else if (asked === 'control' || control.at === 'heldByAef') step.set('control', { at: 'answered', message });
}

function answer(step: MacroStep, message: Message, asked: Asker): void {
  if (asked === 'none') return;
  if (asked === 'control') return step.set('control', { at: 'answered', message });
  if ('invocation' in asked) {
    return step.set(
      'invocations',
      bag<Invocation>(replacedAt(step.get('invocations'), asked.invocation, { at: 'answered', message })),
    );
  }
  if (message.type !== 'ServiceApiUpdateResponse') throw new Error(`${message.type} answers no publication`);
  const { revision } = message;
  step.set(
    'publications',
    bag<Publication>(replacedAt(step.get('publications'), asked.publication, { at: 'answered', revision })),
  );
}
