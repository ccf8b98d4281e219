/** Measures whether a scene can be read in print: no overlapping text, no line through text, and no text too small. */
import { type Box, boxOfText, type Item, type Point, type Scene, shapesOf, type Text } from './scene.ts';

/** The room for a figure on a page of a specification: 170 mm by 240 mm of A4 portrait, in pixels of 1/96 inch. */
export const pageRoom = { width: (170 / 25.4) * 96, height: (240 / 25.4) * 96 };
export const smallestPt = 7;

type Legibility = {
  /** Size of the smallest text, with the figure as large as the page allows. */
  pt: number;
  textOnText: string[];
  lineThroughText: string[];
  outside: string[];
  crossings: number;
};

export function legibilityOf(scene: Scene): Legibility {
  const texts = [...shapesOf(scene.items)].filter((shape): shape is Text => shape.shape === 'text');
  const boxes = texts.map((text) => ({ content: contentOf(text), box: tight(text) }));
  const lines = segmentsOf(scene.items);
  const [width, height] = [scene.width, scene.height];
  return {
    pt: Math.min(...texts.map(({ size }) => size)) * scaleOn(scene) * 0.75,
    textOnText: boxes.flatMap(({ content, box }, n) =>
      boxes.slice(n + 1).flatMap((other) => (overlap(box, other.box) ? [`"${content}" on "${other.content}"`] : [])),
    ),
    lineThroughText: boxes.flatMap(({ content, box }) =>
      lines.some(([from, to]) => passesThrough(from, to, box)) ? [`a line through "${content}"`] : [],
    ),
    outside: boxes.flatMap(({ content, box }) =>
      box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height ? [content] : [],
    ),
    crossings: crossings(scene),
  };
}

/** The factor by which a figure must be reduced to fit the page; no figure is enlarged. */
export const scaleOn = ({ width, height }: Pick<Scene, 'width' | 'height'>) =>
  Math.min(1, pageRoom.width / width, pageRoom.height / height);

export const isLegible = (scene: Scene) => {
  const { pt, textOnText, lineThroughText, outside } = legibilityOf(scene);
  return pt >= smallestPt && textOnText.length + lineThroughText.length + outside.length === 0;
};

const contentOf = ({ spans }: Text) => spans.map(({ text }) => text).join('');

/** The inked part of a text: from the top of a capital to just below the baseline. */
function tight(text: Text): Box {
  const { x, width } = boxOfText(text);
  return { x, y: text.at.y - 0.72 * text.size, width, height: 0.92 * text.size };
}

const overlap = (one: Box, other: Box) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

type Segment = readonly [Point, Point];

/** Everything drawn as a stroke: lines, and the outlines of boxes. */
function segmentsOf(items: readonly Item[]): Segment[] {
  return [...shapesOf(items)].flatMap((shape): Segment[] => {
    if (shape.shape === 'line') return pairs(shape.points);
    if (shape.shape === 'polygon') return pairs([...shape.points, ...shape.points.slice(0, 1)]);
    if (shape.shape !== 'rectangle' || !shape.style.stroke) return [];
    const { x, y, width, height } = shape.box;
    const [left, right, top, bottom] = [x, x + width, y, y + height];
    const corners = [
      { x: left, y: top },
      { x: right, y: top },
      { x: right, y: bottom },
      { x: left, y: bottom },
      { x: left, y: top },
    ];
    return pairs(corners);
  });
}

const pairs = (points: readonly Point[]): Segment[] =>
  points.slice(1).flatMap((point, n) => {
    const before = points[n];
    return before ? [[before, point] as const] : [];
  });

/** Clips the line by the four sides of the box in turn (Liang and Barsky). */
function passesThrough(from: Point, to: Point, { x, y, width, height }: Box): boolean {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  let [enters, leaves] = [0, 1];
  for (const [step, room] of [
    [-dx, from.x - x],
    [dx, x + width - from.x],
    [-dy, from.y - y],
    [dy, y + height - from.y],
  ] as const) {
    if (step === 0) {
      if (room <= 0) return false;
    } else if (step < 0) enters = Math.max(enters, room / step);
    else leaves = Math.min(leaves, room / step);
  }
  return enters < leaves;
}

/** How many times the lines of two transitions cross. */
function crossings({ items }: Scene): number {
  const groups = items.filter((item) => item.shape === 'group' && item.role === 'transition');
  const lines = groups.map((group) => segmentsOf([group]));
  return lines
    .flatMap((one, n) => lines.slice(n + 1).flatMap((other) => one.flatMap((a) => other.map((b) => cross(a, b)))))
    .filter((crosses) => crosses).length;
}

const side = ([from, to]: Segment, { x, y }: Point) =>
  Math.sign((to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x));
const cross = (one: Segment, other: Segment) =>
  side(one, other[0]) * side(one, other[1]) < 0 && side(other, one[0]) * side(other, one[1]) < 0;
