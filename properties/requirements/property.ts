/** The properties of CAPIF: what the checker can decide of a model, and the clause that it comes from. */
import type { Clause } from '../../machines/vocabulary.ts';
import type * as checker from '../checker/model.ts';
import type { Transition } from '../model/rule.ts';
import type { State } from '../model/state.ts';

type Cited = { clause: Clause };

export type Property = checker.Property<State, Transition> & Cited;
export type Always = checker.Always<State> & Cited;
export type EveryStep = checker.EveryStep<State, Transition> & Cited;
export type Sometimes = checker.Sometimes<State, Transition> & Cited;
export type AgainAndAgain = checker.AgainAndAgain<State, Transition> & Cited;
export type NotForEver = checker.NotForEver<State, Transition> & Cited;
export type AtMost = checker.AtMost<State, Transition> & Cited;

export const always = (
  statement: string,
  clause: Clause,
  variables: Always['variables'],
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
