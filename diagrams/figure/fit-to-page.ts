/**
 * Makes a figure that can be read on a page. If there is no room for all its lines, transitions are listed in the states
 * that they leave: first those to the most frequent targets, and those that the standard states last.
 */
import { isLegible, pageRoom, scaleOn, smallestPt } from '../scene/legibility.ts';
import type { Scene } from '../scene/scene.ts';
import { standsOut } from '../state-chart/marks.ts';
import { type Figure, type FigureEdge, type Standing, withListed } from './figure.ts';
import { textSize } from './label-text.ts';
import { type Layout, layoutOf, type Spacing } from './layout.ts';
import { umlScene } from './uml-shapes.ts';

export type FittedFigure = { layout: Layout; scene: Scene; isLegible: boolean };

type Attempt = { layout: Layout; spacing: Spacing; fits: boolean };

const usual: Spacing = { edge: 140, node: 215, frame: 520, factor: 0.5 };
/** For a figure that is too wide, and for one that is too high. */
const narrow: readonly Spacing[] = [
  { edge: 120, node: 180, frame: 520, factor: 0.35 },
  { edge: 100, node: 150, frame: 520, factor: 0.3 },
];
const wide: readonly Spacing[] = [
  { edge: 150, node: 255, frame: 600, factor: 0.35 },
  { edge: 160, node: 300, frame: 700, factor: 0.35 },
];
/** Wide labels beside states of usual width, for the last resort. */
const wideLabels: Spacing = { edge: 180, node: 225, frame: 600, factor: 0.25 };
/** If a figure is this many times too large, another spacing does not help. */
const hopeless = 1.45;
/** More lines than this fit on no page, and take the longest to lay out. */
const edgesMax = 40;

/** A layout that is too large is not painted; one that is small enough may still have a line through a label. */
async function attempt(figure: Figure, spacing: Spacing): Promise<Attempt> {
  const layout = await layoutOf(figure, spacing);
  const fits = textSize * scaleOn(layout) * 0.75 >= smallestPt && isLegible(umlScene(layout));
  return { layout, spacing, fits };
}

const painted = ({ layout, fits }: Attempt): FittedFigure => ({ layout, scene: umlScene(layout), isLegible: fits });

const larger = (one: Attempt, other: Attempt) => (scaleOn(other.layout) > scaleOn(one.layout) ? other : one);

/** The figure with all its lines, if it can be read. */
export async function fitWhole(figure: Figure): Promise<FittedFigure | undefined> {
  if (figure.edges.length > edgesMax) return undefined;
  const best = await bestSpacing(figure);
  return best.fits ? painted(best) : undefined;
}

/** The figure with as few listed transitions as possible; if it cannot be made legible, the most legible attempt. */
export async function fitToPage(figure: Figure): Promise<FittedFigure> {
  const listed = new Set<FigureEdge>();
  const groups = candidates(figure);
  let last = await bestSpacing(figure);
  let best = last;
  while (!last.fits && groups.length > 0) {
    const isFar = scaleOn(last.layout) < 1 / 2;
    for (const group of groups.splice(0, isFar ? 2 : 1)) for (const edge of group) listed.add(edge);
    last = await bestSpacing(withListed(figure, listed));
    best = last.fits ? last : larger(best, last);
  }
  return painted(last.fits ? await withLinesBack(figure, listed, last) : await squeezed([best, last]));
}

/** The last resort: every spacing, and no effects in a figure with marks. */
async function squeezed(attempts: readonly Attempt[]): Promise<Attempt> {
  const tried = [...attempts];
  for (const { layout } of attempts) {
    const { figure } = layout;
    const terse: Figure = figure.marks ? { ...figure, withoutEffects: true } : figure;
    for (const spacing of [...narrow, ...wide, wideLabels])
      tried.push(await attempt(terse, { ...spacing, factor: 0.25 }));
  }
  return tried.find(({ fits }) => fits) ?? tried.reduce(larger);
}

