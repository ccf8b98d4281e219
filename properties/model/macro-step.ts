/**
 * One turn of the world: an event for one machine, its step, and what its effects do to the slots; a machine of the same
 * party that is told something takes its step at once, as it does in the runtime.
 */
import type { Effect, Send, Tell } from '../../machines/effects.ts';
import type { Message } from '../../machines/messages.ts';
import type { Cell } from './machine-table.ts';
import type { Control, Invocation, Machines, Part, Publication, Slot, Slots } from './state.ts';

/** A step that was taken in a turn: what step properties ask about. */
export type TurnStep = {
  part: Part;
  event: { type: string };
  before: Cell;
  after: Cell;
  effects: readonly Effect[];
  /** Its state had a word for the event. */
  expected: boolean;
};

/** Whose question an answer is for: what it is written into. */
export type Asked = 'control' | 'nobody' | { invocation: number } | { publication: number };

export type Turn = {
  slots: Partial<Slots>;
  steps: TurnStep[];
  get<S extends Slot>(slot: S): Slots[S];
  set<S extends Slot>(slot: S, value: Slots[S]): void;
  tell(part: Part, event: { type: string }, asked?: Asked): void;
};

/** A bag has no order; sorting makes equal bags equal values. */
export const bag = <T>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
export const replacedAt = <T>(items: readonly T[], n: number, ...by: T[]): T[] => items.toSpliced(n, 1, ...by);

export function beginTurn(machines: Machines, view: Partial<Slots>): Turn {
  const turn: Turn = {
    slots: { ...view },
    steps: [],
    get(slot) {
      const value = turn.slots[slot];
      if (value === undefined) throw new Error(`this rule did not say that it needs "${slot}"`);
      return value as never;
    },
    set(slot, value) {
      turn.get(slot);
      turn.slots[slot] = value;
    },
    tell(part, event, asked = 'nobody') {
      const own: { type: string }[] = [event];
      for (let next = own.shift(); next; next = own.shift()) {
        const before = turn.get(part);
        const { cell, effects, expected } = machines[part].step(before, next);
        turn.set(part, cell);
        turn.steps.push({ part, event: next, before, after: cell, effects, expected });
        for (const effect of effects) {
          if (effect.type === 'deriveAefPsk' && part === 'apiInvoker') own.push({ type: 'aefPsk.derived' });
          else perform(turn, part, effect, asked);
        }
      }
    },
  };
  return turn;
}

function perform(turn: Turn, part: Part, effect: Effect, asked: Asked): void {
  switch (effect.type) {
    case 'send':
      return send(turn, part, effect, asked);
    case 'tell':
      return tell(turn, effect, asked);
    case 'openTls':
      return turn.set('control', effect.to === 'capifCoreFunction' ? { at: 'openingCore' } : openingAef(effect));
    case 'closeTls':
      if (concerns(turn.get('control'), effect.to)) turn.set('control', { at: 'nothing' });
      return;
    case 'forgetCredential':
      if (part === 'invokerAdmission') turn.set('aefPsk', { keyCredential: 0 });
      return;
    // The core derives its key as it answers: whether it has one shows in its cell. A report is for the application.
    case 'deriveAefPsk':
    case 'report':
      return;
    case 'startTimer':
    case 'stopTimer':
      throw new Error('timers are part of the cell');
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

/** Whether what the invoker waits for goes over a connection to this peer, and ends with it. */
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

function tell(turn: Turn, effect: Tell, asked: Asked): void {
  turn.tell(effect.to as Part, effect.event, asked);
}

function send(turn: Turn, part: Part, { to, message }: Send, asked: Asked): void {
  switch (message.type) {
    case 'ServiceApiInvocation':
      return turn.set('invocations', bag<Invocation>([...turn.get('invocations'), { at: 'asking', message }]));
    case 'ServiceApiPublishRequest':
    case 'ServiceApiUpdateRequest':
      return turn.set(
        'publications',
        bag<Publication>([...turn.get('publications'), { at: 'asking', message, awaited: true }]),
      );
    case 'SecurityInformationRequest':
      return turn.set('fetch', { at: 'asking' });
    case 'RevokeAuthorizationRequest':
      return turn.set('revocation', { at: 'asking' });
    case 'RevokeAuthorizationResponse':
      return turn.set('revocation', { at: 'answered' });
    case 'SecurityInformationResponse':
    case 'SecurityInformationNotFound': {
      const key = turn.get('capifCoreFunction').context.selected === 'PSK';
      return turn.set('fetch', { at: 'answered', message, key });
    }
    // Those who have asked meanwhile are all answered by this one; who has gone is not.
    case 'AuthenticationInitiationResponse':
    case 'AuthenticationInitiationRefused': {
      const { at } = turn.get('control');
      if (asked === 'control' || at === 'heldByAef') turn.set('control', { at: 'answered', message });
      return;
    }
    default:
      if (part === 'apiInvoker') return turn.set('control', { at: 'asking', to: to as 'capifCoreFunction', message });
      return answer(turn, message, asked);
  }
}

function answer(turn: Turn, message: Message, asked: Asked): void {
  if (asked === 'nobody') return;
  if (asked === 'control') return turn.set('control', { at: 'answered', message });
  if ('invocation' in asked) {
    return turn.set(
      'invocations',
      bag<Invocation>(replacedAt(turn.get('invocations'), asked.invocation, { at: 'answered', message })),
    );
  }
  if (message.type !== 'ServiceApiUpdateResponse') throw new Error(`${message.type} answers no publication`);
  const { revision } = message;
  turn.set(
    'publications',
    bag<Publication>(replacedAt(turn.get('publications'), asked.publication, { at: 'answered', revision })),
  );
}
