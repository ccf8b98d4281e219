/** One rule of the model: a kind of action with its fairness, the variables it sees, and the transitions that it enables. */

import type { MachineStep, MacroStep } from './macro-step.ts';
import type { Configuration } from './setting.ts';
import type { Budget, MachineTables, Part, State, Variable } from './state.ts';

/** `weak`: it happens if it can for ever. `strong`: it happens if it can again and again. Faults promise nothing. */
export type Fairness = 'weak' | 'strong' | 'none';

export type Transition = {
  /** As it is written in a scenario: unique among the moves on offer. */
  action: string;
  /** The slots of the rule, afterwards. */
  after: Partial<State>;
  steps: MachineStep[];
};

export type Rule = {
  name: string;
  fairness: Fairness;
  /** Something goes wrong; the others are how things are meant to go. */
  isFault: boolean;
  /** All the slots that it reads or writes. */
  variables: readonly Variable[];
  enabled(view: Partial<State>): Transition[];
};

/** Offers a move: its words, and the turn it is. */
export type Enable = (words: string, take: (step: MacroStep) => void) => void;
export type Enumerate = (view: State, enable: Enable) => void;

/** What rules are made with. */
export type RuleContext = {
  configuration: Configuration;
  machines: MachineTables;
  rule(name: string, fairness: Fairness, variables: readonly Variable[], enumerate: Enumerate): void;
  /** A rule that is there only if the setting has this fault, as often as its budget says. */
  fault(kind: keyof Budget, name: string, variables: readonly Variable[], enumerate: Enumerate): void;
  /** Steps the invoker, and remembers what it was told of a mismatch. */
  tellInvoker(step: MacroStep, event: { type: string }): void;
};

/** Everything that a step of the invoker may touch. */
export const invokerVariables = ['apiInvoker', 'control', 'invocations', 'told'] as const;

export function expirePause(step: MacroStep, part: Part): void {
  step.set(part, { ...step.get(part), paused: false });
  step.tell(part, { type: 'timer.expired', timer: 'pause' } as { type: string });
}
