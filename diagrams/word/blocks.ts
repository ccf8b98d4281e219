/** The blocks of an annex before it becomes a document: paragraphs, tables and figures, each with a unique id. */
import type { Scene } from '../scene/scene.ts';

/** The names of 3GPP's paragraph styles (TR 21.801). */
export type ParagraphStyle = 'Heading1' | 'Heading8' | 'Normal' | 'FP' | 'TH' | 'TF' | 'TAH' | 'TAL' | 'TAC' | 'Footer';

/** A word with the space after it, a line break, or the tab after the number of a heading. */
export type Word = { text: string; face?: 'bold' | 'italic' } | 'line break' | 'tab';

export type Paragraph = {
  kind: 'paragraph';
  id: string;
  style: ParagraphStyle;
  words: readonly Word[];
  /** On the same page as the next block. */
  withNext?: boolean;
};
export type Cell = { style: 'TAH' | 'TAL' | 'TAC'; words: readonly Word[] };
/** A row of one cell is as wide as the table, and on the same page as the next row. */
export type TableRow = { id: string; cells: readonly Cell[] };
/** `widths` in millimetres. The first row is repeated on each page. */
export type TableBlock = { kind: 'table'; id: string; widths: readonly number[]; rows: readonly TableRow[] };
/** `name` is unique among the figures of all versions; `scale` is the factor of reduction. */
export type FigureBlock = { kind: 'figure'; id: string; name: string; scene: Scene; scale: number };
export type Block = Paragraph | TableBlock | FigureBlock;

export const wordsOf = (text: string, face?: 'bold' | 'italic'): Word[] =>
  text.split(/(?<= )/).flatMap((word) => (word === '' ? [] : [{ text: word, ...(face && { face }) }]));

const linesOf = (lines: readonly (readonly Word[])[]): Word[] =>
  lines.flatMap((line, n): Word[] => (n === 0 ? [...line] : ['line break', ...line]));

export const heading = (id: string, number: string, text: string): Paragraph => ({
  kind: 'paragraph',
  id: `${id} heading`,
  style: 'Heading1',
  words: [{ text: number }, 'tab', ...wordsOf(text)],
});

export const paragraph = (id: string, style: ParagraphStyle, text: string): Paragraph => ({
  kind: 'paragraph',
  id,
  style,
  words: wordsOf(text),
});

/** An empty paragraph, without which a table would touch the next block. */
export const gap = (id: string) => paragraph(`${id} end`, 'FP', '');

export const headRow = (texts: readonly string[]): TableRow => ({
  id: 'head',
  cells: texts.map((text): Cell => ({ style: 'TAH', words: wordsOf(text) })),
});

export const tableRow = (id: string, cells: readonly (readonly (readonly Word[])[])[]): TableRow => ({
  id,
  cells: cells.map((lines): Cell => ({ style: 'TAL', words: linesOf(lines) })),
});
