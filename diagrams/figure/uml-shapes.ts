/** A figure with its places, as shapes in UML's notation. */
import { ascent } from '../scene/font.ts';
import {
  type Box,
  type Group,
  type Item,
  type Line,
  type Point,
  type Run,
  run,
  type Scene,
  type Style,
  textAt,
  widthOfRuns,
} from '../scene/scene.ts';
import { lineHeight, nameSize, stateTitle, textSize, transitionTitle, type Words } from '../state-chart/label-text.ts';
import { changeStyles, type Marks, markStyle, stateChangeOf } from '../state-chart/marks.ts';
import { foldedWidth, type Layout, type PlacedEdge, type PlacedNode, padding, titleHeight } from './layout.ts';
import { foldedSign, legend, standingStyles } from './legend.ts';

export function drawing({ figure, nodes, edges, size }: Layout): Scene {
  const frames = nodes.filter(({ kind }) => kind === 'frame' || kind === 'parallel' || kind === 'region');
  const others = nodes.filter((node) => !frames.includes(node));
  const clipped = edges.map((edge) => ({ ...edge, points: belowHeader(edge, frames) }));
  const below = legend(figure, { x: 0, y: Math.ceil(size.height), width: size.width });
  return {
    id: figure.id,
    title: figure.title,
    description: figure.description,
    width: Math.ceil(size.width),
    height: Math.ceil(size.height) + below.height,
    items: [
      ...frames.map((node) => frameGroup(node, nodes, clipped)),
      ...others.map((node) => stateGroup(node, figure.marks)),
      ...clipped.map((edge) => edgeGroup(edge, figure.marks)),
      { shape: 'group', role: 'legend', items: below.items },
    ],
  };
}

/** A transition of a state to one inside it begins at the line below the state's name, not at its outer edge. */
function belowHeader({ from, to, points }: PlacedEdge, frames: readonly PlacedNode[]): readonly Point[] {
  const frame = frames.find(({ id }) => id === from);
  const [first, second, ...rest] = points;
  if (!frame || !first || !second || !to.startsWith(`${from}.`)) return points;
  const y = frame.box.y + frame.header;
  return first.y < y && second.y > y ? [{ x: first.x, y }, second, ...rest] : points;
}

const outline: Style = { stroke: 'ink' };

function frameGroup(node: PlacedNode, nodes: readonly PlacedNode[], edges: readonly PlacedEdge[]): Group {
  const { box, header, kind, words, name } = node;
  if (kind === 'region') return group(node, [heading(box, name, words, edges)]);
  const depth = nodes.filter(({ box: outer }) => isAround(outer, box)).length;
  const rule = box.y + header;
  return group(node, [
    { shape: 'rectangle', box, radius: 10, style: { fill: depth % 2 === 0 ? 'paper' : 'panel', stroke: 'ink' } },
    straight({ x: box.x, y: rule }, { x: box.x + box.width, y: rule }, { stroke: 'quiet', width: 0.8 }),
    heading({ ...box, height: header }, name, words, edges),
    ...(kind === 'parallel' ? separators(node, nodes) : []),
  ]);
}

const isAround = (outer: Box, inner: Box) =>
  outer.x < inner.x &&
  outer.y < inner.y &&
  outer.x + outer.width > inner.x + inner.width &&
  outer.y + outer.height > inner.y + inner.height;

/** The name and the compartment, beside the lines that come in from above. */
function heading(box: Box, name: string, words: Words, edges: readonly PlacedEdge[]): Group {
  const width = Math.max(widthOfRuns([run(name, 'bold')], nameSize), words.width);
  const height = words.height === 0 ? titleHeight : titleHeight + 3 + words.height;
  const crossing = edges
    .flatMap(({ points }) => crossings(points, box.y, box.y + height))
    .sort((one, other) => one - other);
  const left = [box.x, ...crossing].find((x, n, all) => {
    const next = [...crossing, box.x + box.width][n] ?? Number.POSITIVE_INFINITY;
    return x >= box.x && next - x >= width + 2 * padding && all[n] !== undefined;
  });
  const x = (left ?? box.x) + padding;
  return {
    shape: 'group',
    role: 'name',
    items: [
      textAt({ x, y: box.y + 17 }, nameSize, [run(name, 'bold')]),
      ...linesAt({ x, y: box.y + titleHeight + 3 }, words.lines),
    ],
  };
}

/** Where a line runs downwards between two heights. */
const crossings = (points: readonly Point[], top: number, bottom: number): number[] =>
  points.slice(1).flatMap((point, n) => {
    const before = points[n] ?? point;
    const [high, low] = [Math.min(before.y, point.y), Math.max(before.y, point.y)];
    return before.x === point.x && low > top && high < bottom ? [point.x] : [];
  });

