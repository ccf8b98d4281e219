/**
 * A drawing before it becomes SVG, PNG or Word shapes: a few kinds of shapes at absolute positions, in pixels of 1/96 inch
 * from the top left. Later shapes lie on top of earlier ones.
 */
import { ascent, descent, type Face, widthOf } from './font.ts';

export type Point = { x: number; y: number };
export type Box = Point & { width: number; height: number };

/**
 * The purpose of a colour; each writer chooses its own colours, light and dark. Colour never carries meaning alone: a dash,
 * a weight or a word says the same.
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
  /** Width of the stroke; the default is 1.2. */
  width?: number;
  dash?: 'dashed' | 'dotted';
};

/** A piece of a line of text in one face and one tone. */
export type Span = { text: string; face: Face; tone: Tone; struck?: true };
/** One line of text. `at` is the point on the baseline that `anchor` names. */
export type Text = {
  shape: 'text';
  at: Point;
  anchor: 'start' | 'middle' | 'end';
  size: number;
  spans: readonly Span[];
};
type Rectangle = { shape: 'rectangle'; box: Box; radius: number; style: Style };
type Circle = { shape: 'circle'; centre: Point; radius: number; style: Style };
type Polygon = { shape: 'polygon'; points: readonly Point[]; style: Style };
/** A polyline with rounded corners. Its ends touch the shapes that they point at; an arrow head lies on the last stretch. */
export type Line = {
  shape: 'line';
  points: readonly Point[];
  radius: number;
  style: Style;
  start?: Marker;
  end?: Marker;
};
export type Marker = 'arrow' | 'openArrow' | 'dot';
/** Several shapes that a reader sees as one thing: a state, a transition, a message. */
export type Group = {
  shape: 'group';
  /** Unique in the figure, and the same in every drawing of the thing. */
  id?: string;
  /** The kind of thing, for style sheets and scripts: `state`, `transition`, `message`. */
  role: string;
  /** Shown as a tooltip, and read aloud. */
  title?: string;
  data?: Readonly<Record<string, string>>;
  items: readonly Item[];
};
export type Item = Text | Rectangle | Circle | Polygon | Line | Group;

export type Scene = {
  /** Unique among the figures that may stand on one page. */
  id: string;
  title: string;
  description: string;
  width: number;
  height: number;
  items: readonly Item[];
};

export const span = (text: string, face: Face = 'regular', tone: Tone = 'ink'): Span => ({ text, face, tone });

export const textAt = (at: Point, size: number, spans: readonly Span[], anchor: Text['anchor'] = 'start'): Text => ({
  shape: 'text',
  at,
  anchor,
  size,
  spans,
});

/** A line with two points and no rounding. */
export const straightLine = (from: Point, to: Point, style: Style = { stroke: 'ink' }, end?: Marker): Line => ({
  shape: 'line',
  points: [from, to],
  radius: 0,
  style,
  ...(end && { end }),
});

export const widthOfSpans = (spans: readonly Span[], size: number): number =>
  spans.reduce((width, { text, face }) => width + widthOf(text, size, face), 0);

/** The space that a text takes: the width of its letters, the height of its font. */
export function boxOfText({ at, anchor, spans, size }: Text): Box {
  const width = widthOfSpans(spans, size);
  const x = anchor === 'start' ? at.x : anchor === 'middle' ? at.x - width / 2 : at.x - width;
  return { x, y: at.y - ascent * size, width, height: (ascent + descent) * size };
}

/** Every shape except groups, in the order of painting. */
export function* shapesOf(items: readonly Item[]): Generator<Exclude<Item, Group>> {
  for (const item of items) {
    if (item.shape === 'group') yield* shapesOf(item.items);
    else yield item;
  }
}
