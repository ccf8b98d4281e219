/**
 * What can be promised of a world: a sentence, the clause it comes from, and a question. The question is asked of worlds
 * (`always`, `sometimes`), of steps (`everyStep`), or of endless runs (`againAndAgain`, `notForEver`) that are fair: each
 * rule that is weakly fair happens if it can for ever, each that is strongly fair if it can again and again.
 */
import type { Clause } from '../../machines/vocabulary.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { State, Variable } from '../model/state.ts';

type Said = { statement: string; clause: Clause };

/** True in every world. `needs`: the slots it is about. */
export type Always = Said & { kind: 'always'; variables: readonly Variable[]; holds(state: State): boolean };
/** True of every step of every run. */
export type EveryStep = Said & { kind: 'everyStep'; holds(transition: Transition, rule: Rule): boolean };
/** Happens in some run: guards against a model so strict that nothing happens. */
export type Sometimes = Said & { kind: 'sometimes'; happens(transition: Transition, rule: Rule): boolean };
/** While the condition holds for ever, the goal is reached again and again. */
export type AgainAndAgain = Said & {
  kind: 'againAndAgain';
  variables: readonly Variable[];
  while(state: State): boolean;
  reaches(transition: Transition, rule: Rule): boolean;
};
/** While the condition holds for ever, it happens a finite number of times. */
export type NotForEver = Said & {
  kind: 'notForEver';
  variables: readonly Variable[];
  while(state: State): boolean;
  happens(transition: Transition, rule: Rule): boolean;
};

/** After the last change and the last fault it happens so often at most, from any world. */
export type AtMost = Said & { kind: 'atMost'; times: number; happens(transition: Transition, rule: Rule): boolean };

export type Property = Always | EveryStep | Sometimes | AgainAndAgain | NotForEver | AtMost;
export const always = (
  statement: string,
  clause: Clause,
  variables: readonly Variable[],
  holds: Always['holds'],
): Always => ({
  kind: 'always',
  statement,
  clause,
  variables,
  holds,
});
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
