/** A step of one machine as the properties of its role read it: the event, the state before and after, and the effects. */

import type { Effect } from '../../machines/effects.ts';
import type { Message } from '../../machines/messages.ts';
import { stateName } from '../../machines/steps/step.ts';
import type { Clause } from '../../machines/vocabulary.ts';
import type { Answer } from '../checker/model.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Part } from '../model/state.ts';
import { type EveryStep, everyStep } from './property.ts';

type Effects = { effects: readonly Effect[] };

export type RoleStep<Context, Event> = Effects & {
  event: Event;
  from: string;
  to: string;
  before: Context;
  after: Context;
  /** The machine starts its pause. */
  pauses: boolean;
};

/** A property of each step of one machine. */
export const eachStepOf = <Context, Event>(
  part: Part,
  statement: string,
  clause: Clause,
  holds: (step: RoleStep<Context, Event>) => Answer,
): EveryStep =>
  everyStep(statement, clause, ({ steps }) =>
    ofEach(
      steps.filter((step) => step.part === part),
      (step) => holds(roleStep(step)),
    ),
  );

/** False if it is false of one step; undefined if it says nothing of any. */
export function ofEach(steps: readonly MachineStep[], holds: (step: MachineStep) => Answer): Answer {
  const answers = steps.map(holds).filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : !answers.includes(false);
}

const roleStep = <Context, Event>({ event, before, after, effects }: MachineStep): RoleStep<Context, Event> => ({
  event: event as Event,
  from: stateName(before.value),
  to: stateName(after.value),
  before: before.context as Context,
  after: after.context as Context,
  pauses: after.paused && !before.paused,
  effects,
});

export const performs = ({ effects }: Effects, type: Effect['type'], to?: string): boolean =>
  effects.some((effect) => effect.type === type && (to === undefined || ('to' in effect && effect.to === to)));

export function sent<T extends Message['type']>(
  { effects }: Effects,
  type: T,
): Extract<Message, { type: T }> | undefined {
  for (const effect of effects)
    if (effect.type === 'send' && effect.message.type === type) return effect.message as Extract<Message, { type: T }>;
  return undefined;
}
export const sends = (step: Effects, type: Message['type']): boolean => sent(step, type) !== undefined;

/** Whether a state is one of these, or within one of them. */
export const isWithin = (state: string, ...outer: string[]): boolean =>
  outer.some((one) => state === one || state.startsWith(`${one}.`));
