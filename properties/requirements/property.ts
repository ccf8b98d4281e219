/**
 * A property of the model: its statement, the clause that it comes from, and a predicate. The predicate concerns states
 * (`always`), steps (`everyStep`, `sometimes`, `atMost`) or fair endless runs (`againAndAgain`, `notForEver`). A run is fair
 * if it takes each weakly fair rule that stays enabled, and each strongly fair rule that is enabled again and again.
 */
import type { Clause } from '../../machines/vocabulary.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { State, Variable } from '../model/state.ts';

type Stated = { statement: string; clause: Clause };

/** Holds in every state. `variables`: all that the predicate reads. */
export type Always = Stated & { kind: 'always'; variables: readonly Variable[]; holds(state: State): boolean };
/** Holds of every step of every run. */
export type EveryStep = Stated & { kind: 'everyStep'; holds(transition: Transition, rule: Rule): boolean };
/** Happens in some run: guards against a model so strict that nothing happens. */
export type Sometimes = Stated & { kind: 'sometimes'; happens(transition: Transition, rule: Rule): boolean };
/** If the condition holds from some moment on, the run reaches the goal again and again. */
export type AgainAndAgain = Stated & {
  kind: 'againAndAgain';
  variables: readonly Variable[];
  while(state: State): boolean;
  reaches(transition: Transition, rule: Rule): boolean;
};
/** If the condition holds from some moment on, the step happens a finite number of times. */
export type NotForEver = Stated & {
  kind: 'notForEver';
  variables: readonly Variable[];
  while(state: State): boolean;
  happens(transition: Transition, rule: Rule): boolean;
};

/** From every state, after the last change and the last fault, the step happens at most so many times. */
export type AtMost = Stated & { kind: 'atMost'; times: number; happens(transition: Transition, rule: Rule): boolean };

export type Property = Always | EveryStep | Sometimes | AgainAndAgain | NotForEver | AtMost;

export const always = (
  statement: string,
  clause: Clause,
  variables: readonly Variable[],
  holds: Always['holds'],
): Always => ({ kind: 'always', statement, clause, variables, holds });

export const everyStep = (statement: string, clause: Clause, holds: EveryStep['holds']): EveryStep => ({
  kind: 'everyStep',
  statement,
  clause,
  holds,
});

export const sometimes = (statement: string, clause: Clause, happens: Sometimes['happens']): Sometimes => ({
  kind: 'sometimes',
  statement,
  clause,
  happens,
});
