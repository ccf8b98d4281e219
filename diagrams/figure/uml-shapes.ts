/** Draws a laid-out figure as shapes in the notation of UML. */
import { ascent } from '../scene/font.ts';
import {
  type Box,
  type Group,
  type Item,
  type Point,
  type Scene,
  type Span,
  type Style,
  span,
  straightLine,
  textAt,
  widthOfSpans,
} from '../scene/scene.ts';
import { changeOf } from '../state-chart/marks.ts';
import { lineHeight, nameSize, stateTitle, type TextBlock, textSize, transitionTitle } from './label-text.ts';
import { foldedWidth, type Layout, type PlacedEdge, type PlacedNode, padding, titleHeight } from './layout.ts';
import { foldedSign, standingStyles } from './legend.ts';
import { changeStyles, markStyle } from './mark-style.ts';

export function umlScene({ figure, nodes, edges, legend, width, height }: Layout): Scene {
  const frames = nodes.filter(({ kind }) => kind === 'frame' || kind === 'parallel' || kind === 'region');
  const others = nodes.filter((node) => !frames.includes(node));
  const clipped = edges.map((edge) => ({ ...edge, points: belowHeader(edge, frames) }));
  return {
    id: figure.id,
    title: figure.title,
    description: figure.description,
    width,
    height,
    items: [
      ...frames.map((node) => frameGroup(node, nodes, clipped)),
      ...others.map(stateGroup),
      ...clipped.map(edgeGroup),
      { shape: 'group', role: 'legend', items: legend },
    ],
  };
}

/** A transition to a state inside begins at the line below the name of the outer state, not at its outer edge. */
function belowHeader({ from, to, points }: PlacedEdge, frames: readonly PlacedNode[]): readonly Point[] {
  const frame = frames.find(({ id }) => id === from);
  const [first, second, ...rest] = points;
  if (!frame || !first || !second || !to.startsWith(`${from}.`)) return points;
  const y = frame.box.y + frame.header;
  return first.y < y && second.y > y ? [{ x: first.x, y }, second, ...rest] : points;
}

const outline: Style = { stroke: 'ink' };

function frameGroup(node: PlacedNode, nodes: readonly PlacedNode[], edges: readonly PlacedEdge[]): Group {
  const { box, header, kind, text, name } = node;
  if (kind === 'region') return group(node, [frameHeading(box, name, text, edges)]);
  const depth = nodes.filter(({ box: outer }) => isAround(outer, box)).length;
  const rule = box.y + header;
  return group(node, [
    { shape: 'rectangle', box, radius: 10, style: { fill: depth % 2 === 0 ? 'paper' : 'panel', stroke: 'ink' } },
    straightLine({ x: box.x, y: rule }, { x: box.x + box.width, y: rule }, { stroke: 'quiet', width: 0.8 }),
    frameHeading({ ...box, height: header }, name, text, edges),
    ...(kind === 'parallel' ? separators(node, nodes) : []),
  ]);
}

const isAround = (outer: Box, inner: Box) =>
  outer.x < inner.x &&
  outer.y < inner.y &&
  outer.x + outer.width > inner.x + inner.width &&
  outer.y + outer.height > inner.y + inner.height;

/** The name and the compartment, placed beside the lines that enter from above. */
function frameHeading(box: Box, name: string, text: TextBlock, edges: readonly PlacedEdge[]): Group {
  const width = Math.max(widthOfSpans([span(name, 'bold')], nameSize), text.width);
  const height = text.height === 0 ? titleHeight : titleHeight + 3 + text.height;
  const crossing = edges
    .flatMap(({ points }) => crossingsBetween(points, box.y, box.y + height))
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
      textAt({ x, y: box.y + 17 }, nameSize, [span(name, 'bold')]),
      ...linesAt({ x, y: box.y + titleHeight + 3 }, text.lines),
    ],
  };
}

