/** What the search explores: initial states, and rules that lead from one state to the next. It knows nothing of what the variables mean. */

/** The values of all variables at one moment: plain data, as JSON has it. */
export type State = Readonly<Record<string, unknown>>;

/** `weak`: happens if it stays enabled for ever. `strong`: happens if it is enabled again and again. `none`: may never happen. */
export type Fairness = 'weak' | 'strong' | 'none';

/** From one state to the next. */
export type Transition<S extends object = State> = {
  /** Unique among the transitions that are enabled in a state. */
  action: string;
  /** The values of the rule's variables afterwards; those that it does not change may be left out. */
  after: Partial<S>;
};

/** Transitions of one kind, which share their fairness. */
export type Rule<S extends object = State, T extends Transition<S> = Transition<S>> = {
  name: string;
  fairness: Fairness;
  /** Faults happen a finite number of times in an endless run; so does any other rule that is marked as one. */
  isFault: boolean;
  /** All the variables that it reads or writes. */
  variables: readonly (keyof S & string)[];
  /** The transitions that are enabled where its variables have these values. */
  enabled(view: Partial<S>): T[];
  /** Its transitions, if they are conjunctions: conjuncts are looked up one by one, where the whole has many more values. */
  conjunctions?: readonly Conjunction<S, T>[];
};

/** A transition that is enabled if all conjuncts are. A proposition is true of it if it is true of one of them. */
export type Conjunction<S extends object = State, T extends Transition<S> = Transition<S>> = readonly Conjunct<S, T>[];
/** What a transition does to some variables, which no other conjunct sees. */
export type Conjunct<S extends object = State, T extends Transition<S> = Transition<S>> = {
  variables: readonly (keyof S & string)[];
  enabled(view: Partial<S>): T | undefined;
};

export type TransitionSystem<S extends object = State, T extends Transition<S> = Transition<S>> = {
  initial: readonly S[];
  rules: readonly Rule<S, T>[];
  /**
   * All variables, in groups. The values of a group are numbered together: variables that depend on each other take
   * fewer bits in one group, and rules see less where groups are small. A group for each variable is always right.
   */
  variables: readonly (readonly (keyof S & string)[])[];
  /** Numbers of which only the order matters; none if left out. */
  ordinals?: Ordinals;
};

/**
 * The names of properties, anywhere in a state, that hold ordinals: numbers that transitions copy, compare, and exceed by
 * one. 0 means none. One list of names for each sort of ordinals, and two sorts at most: ordinals of different sorts are
 * never compared.
 */
export type Ordinals = readonly (readonly string[])[];
