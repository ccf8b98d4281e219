/** What a run or an exploration did with the transitions of a chart, or what became of them, and how a figure shows it. */

import { run, type Style } from '../scene/scene.ts';
import type { Change, StateChange, TransitionChange } from './changes.ts';
import type { ChartState, ChartTransition } from './chart.ts';
import type { Piece } from './label-text.ts';

export type RunMarks = {
  /** A path has numbered steps; of a coverage, it only matters how often. */
  kind: 'path' | 'coverage';
  /** By a transition's id: the steps in which it was taken, or how often that was, as the only number. */
  taken: ReadonlyMap<string, readonly number[]>;
  /** Where the path ends. */
  ends: ReadonlySet<string>;
  /** For want of room: effects are left to the figures without marks. */
  withoutEffects?: true;
};

export type DifferenceMarks = {
  kind: 'difference';
  /** The versions, as in "as written → with all amendments". */
  words: string;
  /** By id; what is not in it is the same. */
  states: ReadonlyMap<string, StateChange>;
  transitions: ReadonlyMap<string, TransitionChange>;
  /** For want of room: only effects of what is not the same. */
  withoutEffects?: true;
};

export type Marks = RunMarks | DifferenceMarks;

export type Marked = Pick<ChartTransition, 'id'>;

/** More than that many steps of one transition are counted, not listed. */
const stepsMax = 4;

const stepsOf = ({ taken }: RunMarks, transitions: readonly Marked[]) =>
  transitions.flatMap(({ id }) => taken.get(id) ?? []).sort((one, other) => one - other);
const timesOf = ({ taken }: RunMarks, transitions: readonly Marked[]) =>
  transitions.reduce((sum, { id }) => sum + (taken.get(id)?.[0] ?? 0), 0);

export type Kind = Exclude<Change<unknown, unknown>['change'], 'same'>;

/** What became of a transition, if the figure shows a difference and it is not the same. */
export function changeOf(marks: Marks | undefined, { id }: Marked): Kind | undefined {
  const change = marks?.kind === 'difference' ? marks.transitions.get(id)?.change : undefined;
  return change === 'same' ? undefined : change;
}

export function stateChangeOf(marks: Marks | undefined, { id }: Pick<ChartState, 'id'>): Kind | undefined {
  const change = marks?.kind === 'difference' ? marks.states.get(id)?.change : undefined;
  return change === 'same' ? undefined : change;
}

/** What a transition was before it changed. */
export function changedFrom(marks: Marks | undefined, { id }: Marked): ChartTransition | undefined {
  const change = marks?.kind === 'difference' ? marks.transitions.get(id) : undefined;
  return change?.change === 'changed' ? change.old : undefined;
}
export function stateChangedFrom(marks: Marks | undefined, { id }: Pick<ChartState, 'id'>): ChartState | undefined {
  const change = marks?.kind === 'difference' ? marks.states.get(id) : undefined;
  return change?.change === 'changed' ? change.old : undefined;
}

/** Whether the figure is about these: they were taken, or are not the same. */
export function matter(marks: Marks, transitions: readonly Marked[]): boolean {
  if (marks.kind === 'difference') return transitions.some((transition) => changeOf(marks, transition));
  return marks.kind === 'path' ? stepsOf(marks, transitions).length > 0 : timesOf(marks, transitions) > 0;
}

const changeWords: Record<Kind, string> = { added: 'new', removed: 'gone', changed: 'changed' };
export const changePieces = (change: Kind | undefined): Piece[] =>
  change ? [[run(changeWords[change], 'bold', change)]] : [];

/** In front of a label: `#3 #7`, or how often, or what became of it. */
export function markPieces(marks: Marks | undefined, transitions: readonly Marked[]): Piece[] {
  const [first] = transitions;
  if (!marks || !first) return [];
  if (marks.kind === 'difference') return changePieces(changeOf(marks, first));
  if (marks.kind === 'coverage') {
    const times = timesOf(marks, transitions);
    return [[run(`${times}\u00D7`, 'bold', times === 0 ? 'never' : 'path')]];
  }
  const steps = stepsOf(marks, transitions);
  const shown = steps.slice(0, stepsMax).map((step): Piece => [run(`#${step}`, 'bold', 'path')]);
  const more = steps.length - stepsMax;
  return more > 0 ? [...shown, [run(`and ${more} more`, 'regular', 'path')]] : shown;
}

/** New is thick, gone is dotted, and changed is in between. */
export const changeStyles: Record<Kind, Style> = {
  added: { stroke: 'added', width: 3 },
  removed: { stroke: 'removed', width: 1.8, dash: 'dotted' },
  changed: { stroke: 'changed', width: 2 },
};

/** Thicker the more often; what was not taken steps back, or, where that is the question, stands out. */
export function markStyle(marks: Marks, transitions: readonly Marked[], style: Style): Style {
  const dash = style.dash && { dash: style.dash };
  const [first] = transitions;
  if (!first) return style;
  if (marks.kind === 'difference') {
    const change = changeOf(marks, first);
    return { ...dash, ...(change ? changeStyles[change] : { stroke: 'quiet', width: 0.8 }) };
  }
  if (!matter(marks, transitions)) {
    return marks.kind === 'path'
      ? { stroke: 'quiet', width: 0.8, ...dash }
      : { stroke: 'never', width: 1.8, dash: 'dotted' };
  }
  if (marks.kind === 'path') return { stroke: 'path', width: 3, ...dash };
  return { stroke: 'ink', width: 1 + Math.min(4, Math.log10(timesOf(marks, transitions))), ...dash };
}
