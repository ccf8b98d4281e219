/**
 * What the checker verifies: a transition system and the properties it must have. The checker knows no protocol; its first
 * client is CAPIF (`properties/model`, `properties/requirements`), and `examples/` has a smaller one.
 */
import type { Rule, State, Transition, TransitionSystem } from './search/transition-system.ts';

/** In words. */
type Stated = { statement: string };
type OfStates<S extends object> = { variables: readonly (keyof S & string)[] };

/** Undefined where a property says nothing. A property that says nothing anywhere holds, but its verdict is vacuous. */
export type Answer = boolean | undefined;

/** False in no state. `variables`: those that it looks at. */
export type Always<S extends object = State> = Stated & OfStates<S> & { kind: 'always'; holds(state: S): Answer };

/** False of no transition of any run. */
export type EveryStep<S extends object = State, T extends Transition<S> = Transition<S>> = Stated & {
  kind: 'everyStep';
  holds(transition: T, rule: Rule<S, T>): Answer;
};

/** Happens in some run: a guard against a model so strict that nothing happens. */
export type Sometimes<S extends object = State, T extends Transition<S> = Transition<S>> = Stated & {
  kind: 'sometimes';
  happens(transition: T, rule: Rule<S, T>): boolean;
};

/** In every fair endless run: while the condition stays true, the goal is reached again and again. */
export type AgainAndAgain<S extends object = State, T extends Transition<S> = Transition<S>> = Stated &
  OfStates<S> & { kind: 'againAndAgain'; while(state: S): boolean; reaches(transition: T, rule: Rule<S, T>): boolean };

/** In every fair endless run: while the condition stays true, it happens a finite number of times. */
export type NotForEver<S extends object = State, T extends Transition<S> = Transition<S>> = Stated &
  OfStates<S> & { kind: 'notForEver'; while(state: S): boolean; happens(transition: T, rule: Rule<S, T>): boolean };

/** From any state, and after the last fault, it happens so often at most. */
export type AtMost<S extends object = State, T extends Transition<S> = Transition<S>> = Stated & {
  kind: 'atMost';
  times: number;
  happens(transition: T, rule: Rule<S, T>): boolean;
};

export type Property<S extends object = State, T extends Transition<S> = Transition<S>> =
  | Always<S>
  | EveryStep<S, T>
  | Sometimes<S, T>
  | AgainAndAgain<S, T>
  | NotForEver<S, T>
  | AtMost<S, T>;

export type Model<P extends Property = Property> = TransitionSystem & { properties: readonly P[] };
