/** How a figure shows the marks of states and transitions: words before a label, and styles of lines. */
import { type Style, span } from '../scene/scene.ts';
import { type ChangeKind, changeOf, type MarkedTransition, standsOut } from '../state-chart/marks.ts';
import type { Piece } from './label-text.ts';

/** A label lists at most this many steps of a transition, and counts the others. */
const stepsMax = 4;

const stepsOf = (transitions: readonly MarkedTransition[]) =>
  transitions.flatMap(({ mark }) => (mark?.kind === 'path' ? mark.steps : [])).sort((one, other) => one - other);
const timesOf = (transitions: readonly MarkedTransition[]) =>
  transitions.reduce((sum, { mark }) => sum + (mark?.kind === 'coverage' ? mark.times : 0), 0);

const changeTexts: Record<ChangeKind, string> = { added: 'new', removed: 'gone', changed: 'changed' };
export const changePieces = (change: ChangeKind | undefined): Piece[] =>
  change ? [[span(changeTexts[change], 'bold', change)]] : [];

/** The start of a label: `#3 #7`, a count, or the change. */
export function markPieces(transitions: readonly MarkedTransition[]): Piece[] {
  const [first] = transitions;
  switch (first?.mark?.kind) {
    case 'difference':
      return changePieces(changeOf(first));
    case 'coverage': {
      const times = timesOf(transitions);
      return [[span(`${times}\u00D7`, 'bold', times === 0 ? 'never' : 'path')]];
    }
    case 'path': {
      const steps = stepsOf(transitions);
      const shown = steps.slice(0, stepsMax).map((step): Piece => [span(`#${step}`, 'bold', 'path')]);
      const more = steps.length - stepsMax;
      return more > 0 ? [...shown, [span(`and ${more} more`, 'regular', 'path')]] : shown;
    }
    case undefined:
      return [];
  }
}

/** A new line is thick, one that is gone is dotted, and a changed one is in between. */
export const changeStyles: Record<ChangeKind, Style> = {
  added: { stroke: 'added', width: 3 },
  removed: { stroke: 'removed', width: 1.8, dash: 'dotted' },
  changed: { stroke: 'changed', width: 2 },
};

/** The style of a line; `style` is the one without marks. */
export function markStyle(transitions: readonly MarkedTransition[], style: Style): Style {
  const dash = style.dash && { dash: style.dash };
  const [first] = transitions;
  switch (first?.mark?.kind) {
    case 'difference': {
      const change = changeOf(first);
      return { ...dash, ...(change ? changeStyles[change] : { stroke: 'quiet', width: 0.8 }) };
    }
    case 'path':
      return transitions.some(standsOut)
        ? { stroke: 'path', width: 3, ...dash }
        : { stroke: 'quiet', width: 0.8, ...dash };
    case 'coverage':
      return transitions.some(standsOut)
        ? { stroke: 'ink', width: 1 + Math.min(4, Math.log10(timesOf(transitions))), ...dash }
        : { stroke: 'never', width: 1.8, dash: 'dotted' };
    case undefined:
      return style;
  }
}
