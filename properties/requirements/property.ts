/**
 * What can be promised of a world: a sentence, the clause it comes from, and a question. The question is asked of worlds
 * (`always`, `sometimes`), of steps (`everyStep`), or of endless runs (`againAndAgain`, `notForEver`) that are fair: each
 * rule that is weakly fair happens if it can for ever, each that is strongly fair if it can again and again.
 */
import type { Clause } from '../../machines/vocabulary.ts';
import type { Move, Rule } from '../model/composition.ts';
import type { Slot, Slots } from '../model/state.ts';

type Said = { sentence: string; clause: Clause };

/** True in every world. `needs`: the slots it is about. */
export type Always = Said & { kind: 'always'; needs: readonly Slot[]; holds(world: Slots): boolean };
/** True of every step of every run. */
export type EveryStep = Said & { kind: 'everyStep'; holds(move: Move, rule: Rule): boolean };
/** Happens in some run: guards against a model so strict that nothing happens. */
export type Sometimes = Said & { kind: 'sometimes'; happens(move: Move, rule: Rule): boolean };
/** While the condition holds for ever, the goal is reached again and again. */
export type AgainAndAgain = Said & {
  kind: 'againAndAgain';
  needs: readonly Slot[];
  while(world: Slots): boolean;
  reaches(move: Move, rule: Rule): boolean;
};
/** While the condition holds for ever, it happens a finite number of times. */
export type NotForEver = Said & {
  kind: 'notForEver';
  needs: readonly Slot[];
  while(world: Slots): boolean;
  happens(move: Move, rule: Rule): boolean;
};

/** After the last change and the last fault it happens so often at most, from any world. */
export type AtMost = Said & { kind: 'atMost'; times: number; happens(move: Move, rule: Rule): boolean };

export type Property = Always | EveryStep | Sometimes | AgainAndAgain | NotForEver | AtMost;
export const always = (sentence: string, clause: Clause, needs: readonly Slot[], holds: Always['holds']): Always => ({
  kind: 'always',
  sentence,
  clause,
  needs,
  holds,
});
export const everyStep = (sentence: string, clause: Clause, holds: EveryStep['holds']): EveryStep => ({
  kind: 'everyStep',
  sentence,
  clause,
  holds,
});
export const sometimes = (sentence: string, clause: Clause, happens: Sometimes['happens']): Sometimes => ({
  kind: 'sometimes',
  sentence,
  clause,
  happens,
});