/** Gives lines back one by one while the figure still fits. Lines from and to outside states are drawn all or none. */
async function withLinesBack(figure: Figure, listed: Set<FigureEdge>, fitting: Attempt): Promise<Attempt> {
  let last = fitting;
  const outside = outsideOf(figure);
  const inside = [...listed].filter(({ from, to }) => !outside.has(from) && !outside.has(to));
  for (const edge of inside.toReversed()) {
    listed.delete(edge);
    const tried = await attempt(withListed(figure, listed), last.spacing);
    if (tried.fits) last = tried;
    else listed.add(edge);
  }
  return last;
}

async function bestSpacing(figure: Figure): Promise<Attempt> {
  let best = await attempt(figure, usual);
  const { width, height } = best.layout;
  const isWide = width / pageRoom.width > height / pageRoom.height;
  if (scaleOn(best.layout) < 1 / hopeless) return best;
  for (const spacing of isWide ? [...narrow, ...wide] : [...wide, ...narrow]) {
    if (best.fits) break;
    const tried = await attempt(figure, spacing);
    best = tried.fits ? tried : larger(best, tried);
  }
  return best;
}

const standings: readonly Standing[] = ['stated', 'assumed', 'amended'];

/**
 * Edges that may be listed, in groups with a common target, the first to go first. The edge on which a state is first
 * reached keeps its line. In a figure with marks, edges that stand out go last; on a path, unreached states need no line.
 */
function candidates(figure: Figure): FigureEdge[][] {
  const { marks, edges } = figure;
  const isAboutSome = marks === 'path' || marks === 'difference';
  const ways = firstWays(figure);
  const outside = outsideOf(figure);
  const matters = ({ transitions }: FigureEdge) => isAboutSome && transitions.some(standsOut);
  const free = edges.filter((edge) => edge.transitions.length > 0 && !ways.has(edge));
  const inside = free.filter(({ from, to }) => !outside.has(from) && !outside.has(to));
  const isStated = ({ standing }: FigureEdge) => standing === 'stated';
  return [
    free.filter(({ from }) => outside.has(from)),
    free.filter(({ to }) => outside.has(to)),
    ...byTarget(inside.filter((edge) => !matters(edge) && !isStated(edge))),
    ...byTarget(inside.filter((edge) => !matters(edge) && isStated(edge))),
    ...(marks === 'path' ? byTarget([...ways].filter((edge) => edge.transitions.length > 0 && !matters(edge))) : []),
    ...byTarget(inside.filter(matters)),
  ].filter(({ length }) => length > 0);
}

/** The largest group first. */
function byTarget(edges: readonly FigureEdge[]): FigureEdge[][] {
  const targets = new Map<string, FigureEdge[]>();
  for (const edge of edges) targets.set(edge.to, [...(targets.get(edge.to) ?? []), edge]);
  return [...targets.values()].sort((some, others) => others.length - some.length);
}

const outsideOf = ({ nodes }: Figure) => new Set(nodes.filter(({ kind }) => kind === 'outside').map(({ id }) => id));

/**
 * For each state the edge on which it is first reached from the initial states. Preferred are edges with full labels, then
 * edges that the standard states, then edges from another state rather than from a frame.
 */
function firstWays(figure: Figure): Set<FigureEdge> {
  const { nodes, edges } = figure;
  const ways = new Set<FigureEdge>();
  const outside = outsideOf(figure);
  const frames = new Set(nodes.filter(({ kind }) => kind === 'frame').map(({ id }) => id));
  const reached = new Set([...frames, ...nodes.filter(({ kind }) => kind === 'initial').map(({ id }) => id)]);
  const rank = ({ brief, standing, from }: FigureEdge) =>
    (brief ? 100 : 0) + 10 * standings.indexOf(standing) + (frames.has(from) ? 1 : 0);
  const next = () =>
    edges
      .filter(({ from, to }) => reached.has(from) && !reached.has(to) && !outside.has(to))
      .sort((one, other) => rank(one) - rank(other))[0];
  for (let way = next(); way; way = next()) {
    reached.add(way.to);
    ways.add(way);
  }
  return ways;
}
