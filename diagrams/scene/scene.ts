/**
 * A drawing before it is SVG, PNG or Word shapes: a few kinds of shapes with absolute positions, in pixels of 1/96 inch
 * from the top left. What is listed later lies on top. `svg.ts` writes it; nothing else knows of SVG.
 */
import { ascent, descent, type Face, widthOf } from './font.ts';

export type Point = { x: number; y: number };
export type Box = Point & { width: number; height: number };

/**
 * What a colour is for; each writer has its own colours, light and dark. A tone never says anything alone: a dash, a weight
 * or a word says the same.
 */
export type Tone =
  | 'ink'
  | 'quiet'
  | 'paper'
  | 'panel'
  | 'clause'
  | 'amendment'
  | 'added'
  | 'removed'
  | 'changed'
  | 'path'
  | 'never';

export type Style = {
  fill?: Tone;
  stroke?: Tone;
  /** Of the stroke; 1.2 unless said. */
  width?: number;
  dash?: 'dashed' | 'dotted';
};

/** Words that look alike, one after the other in a line. */
export type Run = { text: string; face: Face; tone: Tone; struck?: true };
/** One line of text. `at` is on the baseline: its start, middle or end, as `anchor` says. */
export type Text = {
  shape: 'text';
  at: Point;
  anchor: 'start' | 'middle' | 'end';
  size: number;
  runs: readonly Run[];
};
export type Rectangle = { shape: 'rectangle'; box: Box; radius: number; style: Style };
export type Circle = { shape: 'circle'; centre: Point; radius: number; style: Style };
export type Polygon = { shape: 'polygon'; points: readonly Point[]; style: Style };
/** A polyline whose corners are rounded. Its ends touch what they point at; the arrow head is drawn before the end. */
export type Line = {
  shape: 'line';
  points: readonly Point[];
  radius: number;
  style: Style;
  start?: Marker;
  end?: Marker;
};
export type Marker = 'arrow' | 'openArrow' | 'dot';
/** Several shapes that are one thing to a reader: a state, a transition, a message. */
export type Group = {
  shape: 'group';
  /** Unique in its figure, and the same in every drawing of the thing. */
  id?: string;
  /** What it is, for style sheets and scripts: `state`, `transition`, `message`. */
  role: string;
  /** Shown as a tooltip, and read aloud. */
  title?: string;
  data?: Readonly<Record<string, string>>;
  items: readonly Item[];
};
export type Item = Text | Rectangle | Circle | Polygon | Line | Group;

export type Scene = {
  /** Unique among figures that may be put on one page. */
  id: string;
  title: string;
  description: string;
  width: number;
  height: number;
  items: readonly Item[];
};

export const run = (text: string, face: Face = 'regular', tone: Tone = 'ink'): Run => ({ text, face, tone });

export const textAt = (at: Point, size: number, runs: readonly Run[], anchor: Text['anchor'] = 'start'): Text => ({
  shape: 'text',
  at,
  anchor,
  size,
  runs,
});

export const widthOfRuns = (runs: readonly Run[], size: number): number =>
  runs.reduce((width, { text, face }) => width + widthOf(text, size, face), 0);

/** The space that a text takes: as wide as its letters, as high as its font. */
export function boxOf({ at, anchor, runs, size }: Text): Box {
  const width = widthOfRuns(runs, size);
  const x = anchor === 'start' ? at.x : anchor === 'middle' ? at.x - width / 2 : at.x - width;
  return { x, y: at.y - ascent * size, width, height: (ascent + descent) * size };
}

/** Every shape that is no group, in the order in which it is painted. */
export function* shapesOf(items: readonly Item[]): Generator<Exclude<Item, Group>> {
  for (const item of items) {
    if (item.shape === 'group') yield* shapesOf(item.items);
    else yield item;
  }
}
