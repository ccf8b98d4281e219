/** What an annex consists of, before it is a document: paragraphs, tables and figures, each with a name of its own. */
import type { Scene } from '../scene/scene.ts';

/** As a specification of 3GPP calls them (TR 21.801). */
export type Style = 'Heading1' | 'Heading8' | 'Normal' | 'FP' | 'TH' | 'TF' | 'TAH' | 'TAL' | 'TAC' | 'Footer';

/** A word with the space behind it, or the end of a line, or of the number of a heading. */
export type Word = { text: string; face?: 'bold' | 'italic' } | 'line break' | 'tab';

export type Paragraph = {
  kind: 'paragraph';
  id: string;
  style: Style;
  words: readonly Word[];
  /** On the page of what follows. */
  withNext?: boolean;
};
export type Cell = { style: 'TAH' | 'TAL' | 'TAC'; words: readonly Word[] };
/** A row of one cell is as wide as the table, and on the page of the next. */
export type Row = { id: string; cells: readonly Cell[] };
/** `widths` in millimetres; the first row is repeated on each page. */
export type Table = { kind: 'table'; id: string; widths: readonly number[]; rows: readonly Row[] };
/** `name` is unique among all figures of all annexes; `scale` is to what it is reduced. */
export type Figure = { kind: 'figure'; id: string; name: string; scene: Scene; scale: number };
export type Block = Paragraph | Table | Figure;

export const wordsOf = (text: string, face?: 'bold' | 'italic'): Word[] =>
  text.split(/(?<= )/).flatMap((word) => (word === '' ? [] : [{ text: word, ...(face && { face }) }]));

export const linesOf = (lines: readonly (readonly Word[])[]): Word[] =>
  lines.flatMap((line, n): Word[] => (n === 0 ? [...line] : ['line break', ...line]));

export const heading = (id: string, number: string, text: string): Paragraph => ({
  kind: 'paragraph',
  id: `${id} heading`,
  style: 'Heading1',
  words: [{ text: number }, 'tab', ...wordsOf(text)],
});

export const paragraph = (id: string, style: Style, text: string): Paragraph => ({
  kind: 'paragraph',
  id,
  style,
  words: wordsOf(text),
});

/** Without a paragraph between them, a table would touch what follows. */
export const gap = (id: string) => paragraph(`${id} end`, 'FP', '');

export const headRow = (texts: readonly string[]): Row => ({
  id: 'head',
  cells: texts.map((text): Cell => ({ style: 'TAH', words: wordsOf(text) })),
});

export const row = (id: string, cells: readonly (readonly (readonly Word[])[])[]): Row => ({
  id,
  cells: cells.map((lines): Cell => ({ style: 'TAL', words: linesOf(lines) })),
});
