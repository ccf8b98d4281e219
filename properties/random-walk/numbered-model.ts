/** A model as walks see it: states are numbers of values, and whatever reads only some of them is looked up by their numbers. */
import type { AgainAndAgain, Always, AtMost, EveryStep, Property } from '../requirements/property.ts';

/** A transition of a rule between values by their numbers, found once and taken in every state that has these values. */
export type NumberedTransition = {
  action: string;
  groups: readonly number[];
  /** The numbers of the values afterwards, in the order of `groups`. */
  numbers: readonly number[];
  /** The property of steps that it breaks, if it breaks one. */
  broken: EveryStep | undefined;
  /** The goals that it reaches, and the bounded properties that count it. */
  marks: ReadonlySet<Property>;
};

/** A state by the numbers of its values, and the transitions that each rule enables there. */
export type NumberedState = { numbers: readonly number[]; enabled: readonly (readonly NumberedTransition[])[] };

export type NumberedModel = {
  initial: NumberedState;
  /** The property that the initial state breaks, if it breaks one. */
  brokenInitially: Always | undefined;
  after(before: NumberedState, transition: NumberedTransition): NumberedState;
  broken(transition: NumberedTransition, before: NumberedState, after: NumberedState): EveryStep | Always | undefined;
  /** Whether the condition of a goal holds. */
  isDue(goal: AgainAndAgain, state: NumberedState): boolean;
  goals: readonly AgainAndAgain[];
  bounded: readonly AtMost[];
  /** Numbers of rules. */
  fair: readonly number[];
  faults: readonly number[];
};
