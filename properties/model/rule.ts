/** One rule of the model: a kind of action with its fairness, the variables it sees, and the transitions that it enables. */

import type { MachineStep, MacroStep } from './macro-step.ts';
import type { Configuration } from './setting.ts';
import type { Budget, MachineTables, Part, State, Variable } from './state.ts';

/** `weak`: it happens if it stays enabled for ever. `strong`: it happens if it is enabled again and again. `none`: faults. */
export type Fairness = 'weak' | 'strong' | 'none';

export type Transition = {
  /** As a scenario writes it: unique among the enabled transitions. */
  action: string;
  /** The variables of the rule, afterwards. */
  after: Partial<State>;
  steps: MachineStep[];
};

export type Rule = {
  name: string;
  fairness: Fairness;
  /** Something goes wrong; the other rules are the procedures. */
  isFault: boolean;
  /** All variables that it reads or writes. */
  variables: readonly Variable[];
  enabled(view: Partial<State>): Transition[];
};

/** Adds an enabled transition: its action, and its macro-step. */
export type Enable = (action: string, take: (step: MacroStep) => void) => void;
export type Enumerate = (view: State, enable: Enable) => void;

/** What each file of rules is given. */
export type RuleContext = {
  configuration: Configuration;
  machines: MachineTables;
  rule(name: string, fairness: Fairness, variables: readonly Variable[], enumerate: Enumerate): void;
  /** A rule that exists only if the setting has this fault, and is enabled as often as its budget allows. */
  fault(kind: keyof Budget, name: string, variables: readonly Variable[], enumerate: Enumerate): void;
  /** A step of the invoker, which also remembers the credential of a mismatch. */
  tellInvoker(step: MacroStep, event: { type: string }): void;
};

/** The variables that a step of the invoker may read or write. */
export const invokerVariables = ['apiInvoker', 'control', 'invocations', 'told'] as const;

export function expirePause(step: MacroStep, part: Part): void {
  step.set(part, { ...step.get(part), paused: false });
  step.tell(part, { type: 'timer.expired', timer: 'pause' } as { type: string });
}
