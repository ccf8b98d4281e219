/** The rules of CAPIF: transitions of one kind each, which consist of steps of the machines. */
import type * as checker from '../checker/search/transition-system.ts';
import type { MachineStep, MacroStep } from './macro-step.ts';
import type { Setting } from './setting.ts';
import type { Budget, MachineTables, Part, State, Variable } from './state.ts';

export type Transition = checker.Transition<State> & { steps: MachineStep[] };
export type Rule = checker.Rule<State, Transition>;

/** Adds an enabled transition: its action, and its macro-step. */
export type Enable = (action: string, take: (step: MacroStep) => void) => void;
export type Enumerate = (view: State, enable: Enable) => void;

export type Conjunct = { variables: readonly Variable[]; take(step: MacroStep): void; when?(view: State): boolean };

/** What each file of rules is given. */
export type RuleContext = {
  /** Not the amendments: they are in the machines. */
  configuration: Setting;
  machines: MachineTables;
  rule(name: string, fairness: checker.Fairness, variables: readonly Variable[], enumerate: Enumerate): void;
  /** A rule that exists only if the setting has this fault, and is enabled as often as its budget allows. */
  fault(kind: keyof Budget, name: string, variables: readonly Variable[], enumerate: Enumerate): void;
  /** The same, of transitions that do several things to variables that have nothing to do with each other. */
  jointFault(kind: keyof Budget, name: string, actions: Readonly<Record<string, readonly Conjunct[]>>): void;
  /** A step of the invoker, which also remembers the credential of a mismatch. */
  tellInvoker(step: MacroStep, event: { type: string }): void;
};

/** The variables that a step of the invoker may read or write. */
export const invokerVariables = ['apiInvoker', 'control', 'invocations', 'told'] as const;

export function expirePause(step: MacroStep, part: Part): void {
  step.set(part, { ...step.get(part), paused: false });
  step.tell(part, { type: 'timer.expired', timer: 'pause' } as { type: string });
}
