/** The text of figures: styled pieces of labels, their breaking into lines, and tooltips. */
import type { Source } from '../../machines/vocabulary.ts';
import { type Span, span, widthOfSpans } from '../scene/scene.ts';
import type { ChartEffect, ChartState, ChartTransition } from '../state-chart/chart.ts';
import { effectInFull, effectText, eventText, sourceText } from '../state-chart/notation.ts';

export const textSize = 11;
export const nameSize = 12;
export const lineHeight = 13;

/** Lines of text and the space that they need. */
export type TextBlock = { lines: readonly (readonly Span[])[]; width: number; height: number };

export function textBlock(lines: readonly (readonly Span[])[]): TextBlock {
  const widths = lines.map((line) => widthOfSpans(line, textSize));
  return { lines, width: Math.ceil(Math.max(0, ...widths)), height: lines.length * lineHeight };
}

/** A part of a label that stays on one line. */
export type Piece = readonly Span[];

export const eventPieces = (events: readonly string[]): Piece[] =>
  events
    .filter((event) => event !== '')
    .map((event, n, all) => [span(`${eventText(event)}${n < all.length - 1 ? ',' : ''}`, 'bold')]);

export const guardPieces = ({ guard }: ChartTransition): Piece[] => (guard === undefined ? [] : [[span(`[${guard}]`)]]);

export const effectPieces = (before: string, effects: readonly ChartEffect[]): Piece[] =>
  effects.map((effect, n) => [
    span(`${n === 0 ? before : ''}${effectText(effect)}${n < effects.length - 1 ? ',' : ''}`, 'italic'),
  ]);

export const targetPieces = (names: readonly string[]): Piece[] => names.map((name) => [span(`\u2192 ${name}`)]);

export const clausePieces = (source: Source | undefined): Piece[] =>
  source ? [[span(source.clause, 'regular', 'clause')]] : [];
export const amendmentPieces = (source: Source | undefined): Piece[] =>
  source?.amendment ? [[span(`+ ${source.amendment}`, 'regular', 'amendment')]] : [];

const gap = span(' ');

/** Puts as many pieces on a line as fit into `widest`; a single piece may be wider. */
export function brokenIntoLines(pieces: readonly Piece[], widest: number): Span[][] {
  const lines: Span[][] = [];
  for (const piece of pieces) {
    const line = lines.at(-1);
    const longer = line ? [...line, gap, ...piece] : [...piece];
    if (line && widthOfSpans(longer, textSize) <= widest) lines[lines.length - 1] = longer;
    else lines.push([...piece]);
  }
  return lines;
}

/** All that is known of a transition, for the tooltip and for reading aloud. */
export function transitionTitle({ event, guard, effects, to, from, source }: ChartTransition): string {
  const trigger = `${eventText(event)}${guard ? ` [${guard}]` : ''}`.trim();
  const effect = effects.length > 0 ? ` / ${effects.map(effectInFull).join(', ')}` : '';
  const towards = to.length > 0 ? `${from} to ${to.join(' and ')}` : `in ${from}`;
  return `${trigger}${effect}, ${towards}${sourceText(source)}`;
}

export const stateTitle = ({ id, source }: ChartState) => `${id}${sourceText(source)}`;