/** Between two regions a dashed line, from the header to the bottom. */
function separators({ id, box, header }: PlacedNode, nodes: readonly PlacedNode[]): Item[] {
  const regions = nodes
    .filter((node) => node.parent === id && node.kind === 'region')
    .sort((one, other) => one.box.x - other.box.x);
  return regions.slice(1).map((region, n) => {
    const before = regions[n]?.box ?? region.box;
    const x = (before.x + before.width + region.box.x) / 2;
    return straight({ x, y: box.y + header }, { x, y: box.y + box.height }, { stroke: 'ink', dash: 'dashed' });
  });
}

function stateGroup(node: PlacedNode, marks: Marks | undefined): Group {
  const look = lookOf(node, marks);
  const isGone = stateChangeOf(marks, node.state) === 'removed';
  const { box, kind, words } = node;
  const name = { ...run(node.name, 'bold'), ...(isGone && { struck: true as const }) };
  const centre = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  switch (kind) {
    case 'initial':
      return group(node, [{ shape: 'circle', centre, radius: box.width / 2, style: { fill: 'ink', stroke: 'ink' } }]);
    case 'history':
      return group(node, [
        { shape: 'circle', centre, radius: box.width / 2, style: { ...outline, fill: 'paper' } },
        textAt({ x: centre.x, y: centre.y + nameSize * 0.36 }, nameSize, [name], 'middle'),
      ]);
    case 'final':
      return group(node, [
        { shape: 'rectangle', box, radius: 10, style: look },
        { shape: 'rectangle', box: inset(box, 3), radius: 7, style: { ...look, fill: 'paper' } },
        ...named(box, name, words),
      ]);
    case 'outside':
      return group(node, [
        { shape: 'rectangle', box, radius: 9, style: { fill: 'paper', stroke: 'quiet', dash: 'dotted' } },
        ...named(box, name, words),
      ]);
    default:
      return group(node, [
        { shape: 'rectangle', box, radius: 9, style: look },
        ...named(box, name, words),
        ...(kind === 'folded' ? foldedSign({ x: box.x + box.width - foldedWidth, y: box.y + titleHeight / 2 }) : []),
      ]);
  }
}

/** Where a path ends, and what is not the same, looks different. */
function lookOf({ id, kind, state }: PlacedNode, marks: Marks | undefined): Style {
  const usual: Style = { ...outline, fill: 'paper' };
  if (marks?.kind === 'difference') {
    const change = stateChangeOf(marks, state);
    return change ? { ...usual, ...changeStyles[change] } : usual;
  }
  const ends = [...(marks?.ends ?? [])].some((end) => end === id || (kind === 'folded' && isInside(end, id)));
  return ends ? { stroke: 'path', width: 3, fill: 'panel' } : usual;
}

const isInside = (id: string, outer: string) => id.startsWith(`${outer}.`);

const inset = ({ x, y, width, height }: Box, by: number): Box => ({
  x: x + by,
  y: y + by,
  width: width - 2 * by,
  height: height - 2 * by,
});

function named(box: Box, name: Run, words: Words): Item[] {
  const middle = box.x + box.width / 2;
  const title = textAt({ x: middle, y: box.y + 17 }, nameSize, [name], 'middle');
  if (words.height === 0) return [title];
  const rule = box.y + titleHeight;
  return [
    title,
    straight({ x: box.x, y: rule }, { x: box.x + box.width, y: rule }, { stroke: 'quiet', width: 0.8 }),
    ...linesAt({ x: box.x + padding, y: rule + 3 }, words.lines),
  ];
}

function edgeGroup(edge: PlacedEdge, marks: Marks | undefined): Group {
  const { id, from, to, points, words, label, transitions, standing } = edge;
  const style = marks ? markStyle(marks, transitions, standingStyles[standing]) : standingStyles[standing];
  return {
    shape: 'group',
    id,
    role: 'transition',
    ...(transitions.length > 0 && { title: transitions.map(transitionTitle).join('\n') }),
    data: { from, to, standing },
    items: [
      { shape: 'line', points, radius: 6, style, end: 'arrow' },
      ...(label ? linesAt({ x: label.x + 1, y: label.y + 1 }, words.lines) : []),
    ],
  };
}

export const linesAt = ({ x, y }: Point, lines: readonly (readonly Run[])[]): Item[] =>
  lines.map((runs, n) =>
    textAt({ x, y: y + n * lineHeight + (lineHeight - textSize) / 2 + ascent * textSize - 1 }, textSize, runs),
  );

const straight = (from: Point, to: Point, style: Style): Line => ({
  shape: 'line',
  points: [from, to],
  radius: 0,
  style,
});

const group = ({ id, state, kind }: PlacedNode, items: readonly Item[]): Group => ({
  shape: 'group',
  id,
  role: kind,
  title: stateTitle(state),
  data: { state: state.id },
  items,
});