/** The horizontal positions at which a line runs down between two heights. */
const crossingsBetween = (points: readonly Point[], top: number, bottom: number): number[] =>
  points.slice(1).flatMap((point, n) => {
    const before = points[n] ?? point;
    const [high, low] = [Math.min(before.y, point.y), Math.max(before.y, point.y)];
    return before.x === point.x && low > top && high < bottom ? [point.x] : [];
  });

/** A dashed line between two regions, from the header to the bottom. */
function separators({ id, box, header }: PlacedNode, nodes: readonly PlacedNode[]): Item[] {
  const regions = nodes
    .filter((node) => node.parent === id && node.kind === 'region')
    .sort((one, other) => one.box.x - other.box.x);
  return regions.slice(1).map((region, n) => {
    const before = regions[n]?.box ?? region.box;
    const x = (before.x + before.width + region.box.x) / 2;
    return straightLine({ x, y: box.y + header }, { x, y: box.y + box.height }, { stroke: 'ink', dash: 'dashed' });
  });
}

function stateGroup(node: PlacedNode): Group {
  const look = lookOf(node);
  const { box, kind, text, state } = node;
  const name = { ...span(node.name, 'bold'), ...(changeOf(state) === 'removed' && { struck: true as const }) };
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
        ...nameAndText(box, name, text),
      ]);
    case 'outside':
      return group(node, [
        { shape: 'rectangle', box, radius: 9, style: { fill: 'paper', stroke: 'quiet', dash: 'dotted' } },
        ...nameAndText(box, name, text),
      ]);
    default:
      return group(node, [
        { shape: 'rectangle', box, radius: 9, style: look },
        ...nameAndText(box, name, text),
        ...(kind === 'folded' ? foldedSign({ x: box.x + box.width - foldedWidth, y: box.y + titleHeight / 2 }) : []),
      ]);
  }
}

/** The end of a path and changed states have a look of their own. */
function lookOf({ state, isEnd }: PlacedNode): Style {
  const change = changeOf(state);
  if (isEnd) return { stroke: 'path', width: 3, fill: 'panel' };
  return { ...outline, fill: 'paper', ...(change && changeStyles[change]) };
}

const inset = ({ x, y, width, height }: Box, by: number): Box => ({
  x: x + by,
  y: y + by,
  width: width - 2 * by,
  height: height - 2 * by,
});

function nameAndText(box: Box, name: Span, text: TextBlock): Item[] {
  const middle = box.x + box.width / 2;
  const title = textAt({ x: middle, y: box.y + 17 }, nameSize, [name], 'middle');
  if (text.height === 0) return [title];
  const rule = box.y + titleHeight;
  return [
    title,
    straightLine({ x: box.x, y: rule }, { x: box.x + box.width, y: rule }, { stroke: 'quiet', width: 0.8 }),
    ...linesAt({ x: box.x + padding, y: rule + 3 }, text.lines),
  ];
}

function edgeGroup(edge: PlacedEdge): Group {
  const { id, from, to, points, text, label, transitions, standing } = edge;
  const style = markStyle(transitions, standingStyles[standing]);
  return {
    shape: 'group',
    id,
    role: 'transition',
    ...(transitions.length > 0 && { title: transitions.map(transitionTitle).join('\n') }),
    data: { from, to, standing },
    items: [
      { shape: 'line', points, radius: 6, style, end: 'arrow' },
      ...(label ? linesAt({ x: label.x + 1, y: label.y + 1 }, text.lines) : []),
    ],
  };
}

const linesAt = ({ x, y }: Point, lines: readonly (readonly Span[])[]): Item[] =>
  lines.map((runs, n) =>
    textAt({ x, y: y + n * lineHeight + (lineHeight - textSize) / 2 + ascent * textSize - 1 }, textSize, runs),
  );

const group = ({ id, state, kind }: PlacedNode, items: readonly Item[]): Group => ({
  shape: 'group',
  id,
  role: kind,
  title: stateTitle(state),
  data: { state: state.id },
  items,
});
