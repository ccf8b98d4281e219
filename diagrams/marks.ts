/** What a run, or an exploration, did with the transitions of a chart, and how a figure shows it. */
import type { ChartTransition } from './chart.ts';
import { run, type Style } from './scene.ts';
import type { Piece } from './words.ts';

export type Marks = {
  /** A path has numbered steps; of a coverage, it only matters how often. */
  kind: 'path' | 'coverage';
  /** By a transition's id: the steps in which it was taken, or how often that was, as the only number. */
  taken: ReadonlyMap<string, readonly number[]>;
  /** Where the path ends. */
  ends: ReadonlySet<string>;
  /** For want of room: effects are left to the figures without marks. */
  withoutEffects?: true;
};

export type Marked = Pick<ChartTransition, 'id'>;

/** More than that many steps of one transition are counted, not listed. */
const stepsMax = 4;

const stepsOf = ({ taken }: Marks, transitions: readonly Marked[]) =>
  transitions.flatMap(({ id }) => taken.get(id) ?? []).sort((one, other) => one - other);
const timesOf = ({ taken }: Marks, transitions: readonly Marked[]) =>
  transitions.reduce((sum, { id }) => sum + (taken.get(id)?.[0] ?? 0), 0);

export const isTaken = (marks: Marks, transitions: readonly Marked[]) =>
  marks.kind === 'path' ? stepsOf(marks, transitions).length > 0 : timesOf(marks, transitions) > 0;

/** In front of a label: `#3 #7`, or how often.  */
export function markPieces(marks: Marks | undefined, transitions: readonly Marked[]): Piece[] {
  if (!marks || transitions.length === 0) return [];
  if (marks.kind === 'coverage') {
    const times = timesOf(marks, transitions);
    return [[run(`${times}\u00D7`, 'bold', times === 0 ? 'never' : 'path')]];
  }
  const steps = stepsOf(marks, transitions);
  const shown = steps.slice(0, stepsMax).map((step): Piece => [run(`#${step}`, 'bold', 'path')]);
  const more = steps.length - stepsMax;
  return more > 0 ? [...shown, [run(`and ${more} more`, 'regular', 'path')]] : shown;
}

/** Thicker the more often; what was not taken steps back, or, where that is the question, stands out. */
export function markStyle(marks: Marks, transitions: readonly Marked[], style: Style): Style {
  const dash = style.dash && { dash: style.dash };
  if (transitions.length === 0) return style;
  if (!isTaken(marks, transitions)) {
    return marks.kind === 'path'
      ? { stroke: 'quiet', width: 0.8, ...dash }
      : { stroke: 'never', width: 1.8, dash: 'dotted' };
  }
  if (marks.kind === 'path') return { stroke: 'path', width: 3, ...dash };
  return { stroke: 'ink', width: 1 + Math.min(4, Math.log10(timesOf(marks, transitions))), ...dash };
}
